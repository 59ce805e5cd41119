-- The order in which a visit's kits are tried is keyed once for the visit instead of once for each kit: the choice is made
-- while everybody of the stratum waits, and a full shelf made it the longest part of a draw.

SET LOCAL ROLE vigil_sealed;

-- Choose kits for the places of a visit that have none yet, and lock them. Outcomes: PICKED and HELD (one row per
-- place: chosen now, or there before); SHORT (the same in every arm); OTHER_DOSE; NOT_RANDOMIZED; NEVER_ASKED (a
-- replacement for a visit that got no kits). The drug comes first, dummies fill up; which of the kits of a content is
-- taken is decided by the seed and the kit's random identifier, never by its number, age or place. The kits of both
-- contents are looked through whatever the arm, so that the time it takes does not tell it.
CREATE OR REPLACE FUNCTION sealed.kits_dispense(
    p_participant uuid, p_site uuid, p_visit text, p_dose_mg integer, p_devices integer, p_first boolean,
    p_open_label boolean, p_mg_per_device integer, p_on date, p_by uuid, p_at timestamptz, p_again boolean
) RETURNS TABLE (outcome text, kit_id uuid, place integer, number text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = sealed, pg_temp SET lock_timeout = '5s' AS $$
#variable_conflict use_column
DECLARE
    v_study uuid;
    v_secret bytea;
    v_active boolean;
    v_asked integer := p_dose_mg;
    v_devices integer := p_devices;
    v_dose integer;
    v_arm_dose integer;
    v_mg integer := p_mg_per_device;
    v_before dispensing%ROWTYPE;
    v_held integer[];
    v_places integer[];
    v_wanted text[];
    v_picked uuid[] := '{}';
    v_count integer;
    v_locked integer := 0;
    v_order bytea;
BEGIN
    SELECT * INTO v_before FROM dispensing WHERE participant_id = p_participant AND visit_code = p_visit;
    IF p_again THEN
        IF v_before.participant_id IS NULL THEN
            RETURN QUERY SELECT 'NEVER_ASKED', NULL::uuid, NULL::integer, NULL::text;
            RETURN;
        END IF;
        v_asked := v_before.dose_mg;
        v_devices := v_before.devices;
    END IF;

    SELECT s.study_id, l.seed, a.active, coalesce(CASE WHEN p_first THEN a.first_mg END, a.fixed_mg), l.mg_per_device
    INTO v_study, v_secret, v_active, v_arm_dose, v_mg
    FROM slot AS s JOIN list AS l ON l.list_id = s.list_id JOIN arm AS a ON (a.list_id, a.code) = (s.list_id, s.arm)
    WHERE s.participant_id = p_participant;
    IF NOT FOUND THEN
        -- A participant of a study with lists is never served without a draw.
        IF NOT p_open_label OR EXISTS (
            SELECT FROM list WHERE study_id = (SELECT k.study_id FROM public.supply_kit AS k WHERE k.site_id = p_site LIMIT 1)
        ) THEN
            RETURN QUERY SELECT 'NOT_RANDOMIZED', NULL::uuid, NULL::integer, NULL::text;
            RETURN;
        END IF;
        v_secret := convert_to(gen_random_uuid()::text, 'UTF8');
        v_active := true;
        v_mg := p_mg_per_device;
    END IF;
    v_dose := coalesce(v_arm_dose, v_asked);
    v_count := active_devices(v_active, v_dose, v_mg, v_devices);

    SELECT coalesce(array_agg(k.position::integer), '{}') INTO v_held
    FROM public.supply_kit AS k
    WHERE k.participant_id = p_participant AND k.visit_code = p_visit AND k.state IN ('DISPENSED', 'ADMINISTERED');
    IF cardinality(v_held) > 0 AND (v_before.dose_mg, v_before.devices) IS DISTINCT FROM (v_asked, v_devices) THEN
        RETURN QUERY SELECT 'OTHER_DOSE', NULL::uuid, NULL::integer, NULL::text;
        RETURN;
    END IF;
    SELECT coalesce(array_agg(n ORDER BY n), '{}'),
           coalesce(array_agg(CASE WHEN n <= v_count THEN 'ACTIVE' ELSE 'PLACEBO' END ORDER BY n), '{}')
    INTO v_places, v_wanted
    FROM generate_series(1, v_devices) AS n WHERE n <> ALL (v_held);

    IF cardinality(v_places) > 0 THEN
        v_count := cardinality(array_positions(v_wanted, 'ACTIVE'));
        -- The key of this visit's order: nobody without the secret can make it, so each kit's part of it is one short hash.
        v_order := derive(v_secret, 'kits/' || p_participant || '/' || p_visit);
        FOR v_try IN 1..5 LOOP
            -- One look at all kits of both contents, whatever the arm. The wanted contents are in order, drug first, so
            -- the picks line up with the places. Kits that somebody else holds just now are looked at as well: one that
            -- is only being counted is not gone.
            SELECT coalesce(array_agg(ranked.id ORDER BY ranked.content, ranked.rank), '{}') INTO v_picked
            FROM (
                SELECT k.id, c.content, row_number() OVER (
                    PARTITION BY c.content
                    ORDER BY sha256(v_order || uuid_send(k.id))
                ) AS rank
                FROM public.supply_kit AS k JOIN kit_content AS c ON c.kit_id = k.id
                WHERE k.site_id = p_site AND k.state = 'AVAILABLE' AND k.expires_on >= p_on
            ) AS ranked
            WHERE ranked.rank <= CASE ranked.content WHEN 'ACTIVE' THEN v_count ELSE cardinality(v_wanted) - v_count END;
            EXIT WHEN cardinality(v_picked) < cardinality(v_wanted);
            -- Everybody locks in the order of the identifiers. A kit that was taken while we waited drops out, and the
            -- next one in its rank is looked for.
            PERFORM FROM public.supply_kit AS k WHERE k.id = ANY (v_picked) AND k.state = 'AVAILABLE' ORDER BY k.id FOR UPDATE;
            GET DIAGNOSTICS v_locked = ROW_COUNT;
            EXIT WHEN v_locked = cardinality(v_picked);
        END LOOP;
        IF cardinality(v_picked) < cardinality(v_wanted) OR v_locked < cardinality(v_picked) THEN
            RETURN QUERY SELECT 'SHORT', NULL::uuid, NULL::integer, NULL::text;
            RETURN;
        END IF;
        INSERT INTO dispensing (participant_id, visit_code, dose_mg, devices, by, at)
        VALUES (p_participant, p_visit, v_asked, v_devices, p_by, p_at)
        ON CONFLICT (participant_id, visit_code)
        DO UPDATE SET dose_mg = excluded.dose_mg, devices = excluded.devices, by = excluded.by, at = excluded.at;
        INSERT INTO access (function, by, study_id, participant_id, subject, reason)
        VALUES ('kits_dispense', p_by, v_study, p_participant, p_visit, 'kits for a visit');
    END IF;
    RETURN QUERY
        SELECT 'HELD', k.id, k.position::integer, k.number::text FROM public.supply_kit AS k
        WHERE k.participant_id = p_participant AND k.visit_code = p_visit AND k.state IN ('DISPENSED', 'ADMINISTERED')
        UNION ALL
        SELECT 'PICKED', chosen.id, chosen.place, k.number::text
        FROM unnest(v_picked, v_places) AS chosen (id, place) JOIN public.supply_kit AS k ON k.id = chosen.id
        ORDER BY 3;
END
$$;

RESET ROLE;
