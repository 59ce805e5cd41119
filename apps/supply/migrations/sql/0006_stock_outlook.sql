-- How long a site's stock lasts in the worst case. See docs/decisions/0010-kit-ledger-and-worst-case-stock.md.

SET LOCAL ROLE vigil_sealed;

-- Say for how many days the stock of a site surely covers a growing need for each content, in five steps, and how many
-- pairs (one kit of either content) would cover all of it, in steps of six. `p_days` counts from `p_on` as 0; the needs
-- are totals up to and including that day.
--
-- What is left of a content is never counted: which kits were handed out depends on the arms. Of each lot, as much of a
-- content is taken to be left as was received of it, less all kits of the lot that are no longer usable, whatever they
-- held. Received contents come from the depot and know no arm; the rest is public. So the answer knows no arm either.
CREATE FUNCTION sealed.stock_outlook(
    p_site uuid, p_on date, p_days integer[], p_active integer[], p_placebo integer[]
) RETURNS TABLE (days integer, pairs integer)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = sealed, pg_temp AS $$
    WITH lot AS (
        SELECT k.expires_on,
               greatest(count(*) FILTER (WHERE c.content = 'ACTIVE')
                        - count(*) FILTER (WHERE k.state <> 'AVAILABLE'), 0) AS active,
               greatest(count(*) FILTER (WHERE c.content = 'PLACEBO')
                        - count(*) FILTER (WHERE k.state <> 'AVAILABLE'), 0) AS placebo
        FROM public.supply_kit AS k JOIN kit_content AS c ON c.kit_id = k.id
        WHERE k.site_id = p_site AND k.expires_on >= p_on
        GROUP BY k.lot, k.expires_on
    ), gap AS (
        SELECT need.day,
               greatest(
                   need.active - coalesce(sum(lot.active) FILTER (WHERE lot.expires_on >= p_on + need.day), 0),
                   need.placebo - coalesce(sum(lot.placebo) FILTER (WHERE lot.expires_on >= p_on + need.day), 0)
               ) AS pairs
        FROM unnest(p_days, p_active, p_placebo) AS need (day, active, placebo) LEFT JOIN lot ON true
        GROUP BY need.day, need.active, need.placebo
    )
    SELECT (SELECT max(step) FROM unnest(ARRAY[0, 7, 14, 28, 56]) AS step
            WHERE step <= coalesce((SELECT min(day) FROM gap WHERE gap.pairs > 0), 56)),
           (ceil(greatest(coalesce((SELECT max(gap.pairs) FROM gap), 0), 0) / 6.0) * 6)::integer
$$;

GRANT EXECUTE ON FUNCTION sealed.stock_outlook(uuid, date, integer[], integer[], integer[]) TO vigil_app;

RESET ROLE;
