-- Every draw leaves a record that a stranger can replay; minimization; caps; lists for tests.
-- See docs/decisions/0008-a-draw-that-can-be-replayed.md.

SET LOCAL ROLE vigil_sealed;

ALTER TABLE sealed.list
    ADD COLUMN commitment text CHECK (commitment ~ '^[0-9a-f]{64}$'),
    ADD COLUMN method text NOT NULL DEFAULT 'permuted_blocks'
        CHECK (method IN ('permuted_blocks', 'simple', 'minimization', 'uploaded')),
    ADD COLUMN purpose text NOT NULL DEFAULT 'LIVE' CHECK (purpose IN ('LIVE', 'TEST'));
COMMENT ON COLUMN sealed.list.commitment IS 'What was published: the head of every chain of records.';
COMMENT ON COLUMN sealed.list.purpose IS 'TEST lists serve drills and rehearsals: no participant, no report ever sees them.';

ALTER TABLE sealed.arm
    ADD COLUMN place integer NOT NULL DEFAULT 0,
    ADD COLUMN share integer NOT NULL DEFAULT 1 CHECK (share >= 1);
COMMENT ON COLUMN sealed.arm.place IS 'The order of the arms in the protocol: minimization draws in it.';

ALTER TABLE sealed.slot
    ADD COLUMN site_id uuid,
    ADD COLUMN levels jsonb NOT NULL DEFAULT '{}';
COMMENT ON COLUMN sealed.slot.levels IS 'Factor to level, for minimization, which counts them.';
CREATE INDEX slot_drawn_in_study ON sealed.slot (study_id) WHERE participant_id IS NOT NULL;

CREATE TABLE sealed.draw (
    list_id uuid NOT NULL REFERENCES sealed.list,
    chain text NOT NULL,
    n integer NOT NULL CHECK (n >= 1),
    participant_id uuid NOT NULL UNIQUE,
    record text NOT NULL,
    previous text NOT NULL CHECK (previous ~ '^[0-9a-f]{64}$'),
    hash text NOT NULL CHECK (hash = encode(sha256(convert_to(previous || record, 'UTF8')), 'hex')),
    PRIMARY KEY (list_id, chain, n)
);
COMMENT ON TABLE sealed.draw IS 'What each draw saw and gave, chained by hash: one chain a stratum, one a list where it is minimized.';
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON sealed.draw
    FOR EACH STATEMENT EXECUTE FUNCTION sealed.never_changes();

-- The record of a draw made before there were records, behind the last of its chain. For this migration alone.
CREATE FUNCTION sealed.draw_record(p_list uuid, p_chain text, p_n integer, p_participant uuid, p_facts jsonb) RETURNS text
LANGUAGE plpgsql SET search_path = sealed, pg_temp AS $$
DECLARE
    v_seed bytea;
    v_previous text;
    v_record text;
    v_hash text;
BEGIN
    SELECT seed, commitment INTO v_seed, v_previous FROM list WHERE list_id = p_list;
    IF p_n > 1 THEN
        SELECT hash INTO v_previous FROM draw WHERE list_id = p_list AND chain = p_chain AND n = p_n - 1;
        IF NOT FOUND THEN
            RAISE EXCEPTION 'The record of the draw before is missing; nothing was drawn.';
        END IF;
    END IF;
    v_record := (p_facts || jsonb_build_object(
        'list', p_list, 'n', p_n, 'participant', p_participant,
        'nonce', encode(derive(v_seed, 'nonce/' || p_chain || '/' || p_n), 'hex')
    ))::text;
    v_hash := encode(sha256(convert_to(v_previous || v_record, 'UTF8')), 'hex');
    INSERT INTO draw (list_id, chain, n, participant_id, record, previous, hash)
    VALUES (p_list, p_chain, p_n, p_participant, v_record, v_previous, v_hash);
    RETURN v_hash;
END
$$;

CREATE FUNCTION sealed.iso(p_at timestamptz) RETURNS text
LANGUAGE sql IMMUTABLE SET search_path = sealed, pg_temp AS $$
    SELECT to_char(p_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
$$;

-- HMAC-SHA256 (RFC 2104) for a key of at most 64 bytes.
CREATE FUNCTION sealed.hmac(p_key bytea, p_message bytea) RETURNS bytea
LANGUAGE plpgsql IMMUTABLE SET search_path = sealed, pg_temp AS $$
DECLARE
    v_inner bytea := p_key || decode(repeat('00', 64 - octet_length(p_key)), 'hex');
    v_outer bytea := v_inner;
BEGIN
    FOR i IN 0..63 LOOP
        v_outer := set_byte(v_outer, i, get_byte(v_inner, i) # 92);
        v_inner := set_byte(v_inner, i, get_byte(v_inner, i) # 54);
    END LOOP;
    RETURN sha256(v_outer || sha256(v_inner || p_message));
END
$$;

-- A number from 0 to bound - 1 from the stream of a label, each exactly as likely: apps/randomization/domain/stream.py
-- in SQL. A test compares the two.
CREATE FUNCTION sealed.stream_below(p_seed bytea, p_label text, p_bound numeric) RETURNS numeric
LANGUAGE plpgsql IMMUTABLE SET search_path = sealed, pg_temp AS $$
DECLARE
    v_cycle CONSTANT numeric := 18446744073709551616;
    v_block bytea;
    v_number numeric;
    v_counter bigint := 0;
BEGIN
    LOOP
        v_block := hmac(p_seed, convert_to(p_label, 'UTF8') || '\x00'::bytea || int8send(v_counter));
        FOR i IN 0..3 LOOP
            v_number := ('x' || encode(substr(v_block, 1 + 8 * i, 8), 'hex'))::bit(64)::bigint::numeric;
            IF v_number < 0 THEN
                v_number := v_number + v_cycle;
            END IF;
            IF v_number < v_cycle - v_cycle % p_bound THEN
                RETURN v_number % p_bound;
            END IF;
        END LOOP;
        v_counter := v_counter + 1;
    END LOOP;
END
$$;

-- One step of minimization: apps/randomization/domain/minimization.py in SQL, where its law and sources stand; integers
-- only, so both agree exactly. Returns what the record keeps.
CREATE FUNCTION sealed.minimize(p_list uuid, p_n integer, p_levels jsonb) RETURNS jsonb
LANGUAGE plpgsql STABLE SET search_path = sealed, pg_temp AS $$
DECLARE
    v_list list%ROWTYPE;
    v_rule jsonb;
    v_arms text[];
    v_shares bigint[];
    v_scaled bigint[];
    v_lcm bigint := 1;
    v_p bigint[];
    v_weight bigint;
    v_factor text;
    v_count bigint[];
    v_counts jsonb := '{}';
    v_scores numeric[];
    v_spread numeric;
    v_best numeric;
    v_sum bigint := 0;
    v_least bigint;
    v_tied bigint := 0;
    v_numerators numeric[] := '{}';
    v_one numeric;
    v_denominator numeric;
    v_label text;
    v_drawn numeric;
    v_passed numeric := 0;
    v_arm text;
BEGIN
    SELECT * INTO v_list FROM list WHERE list_id = p_list;
    v_rule := v_list.parameters -> 'minimization';
    SELECT array_agg(code ORDER BY place), array_agg(share::bigint ORDER BY place), min(share), sum(share)
    INTO v_arms, v_shares, v_least, v_sum
    FROM arm WHERE list_id = p_list;
    v_p := ARRAY[(v_rule -> 'probability' ->> 0)::bigint, (v_rule -> 'probability' ->> 1)::bigint];
    FOR k IN 1..cardinality(v_arms) LOOP
        v_lcm := lcm(v_lcm, v_shares[k]);
    END LOOP;
    v_scores := array_fill(0::numeric, ARRAY[cardinality(v_arms)]);

    FOR v_factor, v_weight IN SELECT key, value::bigint FROM jsonb_each_text(v_rule -> 'weights') ORDER BY key LOOP
        SELECT array_agg(coalesce(c.n, 0) ORDER BY a.place) INTO v_count
        FROM arm AS a
        LEFT JOIN (
            SELECT s.arm, count(*) AS n FROM slot AS s
            WHERE s.list_id = p_list AND s.participant_id IS NOT NULL AND s.levels ->> v_factor = p_levels ->> v_factor
            GROUP BY s.arm
        ) AS c ON c.arm = a.code
        WHERE a.list_id = p_list;
        v_counts := v_counts || jsonb_build_object(v_factor, to_jsonb(v_count));
        FOR k IN 1..cardinality(v_arms) LOOP
            SELECT array_agg((v_count[j] + (j = k)::int) * (v_lcm / v_shares[j]) ORDER BY j) INTO v_scaled
            FROM generate_subscripts(v_arms, 1) AS j;
            IF v_rule ->> 'imbalance' = 'range' THEN
                SELECT max(y) - min(y) INTO v_spread FROM unnest(v_scaled) AS y;
            ELSE
                SELECT sum((l.y - r.y)::numeric ^ 2) INTO v_spread
                FROM unnest(v_scaled) WITH ORDINALITY AS l (y, i)
                JOIN unnest(v_scaled) WITH ORDINALITY AS r (y, i) ON l.i < r.i;
            END IF;
            v_scores[k] := v_scores[k] + v_weight * trunc(v_spread);
        END LOOP;
    END LOOP;

    SELECT min(s) INTO v_best FROM unnest(v_scores) AS s;
    FOR k IN 1..cardinality(v_arms) LOOP
        IF v_scores[k] = v_best THEN
            v_tied := v_tied + v_shares[k];
        END IF;
    END LOOP;
    v_denominator := v_p[2]::numeric * (v_sum - v_least) * v_tied;
    FOR l IN 1..cardinality(v_arms) LOOP
        v_one := 0;
        FOR k IN 1..cardinality(v_arms) LOOP
            IF v_scores[k] = v_best THEN
                v_one := v_one + v_shares[k] * CASE
                    WHEN k = l THEN v_p[2] * (v_sum - v_least) - (v_p[2] - v_p[1]) * (v_sum - v_shares[k])
                    ELSE v_shares[l] * (v_p[2] - v_p[1])
                END;
            END IF;
        END LOOP;
        v_numerators := v_numerators || v_one;
    END LOOP;
    v_one := v_denominator;
    FOR l IN 1..cardinality(v_arms) LOOP
        v_one := gcd(v_one, v_numerators[l]);
    END LOOP;
    v_denominator := div(v_denominator, v_one);
    SELECT array_agg(div(x, v_one) ORDER BY i) INTO v_numerators FROM unnest(v_numerators) WITH ORDINALITY AS n (x, i);

    v_label := 'min/' || (v_rule ->> 'trial') || '/' || (p_n - 1);
    v_drawn := stream_below(v_list.seed, v_label, v_denominator);
    FOR k IN 1..cardinality(v_arms) LOOP
        v_passed := v_passed + v_numerators[k];
        IF v_drawn < v_passed THEN
            v_arm := v_arms[k];
            EXIT;
        END IF;
    END LOOP;
    RETURN jsonb_build_object(
        'counts', v_counts, 'scores', to_jsonb(v_scores), 'numerators', to_jsonb(v_numerators),
        'denominator', v_denominator, 'label', v_label, 'drawn', v_drawn, 'arm', v_arm
    );
END
$$;

-- Whether a cap of the protocol is reached: the word for it, or NULL. Test lists count for nothing. With p_lock, callers who
-- share a cap wait for each other, always in the order stratum, site, study, so that none waits in a circle.
CREATE FUNCTION sealed.cap_reached(
    p_list uuid, p_stratum text, p_site uuid, p_cap_study integer, p_cap_site integer, p_cap_stratum integer, p_lock boolean
) RETURNS text
LANGUAGE plpgsql SET search_path = sealed, pg_temp AS $$
#variable_conflict use_column
DECLARE
    v_study uuid := (SELECT study_id FROM list WHERE list_id = p_list AND purpose = 'LIVE');
    v_drawn bigint;
BEGIN
    IF v_study IS NULL THEN
        RETURN NULL;
    END IF;
    IF p_cap_stratum IS NOT NULL THEN
        IF p_lock THEN
            PERFORM pg_advisory_xact_lock(hashtextextended('cap/' || v_study || '/' || p_stratum, 0));
        END IF;
        SELECT count(*) INTO v_drawn FROM slot AS s JOIN list AS l USING (list_id)
        WHERE s.study_id = v_study AND s.participant_id IS NOT NULL AND l.purpose = 'LIVE' AND s.stratum = p_stratum;
        IF v_drawn >= p_cap_stratum THEN
            RETURN 'CAP_STRATUM';
        END IF;
    END IF;
    IF p_cap_site IS NOT NULL THEN
        IF p_lock THEN
            PERFORM pg_advisory_xact_lock(hashtextextended('cap/' || p_site, 0));
        END IF;
        SELECT count(*) INTO v_drawn FROM slot AS s JOIN list AS l USING (list_id)
        WHERE s.study_id = v_study AND s.participant_id IS NOT NULL AND l.purpose = 'LIVE' AND s.site_id = p_site;
        IF v_drawn >= p_cap_site THEN
            RETURN 'CAP_SITE';
        END IF;
    END IF;
    IF p_cap_study IS NOT NULL THEN
        IF p_lock THEN
            PERFORM pg_advisory_xact_lock(hashtextextended('cap/' || v_study, 0));
        END IF;
        SELECT count(*) INTO v_drawn FROM slot AS s JOIN list AS l USING (list_id)
        WHERE s.study_id = v_study AND s.participant_id IS NOT NULL AND l.purpose = 'LIVE';
        IF v_drawn >= p_cap_study THEN
            RETURN 'CAP_STUDY';
        END IF;
    END IF;
    RETURN NULL;
END
$$;

-- Say whether the list would serve now: YES, EXHAUSTED or the cap that is reached. Never how many places, never an arm.
CREATE FUNCTION sealed.list_serves(
    p_list uuid, p_stratum text, p_site uuid, p_cap_study integer, p_cap_site integer, p_cap_stratum integer
) RETURNS text
LANGUAGE sql SECURITY DEFINER SET search_path = sealed, pg_temp AS $$
    SELECT coalesce(
        cap_reached(p_list, p_stratum, p_site, p_cap_study, p_cap_site, p_cap_stratum, false),
        CASE
            WHEN (SELECT method FROM list WHERE list_id = p_list) = 'minimization' OR place_left(p_list, p_stratum) THEN 'YES'
            ELSE 'EXHAUSTED'
        END
    )
$$;

DROP FUNCTION sealed.draw_slot(uuid, text, uuid, uuid, integer, integer, uuid, timestamptz);

-- Draw for a participant: the next place of the stratum, or one step of minimization. Outcomes: DRAWN; REPEATED (the same
-- key again, same answer); HELD (the participant was drawn by another key); TAKEN (the key drew somebody else); EXHAUSTED;
-- CAP_STRATUM, CAP_SITE, CAP_STUDY. The number is random between the two bounds, unique in the study, and derived from the
-- seed and the participant alone. The record's hash may stand in public: it is salted.
CREATE FUNCTION sealed.draw_slot(
    p_list uuid, p_stratum text, p_participant uuid, p_key uuid, p_low integer, p_high integer, p_by uuid, p_at timestamptz,
    p_site uuid DEFAULT NULL, p_levels jsonb DEFAULT '{}',
    p_cap_study integer DEFAULT NULL, p_cap_site integer DEFAULT NULL, p_cap_stratum integer DEFAULT NULL
) RETURNS TABLE (outcome text, number integer, record_hash text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = sealed, pg_temp SET lock_timeout = '5s' AS $$
#variable_conflict use_column
DECLARE
    v_list list%ROWTYPE;
    v_held slot%ROWTYPE;
    v_chain text;
    v_seq integer;
    v_cap text;
    v_number integer;
    v_try integer := 0;
    v_facts jsonb;
    v_constraint text;
    v_previous text;
    v_record text;
BEGIN
    SELECT * INTO v_list FROM list WHERE list_id = p_list;
    v_chain := CASE WHEN v_list.method = 'minimization' THEN '*' ELSE p_stratum END;
    -- A fair queue: callers of one chain go on in the order in which they came, and the lock is held to the
    -- end of their transaction, so the order of the list is the order of commit.
    PERFORM pg_advisory_xact_lock(hashtextextended(p_list::text || '/' || v_chain, 0));

    SELECT * INTO v_held FROM slot WHERE participant_id = p_participant;
    IF FOUND THEN
        IF v_held.key = p_key THEN
            RETURN QUERY SELECT 'REPEATED', v_held.number, d.hash FROM draw AS d WHERE d.participant_id = p_participant;
        ELSE
            RETURN QUERY SELECT 'HELD', NULL::integer, NULL::text;
        END IF;
        RETURN;
    END IF;
    IF EXISTS (SELECT FROM slot WHERE key = p_key) THEN
        RETURN QUERY SELECT 'TAKEN', NULL::integer, NULL::text;
        RETURN;
    END IF;
    IF num_nonnulls(p_cap_study, p_cap_site, p_cap_stratum) > 0 THEN
        v_cap := cap_reached(p_list, p_stratum, p_site, p_cap_study, p_cap_site, p_cap_stratum, true);
        IF v_cap IS NOT NULL THEN
            RETURN QUERY SELECT v_cap, NULL::integer, NULL::text;
            RETURN;
        END IF;
    END IF;

    IF v_list.method = 'minimization' THEN
        INSERT INTO counter (list_id, stratum) VALUES (p_list, '*'), (p_list, p_stratum) ON CONFLICT DO NOTHING;
    END IF;
    SELECT next_seq INTO v_seq FROM counter WHERE list_id = p_list AND stratum = v_chain;
    IF v_list.method <> 'minimization' AND NOT EXISTS (
        SELECT FROM slot WHERE list_id = p_list AND stratum = p_stratum AND seq = v_seq
    ) THEN
        RETURN QUERY SELECT 'EXHAUSTED', NULL::integer, NULL::text;
        RETURN;
    END IF;
    UPDATE counter SET next_seq = v_seq + 1 WHERE list_id = p_list AND stratum = v_chain;

    IF v_list.method = 'minimization' THEN
        v_facts := minimize(p_list, v_seq, p_levels);
    END IF;
    LOOP
        -- What derive() gives, written out: everybody of the stratum waits for this.
        v_number := p_low + (
            ('x' || encode(substr(sha256(
                v_list.seed || convert_to('number/' || p_participant || '/' || v_try, 'UTF8') || v_list.seed
            ), 1, 8), 'hex'))::bit(64)::bigint & 9223372036854775807
        ) % (p_high - p_low + 1);
        v_try := v_try + 1;
        IF v_try > 1000 THEN
            RAISE EXCEPTION 'No randomization number is free in the protocol''s number format.';
        END IF;
        CONTINUE WHEN EXISTS (SELECT FROM slot WHERE study_id = v_list.study_id AND number = v_number);
        BEGIN
            IF v_list.method = 'minimization' THEN
                INSERT INTO slot (
                    list_id, stratum, seq, block, size, arm, study_id, participant_id, key, number, drawn_at, drawn_by,
                    site_id, levels
                ) VALUES (
                    p_list, p_stratum, v_seq, v_seq - 1, 1, v_facts ->> 'arm', v_list.study_id,
                    p_participant, p_key, v_number, p_at, p_by, p_site, p_levels
                );
            ELSE
                UPDATE slot
                SET participant_id = p_participant, key = p_key, number = v_number, drawn_at = p_at, drawn_by = p_by,
                    site_id = p_site, levels = p_levels
                WHERE list_id = p_list AND stratum = p_stratum AND seq = v_seq AND participant_id IS NULL
                RETURNING jsonb_build_object('seq', seq, 'block', block, 'size', size, 'arm', arm) INTO v_facts;
                IF NOT FOUND THEN
                    RAISE EXCEPTION 'The sealed list and its counter disagree; nothing was drawn.';
                END IF;
            END IF;
            EXIT;
        EXCEPTION WHEN unique_violation THEN
            -- Another stratum took the same number at this very moment: take the next one. Anything else goes on up.
            GET STACKED DIAGNOSTICS v_constraint = CONSTRAINT_NAME;
            IF v_constraint <> 'slot_number_once_per_study' THEN
                RAISE;
            END IF;
        END;
    END LOOP;

    -- The record follows the last of its chain. The nonce keeps the hash, which stands at the allocation for everybody, from
    -- being tried out arm by arm.
    v_previous := v_list.commitment;
    IF v_seq > 1 THEN
        SELECT hash INTO v_previous FROM draw WHERE list_id = p_list AND chain = v_chain AND n = v_seq - 1;
        IF NOT FOUND THEN
            RAISE EXCEPTION 'The record of the draw before is missing; nothing was drawn.';
        END IF;
    END IF;
    v_record := (v_facts || jsonb_build_object(
        'method', v_list.method, 'stratum', p_stratum, 'levels', p_levels, 'key', p_key, 'number', v_number, 'by', p_by,
        'at', to_char(p_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
        'list', p_list, 'n', v_seq, 'participant', p_participant,
        'nonce', encode(sha256(
            v_list.seed || convert_to('nonce/' || v_chain || '/' || v_seq, 'UTF8') || v_list.seed
        ), 'hex')
    ))::text;
    INSERT INTO draw (list_id, chain, n, participant_id, record, previous, hash)
    VALUES (
        p_list, v_chain, v_seq, p_participant, v_record, v_previous,
        encode(sha256(convert_to(v_previous || v_record, 'UTF8')), 'hex')
    )
    RETURNING hash INTO v_record;
    RETURN QUERY SELECT 'DRAWN', v_number, v_record;
END
$$;

-- The owner's functions, with what is new: the method, the purpose, the published commitment, order and share of the arms.
DROP FUNCTION sealed.list_store(uuid, uuid, bytea, jsonb, text, integer, jsonb);
CREATE FUNCTION sealed.list_store(
    p_list uuid, p_study uuid, p_seed bytea, p_parameters jsonb, p_digest text, p_mg_per_device integer, p_arms jsonb,
    p_commitment text, p_method text DEFAULT 'permuted_blocks', p_purpose text DEFAULT 'LIVE'
) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = sealed, pg_temp AS $$
BEGIN
    INSERT INTO list (list_id, study_id, seed, parameters, digest, mg_per_device, commitment, method, purpose)
    VALUES (p_list, p_study, p_seed, p_parameters, p_digest, p_mg_per_device, p_commitment, p_method, p_purpose);
    INSERT INTO arm (list_id, code, label, active, fixed_mg, first_mg, place, share)
    SELECT p_list, code, label, active, fixed_mg, first_mg, coalesce(place, 0), coalesce(share, 1)
    FROM jsonb_to_recordset(p_arms) AS given (
        code text, label text, active boolean, fixed_mg integer, first_mg integer, place integer, share integer
    );
END
$$;

-- Test lists hold no participant: reports never see them.
CREATE OR REPLACE FUNCTION sealed.arms_read(p_study uuid, p_by uuid, p_reason text)
RETURNS TABLE (participant_id uuid, list_id uuid, stratum text, arm text, arm_label text, drawn_at timestamptz)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = sealed, pg_temp AS $$
#variable_conflict use_column
BEGIN
    IF NOT is_unblinded(p_by, p_study) THEN
        RAISE insufficient_privilege USING MESSAGE = 'This person is not delegated to read arms in this study.';
    END IF;
    INSERT INTO access (function, by, study_id, reason) VALUES ('arms_read', p_by, p_study, p_reason);
    RETURN QUERY
        SELECT s.participant_id, s.list_id, s.stratum, s.arm, a.label, s.drawn_at
        FROM slot AS s JOIN arm AS a ON (a.list_id, a.code) = (s.list_id, s.arm) JOIN list AS l ON l.list_id = s.list_id
        WHERE s.study_id = p_study AND s.participant_id IS NOT NULL AND l.purpose = 'LIVE'
        ORDER BY s.participant_id;
END
$$;

-- What a replay needs of one list, for the unblinded worker in the name of an unblinded person; the first leaves the line.
CREATE FUNCTION sealed.replay_list(p_list uuid, p_by uuid, p_reason text)
RETURNS TABLE (seed bytea, parameters jsonb, digest text, method text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = sealed, pg_temp AS $$
#variable_conflict use_column
DECLARE
    v_study uuid := (SELECT study_id FROM list WHERE list_id = p_list);
BEGIN
    IF NOT is_unblinded(p_by, v_study) THEN
        RAISE insufficient_privilege USING MESSAGE = 'This person is not delegated to replay a list of this study.';
    END IF;
    INSERT INTO access (function, by, study_id, subject, reason)
    VALUES ('replay_list', p_by, v_study, p_list::text, p_reason);
    RETURN QUERY SELECT seed, parameters, digest, method FROM list WHERE list_id = p_list;
END
$$;

CREATE FUNCTION sealed.replay_slots(p_list uuid, p_by uuid)
RETURNS TABLE (stratum text, seq integer, block integer, size integer, arm text, participant_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = sealed, pg_temp AS $$
    SELECT stratum, seq, block, size, arm, participant_id FROM slot
    WHERE list_id = p_list AND is_unblinded(p_by, study_id) ORDER BY stratum, seq
$$;

CREATE FUNCTION sealed.replay_draws(p_list uuid, p_by uuid)
RETURNS TABLE (chain text, n integer, participant_id uuid, record text, previous text, hash text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = sealed, pg_temp AS $$
    SELECT d.chain, d.n, d.participant_id, d.record, d.previous, d.hash FROM draw AS d JOIN list AS l USING (list_id)
    WHERE d.list_id = p_list AND is_unblinded(p_by, l.study_id) ORDER BY d.chain, d.n
$$;

-- What was committed and drawn before records were kept gets its record now, from the places themselves.
RESET ROLE;
GRANT SELECT ON public.randomization_randomizationlist TO vigil_sealed;
SET LOCAL ROLE vigil_sealed;
ALTER TABLE sealed.list DISABLE TRIGGER never_changes;
UPDATE sealed.list AS l SET commitment = known.commitment
FROM public.randomization_randomizationlist AS known WHERE known.id = l.list_id;
ALTER TABLE sealed.list ENABLE TRIGGER never_changes;
DO $$
DECLARE
    v_slot sealed.slot%ROWTYPE;
BEGIN
    FOR v_slot IN SELECT * FROM sealed.slot WHERE participant_id IS NOT NULL ORDER BY list_id, stratum, seq LOOP
        PERFORM sealed.draw_record(
            v_slot.list_id, v_slot.stratum, v_slot.seq, v_slot.participant_id,
            jsonb_build_object(
                'method', 'permuted_blocks', 'stratum', v_slot.stratum, 'levels', '{}'::jsonb, 'key', v_slot.key,
                'number', v_slot.number, 'by', v_slot.drawn_by, 'at', sealed.iso(v_slot.drawn_at),
                'seq', v_slot.seq, 'block', v_slot.block, 'size', v_slot.size, 'arm', v_slot.arm
            )
        );
    END LOOP;
END
$$;
DROP FUNCTION sealed.draw_record(uuid, text, integer, uuid, jsonb);
DROP FUNCTION sealed.iso(timestamptz);
RESET ROLE;
REVOKE SELECT ON public.randomization_randomizationlist FROM vigil_sealed;
ALTER TABLE public.randomization_allocation DISABLE TRIGGER USER;
UPDATE public.randomization_allocation AS a SET record_hash = d.hash
FROM sealed.draw AS d WHERE d.participant_id = a.participant_id;
ALTER TABLE public.randomization_allocation ENABLE TRIGGER USER;
SET LOCAL ROLE vigil_sealed;
ALTER TABLE sealed.list ALTER COLUMN commitment SET NOT NULL;

-- The answer of list_serves takes its place.
REVOKE EXECUTE ON FUNCTION sealed.place_left(uuid, text) FROM vigil_app;
GRANT EXECUTE ON FUNCTION sealed.list_serves(uuid, text, uuid, integer, integer, integer) TO vigil_app;
GRANT EXECUTE ON FUNCTION sealed.draw_slot(
    uuid, text, uuid, uuid, integer, integer, uuid, timestamptz, uuid, jsonb, integer, integer, integer
) TO vigil_app;
GRANT EXECUTE ON FUNCTION sealed.replay_list(uuid, uuid, text) TO vigil_unblinded;
GRANT EXECUTE ON FUNCTION sealed.replay_slots(uuid, uuid) TO vigil_unblinded;
GRANT EXECUTE ON FUNCTION sealed.replay_draws(uuid, uuid) TO vigil_unblinded;

RESET ROLE;
