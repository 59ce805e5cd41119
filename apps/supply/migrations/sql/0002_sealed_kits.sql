-- What is inside the kits, and the choice of kits for a visit: supply's part of the sealed schema.

GRANT SELECT ON public.supply_kit TO vigil_sealed;
-- Choosing locks the rows, which asks for the right to change one column.
GRANT UPDATE (state) ON public.supply_kit TO vigil_sealed;

SET LOCAL ROLE vigil_sealed;

CREATE TABLE sealed.kit_content (
    kit_id uuid PRIMARY KEY,
    content text NOT NULL CHECK (content IN ('ACTIVE', 'PLACEBO'))
);
COMMENT ON TABLE sealed.kit_content IS 'What is inside a kit.';
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON sealed.kit_content
    FOR EACH STATEMENT EXECUTE FUNCTION sealed.never_changes();

CREATE TABLE sealed.dispensing (
    participant_id uuid NOT NULL,
    visit_code text NOT NULL,
    dose_mg integer,
    devices integer NOT NULL,
    by uuid NOT NULL,
    at timestamptz NOT NULL,
    PRIMARY KEY (participant_id, visit_code)
);
COMMENT ON TABLE sealed.dispensing IS 'The dose asked for at a visit, so that a repeated request cannot mix two doses.';

-- Say what is inside newly registered kits. Owner only: nobody is granted this.
CREATE FUNCTION sealed.kits_register(p_kits uuid[], p_contents text[]) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = sealed, pg_temp AS $$
DECLARE
    v_count bigint;
BEGIN
    -- In the order of random identifiers, so that not even the storage tells the order of the manifest.
    INSERT INTO kit_content (kit_id, content)
    SELECT kit_id, content FROM unnest(p_kits, p_contents) AS given (kit_id, content) ORDER BY kit_id;
    GET DIAGNOSTICS v_count = ROW_COUNT;
    RETURN v_count;
END
$$;

-- How many devices of a session hold the drug. A dose that the devices cannot make is refused in every arm alike.
CREATE FUNCTION sealed.active_devices(p_active boolean, p_dose_mg integer, p_mg_per_device integer, p_devices integer)
RETURNS integer
LANGUAGE plpgsql IMMUTABLE SET search_path = sealed, pg_temp AS $$
BEGIN
    IF p_active AND p_dose_mg IS NULL THEN
        RAISE EXCEPTION 'No dose was asked for, and the protocol gives none.';
    END IF;
    IF p_dose_mg IS NOT NULL AND (p_dose_mg % p_mg_per_device <> 0 OR p_dose_mg / p_mg_per_device > p_devices) THEN
        RAISE EXCEPTION 'A dose that was asked for cannot be made from the devices of a session.';
    END IF;
    RETURN CASE WHEN p_active THEN p_dose_mg / p_mg_per_device ELSE 0 END;
END
$$;

-- Say whether a site's stock covers a first session in every arm of a list. One answer for all arms, asked before the
-- draw: a refusal tells nothing of the arm that would have been drawn.
CREATE FUNCTION sealed.stock_covers(p_list uuid, p_site uuid, p_dose_mg integer, p_devices integer, p_on date)
RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = sealed, pg_temp AS $$
    WITH stock AS (
        SELECT count(*) FILTER (WHERE c.content = 'ACTIVE') AS active,
               count(*) FILTER (WHERE c.content = 'PLACEBO') AS placebo
        FROM public.supply_kit AS k JOIN kit_content AS c ON c.kit_id = k.id
        WHERE k.site_id = p_site AND k.state = 'AVAILABLE' AND k.expires_on >= p_on
    ), need AS (
        SELECT active_devices(a.active, coalesce(a.first_mg, a.fixed_mg, p_dose_mg), l.mg_per_device, p_devices) AS active
        FROM arm AS a JOIN list AS l USING (list_id)
        WHERE list_id = p_list
    )
    SELECT coalesce(bool_and(need.active <= stock.active AND p_devices - need.active <= stock.placebo), false)
    FROM need, stock
$$;

-- Choose kits for the places of a visit that have none yet, and lock them. Outcomes: PICKED (one row per place);
-- SHORT (the same in every arm); OTHER_DOSE; NOT_RANDOMIZED. The drug comes first, dummies fill up; which of the kits of
-- a content is taken is decided by the seed and the kit's random identifier, never by its number, age or place.
CREATE FUNCTION sealed.kits_dispense(
    p_participant uuid, p_site uuid, p_visit text, p_dose_mg integer, p_devices integer, p_first boolean,
    p_open_label boolean, p_mg_per_device integer, p_on date, p_by uuid, p_at timestamptz
) RETURNS TABLE (outcome text, kit_id uuid, place integer)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = sealed, pg_temp SET lock_timeout = '20s' AS $$
#variable_conflict use_column
DECLARE
    v_study uuid;
    v_secret bytea;
    v_active boolean;
    v_dose integer;
    v_mg integer := p_mg_per_device;
    v_held integer;
    v_before dispensing%ROWTYPE;
    v_places integer[];
    v_wanted text[];
    v_picked uuid[] := '{}';
    v_some uuid[];
    v_content text;
    v_count integer;
BEGIN
    SELECT s.study_id, l.seed, a.active, coalesce(CASE WHEN p_first THEN a.first_mg END, a.fixed_mg, p_dose_mg), l.mg_per_device
    INTO v_study, v_secret, v_active, v_dose, v_mg
    FROM slot AS s JOIN list AS l ON l.list_id = s.list_id JOIN arm AS a ON (a.list_id, a.code) = (s.list_id, s.arm)
    WHERE s.participant_id = p_participant;
    IF NOT FOUND THEN
        -- A participant of a study with lists is never served without a draw.
        IF NOT p_open_label OR EXISTS (
            SELECT FROM list WHERE study_id = (SELECT k.study_id FROM public.supply_kit AS k WHERE k.site_id = p_site LIMIT 1)
        ) THEN
            RETURN QUERY SELECT 'NOT_RANDOMIZED', NULL::uuid, NULL::integer;
            RETURN;
        END IF;
        v_secret := convert_to(gen_random_uuid()::text, 'UTF8');
        v_active := true;
        v_dose := p_dose_mg;
        v_mg := p_mg_per_device;
    END IF;
    v_count := active_devices(v_active, v_dose, v_mg, p_devices);

    SELECT array_agg(n ORDER BY n), array_agg(CASE WHEN n <= v_count THEN 'ACTIVE' ELSE 'PLACEBO' END ORDER BY n)
    INTO v_places, v_wanted
    FROM generate_series(1, p_devices) AS n
    WHERE n NOT IN (
        SELECT k.position FROM public.supply_kit AS k
        WHERE k.participant_id = p_participant AND k.visit_code = p_visit AND k.state IN ('DISPENSED', 'ADMINISTERED')
    );
    v_held := p_devices - coalesce(cardinality(v_places), 0);

    SELECT * INTO v_before FROM dispensing WHERE participant_id = p_participant AND visit_code = p_visit;
    IF v_held > 0 AND (v_before.dose_mg, v_before.devices) IS DISTINCT FROM (p_dose_mg, p_devices) THEN
        RETURN QUERY SELECT 'OTHER_DOSE', NULL::uuid, NULL::integer;
        RETURN;
    END IF;
    IF v_places IS NULL THEN
        RETURN;
    END IF;

    FOREACH v_content IN ARRAY ARRAY['ACTIVE', 'PLACEBO'] LOOP
        v_count := cardinality(array_positions(v_wanted, v_content));
        SELECT coalesce(array_agg(chosen.id), '{}') INTO v_some FROM (
            SELECT k.id
            FROM public.supply_kit AS k JOIN kit_content AS c ON c.kit_id = k.id
            WHERE k.site_id = p_site AND k.state = 'AVAILABLE' AND k.expires_on >= p_on AND c.content = v_content
            ORDER BY derive(v_secret, 'kit/' || p_participant || '/' || p_visit || '/' || k.id)
            LIMIT v_count
            FOR UPDATE OF k SKIP LOCKED
        ) AS chosen;
        IF cardinality(v_some) < v_count THEN
            RETURN QUERY SELECT 'SHORT', NULL::uuid, NULL::integer;
            RETURN;
        END IF;
        -- The wanted contents are in order, drug first, so the picks line up with the places.
        v_picked := v_picked || v_some;
    END LOOP;

    INSERT INTO dispensing (participant_id, visit_code, dose_mg, devices, by, at)
    VALUES (p_participant, p_visit, p_dose_mg, p_devices, p_by, p_at)
    ON CONFLICT (participant_id, visit_code)
    DO UPDATE SET dose_mg = excluded.dose_mg, devices = excluded.devices, by = excluded.by, at = excluded.at;
    INSERT INTO access (function, by, study_id, participant_id, subject, reason)
    VALUES ('kits_dispense', p_by, v_study, p_participant, p_visit, 'kits for a visit');
    RETURN QUERY SELECT 'PICKED', chosen.id, chosen.place FROM unnest(v_picked, v_places) AS chosen (id, place);
END
$$;

GRANT EXECUTE ON FUNCTION sealed.stock_covers(uuid, uuid, integer, integer, date) TO vigil_app;
GRANT EXECUTE ON FUNCTION sealed.kits_dispense(
    uuid, uuid, text, integer, integer, boolean, boolean, integer, date, uuid, timestamptz
) TO vigil_app;

RESET ROLE;
