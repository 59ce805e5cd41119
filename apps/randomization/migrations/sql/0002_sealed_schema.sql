-- The sealed schema: randomization lists, arms, unblinded reports. See docs/decisions/0004-where-the-blind-is-kept.md.
--
-- It belongs to vigil_sealed, a role nobody logs in with and no superuser. The logins of the web and the workers have no
-- right on any table here; they may call the functions at the end, and each is granted by name. No foreign keys lead
-- out of the schema: an identifier is enough, and a refusal by a foreign key would tell of a row.

DO $$
DECLARE
    missing text;
BEGIN
    SELECT string_agg(wanted, ', ') INTO missing
    FROM unnest(ARRAY['vigil_sealed', 'vigil_app', 'vigil_unblinded']) AS wanted
    WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = wanted);
    IF missing IS NOT NULL THEN
        RAISE EXCEPTION 'The sealed schema needs the database roles %, which do not exist. `make run` makes them; '
            'on your own server run `python -m config.launch.provision` first.', missing;
    END IF;
    IF NOT pg_has_role(current_user, 'vigil_sealed', 'MEMBER') THEN
        RAISE EXCEPTION 'The login % migrates but is no member of vigil_sealed, so it cannot make the sealed schema. '
            'Migrate as vigil_owner.', current_user;
    END IF;
END
$$;

CREATE SCHEMA sealed AUTHORIZATION vigil_sealed;
-- The functions read these public tables; nothing else.
GRANT USAGE ON SCHEMA public TO vigil_sealed;
GRANT SELECT ON public.studies_delegation, public.accounts_user TO vigil_sealed;

SET LOCAL ROLE vigil_sealed;

-- Functions are closed to everybody until granted.
ALTER DEFAULT PRIVILEGES FOR ROLE vigil_sealed REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;

CREATE TABLE sealed.list (
    list_id uuid PRIMARY KEY,
    study_id uuid NOT NULL,
    seed bytea NOT NULL CHECK (octet_length(seed) = 32),
    parameters jsonb NOT NULL,
    digest text NOT NULL CHECK (digest ~ '^[0-9a-f]{64}$'),
    mg_per_device integer NOT NULL CHECK (mg_per_device > 0)
);
COMMENT ON TABLE sealed.list IS 'The secret seed of a list, its parameters, and the digest of its places as built.';

CREATE TABLE sealed.arm (
    list_id uuid NOT NULL REFERENCES sealed.list,
    code text NOT NULL,
    label text NOT NULL,
    active boolean NOT NULL,
    fixed_mg integer CHECK (fixed_mg > 0),
    first_mg integer CHECK (first_mg > 0),
    PRIMARY KEY (list_id, code)
);
COMMENT ON TABLE sealed.arm IS 'What an arm gives: the drug or its placebo; its fixed dose in mg, and its first dose where that differs.';

CREATE TABLE sealed.counter (
    list_id uuid NOT NULL REFERENCES sealed.list,
    stratum text NOT NULL,
    next_seq integer NOT NULL DEFAULT 1 CHECK (next_seq >= 1),
    PRIMARY KEY (list_id, stratum)
) WITH (fillfactor = 20);
COMMENT ON TABLE sealed.counter IS 'The next place of a stratum. One row per stratum, so strata never wait for each other.';

CREATE TABLE sealed.slot (
    list_id uuid NOT NULL,
    stratum text NOT NULL,
    seq integer NOT NULL CHECK (seq >= 1),
    block integer NOT NULL CHECK (block >= 0),
    size integer NOT NULL CHECK (size >= 1),
    arm text NOT NULL,
    study_id uuid NOT NULL,
    participant_id uuid,
    key uuid,
    number integer,
    drawn_at timestamptz,
    drawn_by uuid,
    PRIMARY KEY (list_id, stratum, seq),
    FOREIGN KEY (list_id, stratum) REFERENCES sealed.counter,
    FOREIGN KEY (list_id, arm) REFERENCES sealed.arm,
    CONSTRAINT slot_is_free_or_wholly_drawn CHECK (
        num_nonnulls(participant_id, key, number, drawn_at, drawn_by) IN (0, 5)
    ),
    CONSTRAINT slot_one_per_participant UNIQUE (participant_id),
    CONSTRAINT slot_one_per_key UNIQUE (key),
    CONSTRAINT slot_number_once_per_study UNIQUE (study_id, number)
) WITH (fillfactor = 70);
COMMENT ON TABLE sealed.slot IS 'The places of a list in their order, and who drew which.';

CREATE TABLE sealed.access (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    login text NOT NULL DEFAULT session_user,
    function text NOT NULL,
    by uuid NOT NULL,
    study_id uuid,
    participant_id uuid,
    subject text NOT NULL DEFAULT '',
    reason text NOT NULL
);
COMMENT ON TABLE sealed.access IS 'Every reading of an arm: which function, for whom, why. Append-only.';

CREATE FUNCTION sealed.never_changes() RETURNS trigger LANGUAGE plpgsql SET search_path = sealed, pg_temp AS $$
BEGIN
    RAISE EXCEPTION 'Rows of % are never changed or removed.', TG_TABLE_NAME;
END
$$;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON sealed.access
    FOR EACH STATEMENT EXECUTE FUNCTION sealed.never_changes();

-- A place, once drawn, keeps its participant; what was committed never changes.
CREATE FUNCTION sealed.slot_keeps_its_draw() RETURNS trigger LANGUAGE plpgsql SET search_path = sealed, pg_temp AS $$
BEGIN
    IF OLD.participant_id IS NOT NULL
        OR (NEW.list_id, NEW.stratum, NEW.seq, NEW.block, NEW.size, NEW.arm, NEW.study_id)
            IS DISTINCT FROM (OLD.list_id, OLD.stratum, OLD.seq, OLD.block, OLD.size, OLD.arm, OLD.study_id)
    THEN
        RAISE EXCEPTION 'A place of a list is drawn once and never changed.';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER keeps_its_draw BEFORE UPDATE ON sealed.slot
    FOR EACH ROW EXECUTE FUNCTION sealed.slot_keeps_its_draw();
CREATE TRIGGER never_removed BEFORE DELETE OR TRUNCATE ON sealed.slot
    FOR EACH STATEMENT EXECUTE FUNCTION sealed.never_changes();
CREATE TRIGGER never_changes BEFORE UPDATE OR DELETE OR TRUNCATE ON sealed.list
    FOR EACH STATEMENT EXECUTE FUNCTION sealed.never_changes();
CREATE TRIGGER never_changes BEFORE UPDATE OR DELETE OR TRUNCATE ON sealed.arm
    FOR EACH STATEMENT EXECUTE FUNCTION sealed.never_changes();

CREATE TABLE sealed.report_file (
    job_id uuid NOT NULL,
    study_id uuid NOT NULL,
    name text NOT NULL,
    media_type text NOT NULL,
    content bytea NOT NULL,
    sha256 text NOT NULL CHECK (sha256 = encode(sha256(content), 'hex')),
    stored_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (job_id, name)
);
COMMENT ON TABLE sealed.report_file IS 'Reports that show arms. Written by the unblinded worker, opened one file at a time.';
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON sealed.report_file
    FOR EACH STATEMENT EXECUTE FUNCTION sealed.never_changes();

-- Secret numbers derived from a list's seed. The seed on both sides keeps anybody from extending a known digest.
CREATE FUNCTION sealed.derive(p_seed bytea, p_label text) RETURNS bytea
LANGUAGE sql STABLE SET search_path = sealed, pg_temp AS $$
    SELECT sha256(p_seed || convert_to(p_label, 'UTF8') || p_seed)
$$;

CREATE FUNCTION sealed.is_unblinded(p_user uuid, p_study uuid) RETURNS boolean
LANGUAGE sql STABLE SET search_path = sealed, pg_temp AS $$
    SELECT EXISTS (
        SELECT FROM public.studies_delegation AS d JOIN public.accounts_user AS u ON u.id = d.user_id
        WHERE d.user_id = p_user AND d.study_id = p_study AND d.role = 'UNBLINDED_STATISTICIAN' AND u.is_active
            AND d.starts_at <= now() AND (d.ends_at IS NULL OR d.ends_at > now())
    )
$$;

-- Store a list before the first participant. Owner only: nobody is granted this.
CREATE FUNCTION sealed.list_store(
    p_list uuid, p_study uuid, p_seed bytea, p_parameters jsonb, p_digest text, p_mg_per_device integer, p_arms jsonb
) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = sealed, pg_temp AS $$
BEGIN
    INSERT INTO list (list_id, study_id, seed, parameters, digest, mg_per_device)
    VALUES (p_list, p_study, p_seed, p_parameters, p_digest, p_mg_per_device);
    INSERT INTO arm (list_id, code, label, active, fixed_mg, first_mg)
    SELECT p_list, code, label, active, fixed_mg, first_mg
    FROM jsonb_to_recordset(p_arms) AS given (code text, label text, active boolean, fixed_mg integer, first_mg integer);
END
$$;

-- Add places to a stored list: all strata at first, those of a new site later. Owner only.
CREATE FUNCTION sealed.slots_store(
    p_list uuid, p_strata text[], p_seqs integer[], p_blocks integer[], p_sizes integer[], p_arms text[]
) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = sealed, pg_temp AS $$
DECLARE
    v_study uuid := (SELECT study_id FROM list WHERE list_id = p_list);
    v_count bigint;
BEGIN
    INSERT INTO counter (list_id, stratum) SELECT DISTINCT p_list, s FROM unnest(p_strata) AS s ON CONFLICT DO NOTHING;
    INSERT INTO slot (list_id, stratum, seq, block, size, arm, study_id)
    SELECT p_list, given.stratum, given.seq, given.block, given.size, given.arm, v_study
    FROM unnest(p_strata, p_seqs, p_blocks, p_sizes, p_arms) AS given (stratum, seq, block, size, arm);
    GET DIAGNOSTICS v_count = ROW_COUNT;
    RETURN v_count;
END
$$;

-- Say whether the stratum has a place left. Never how many, never of which arm.
CREATE FUNCTION sealed.place_left(p_list uuid, p_stratum text) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = sealed, pg_temp AS $$
    SELECT EXISTS (
        SELECT FROM counter AS c JOIN slot AS s ON (s.list_id, s.stratum, s.seq) = (c.list_id, c.stratum, c.next_seq)
        WHERE c.list_id = p_list AND c.stratum = p_stratum
    )
$$;

-- Draw the next place of a stratum for a participant. Outcomes: DRAWN; REPEATED (the same key again, same answer);
-- HELD (the participant was drawn by another key); TAKEN (the key drew somebody else); EXHAUSTED. The number is
-- random between the two bounds, unique in the study, and derived from the seed and the participant alone.
CREATE FUNCTION sealed.draw_slot(
    p_list uuid, p_stratum text, p_participant uuid, p_key uuid, p_low integer, p_high integer, p_by uuid, p_at timestamptz
) RETURNS TABLE (outcome text, number integer)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = sealed, pg_temp SET lock_timeout = '20s' AS $$
#variable_conflict use_column
DECLARE
    v_held slot%ROWTYPE;
    v_seq integer;
    v_seed bytea;
    v_study uuid;
    v_number integer;
    v_try integer := 0;
BEGIN
    -- A fair queue: callers of one stratum go on in the order in which they came, and the lock is held to the
    -- end of their transaction, so the order of the list is the order of commit.
    PERFORM pg_advisory_xact_lock(hashtextextended(p_list::text || '/' || p_stratum, 0));

    SELECT * INTO v_held FROM slot WHERE participant_id = p_participant;
    IF FOUND THEN
        IF v_held.key = p_key THEN
            RETURN QUERY SELECT 'REPEATED', v_held.number;
        ELSE
            RETURN QUERY SELECT 'HELD', NULL::integer;
        END IF;
        RETURN;
    END IF;
    IF EXISTS (SELECT FROM slot WHERE key = p_key) THEN
        RETURN QUERY SELECT 'TAKEN', NULL::integer;
        RETURN;
    END IF;

    IF NOT place_left(p_list, p_stratum) THEN
        RETURN QUERY SELECT 'EXHAUSTED', NULL::integer;
        RETURN;
    END IF;
    UPDATE counter SET next_seq = next_seq + 1 WHERE list_id = p_list AND stratum = p_stratum
    RETURNING next_seq - 1 INTO v_seq;

    SELECT seed, study_id INTO v_seed, v_study FROM list WHERE list_id = p_list;
    LOOP
        v_number := p_low + (
            ('x' || encode(substr(derive(v_seed, 'number/' || p_participant || '/' || v_try), 1, 8), 'hex'))::bit(64)::bigint
            & 9223372036854775807
        ) % (p_high - p_low + 1);
        EXIT WHEN NOT EXISTS (SELECT FROM slot WHERE study_id = v_study AND number = v_number);
        v_try := v_try + 1;
        IF v_try > 1000 THEN
            RAISE EXCEPTION 'No randomization number is free in the protocol''s number format.';
        END IF;
    END LOOP;

    UPDATE slot
    SET participant_id = p_participant, key = p_key, number = v_number, drawn_at = p_at, drawn_by = p_by
    WHERE list_id = p_list AND stratum = p_stratum AND seq = v_seq AND participant_id IS NULL;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'The sealed list and its counter disagree; nothing was drawn.';
    END IF;
    RETURN QUERY SELECT 'DRAWN', v_number;
END
$$;

-- All arms of a study, for a report that is stored sealed. Unblinded worker only, in the name of an unblinded person.
CREATE FUNCTION sealed.arms_read(p_study uuid, p_by uuid, p_reason text)
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
        FROM slot AS s JOIN arm AS a ON (a.list_id, a.code) = (s.list_id, s.arm)
        WHERE s.study_id = p_study AND s.participant_id IS NOT NULL
        ORDER BY s.participant_id;
END
$$;

-- Keep one file of a report that shows arms. Unblinded worker only.
CREATE FUNCTION sealed.report_store(p_job uuid, p_study uuid, p_name text, p_media_type text, p_content bytea, p_by uuid)
RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = sealed, pg_temp AS $$
DECLARE
    v_sha256 text := encode(sha256(p_content), 'hex');
BEGIN
    INSERT INTO report_file (job_id, study_id, name, media_type, content, sha256)
    VALUES (p_job, p_study, p_name, p_media_type, p_content, v_sha256);
    INSERT INTO access (function, by, study_id, subject, reason)
    VALUES ('report_store', p_by, p_study, p_job || '/' || p_name, 'made');
    RETURN v_sha256;
END
$$;

-- The files of sealed reports: names and sizes only.
CREATE FUNCTION sealed.report_list(p_job uuid, p_by uuid)
RETURNS TABLE (name text, media_type text, size integer, sha256 text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = sealed, pg_temp AS $$
    SELECT name, media_type, octet_length(content), sha256 FROM report_file
    WHERE job_id = p_job AND is_unblinded(p_by, study_id) ORDER BY name
$$;

-- One file of a sealed report, for a person delegated as unblinded; others get no row, as for a file that is not there.
CREATE FUNCTION sealed.report_open(p_job uuid, p_name text, p_by uuid, p_reason text)
RETURNS TABLE (media_type text, content bytea, sha256 text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = sealed, pg_temp AS $$
#variable_conflict use_column
DECLARE
    v_study uuid := (SELECT study_id FROM report_file WHERE job_id = p_job AND name = p_name);
BEGIN
    IF v_study IS NULL OR NOT is_unblinded(p_by, v_study) THEN
        RETURN;
    END IF;
    INSERT INTO access (function, by, study_id, subject, reason)
    VALUES ('report_open', p_by, v_study, p_job || '/' || p_name, p_reason);
    RETURN QUERY SELECT media_type, content, sha256 FROM report_file WHERE job_id = p_job AND name = p_name;
END
$$;

GRANT USAGE ON SCHEMA sealed TO vigil_app, vigil_unblinded;
GRANT EXECUTE ON FUNCTION sealed.place_left(uuid, text) TO vigil_app;
GRANT EXECUTE ON FUNCTION sealed.draw_slot(uuid, text, uuid, uuid, integer, integer, uuid, timestamptz) TO vigil_app;
GRANT EXECUTE ON FUNCTION sealed.arms_read(uuid, uuid, text) TO vigil_unblinded;
GRANT EXECUTE ON FUNCTION sealed.report_store(uuid, uuid, text, text, bytea, uuid) TO vigil_unblinded;
GRANT EXECUTE ON FUNCTION sealed.report_list(uuid, uuid) TO vigil_app, vigil_unblinded;
GRANT EXECUTE ON FUNCTION sealed.report_open(uuid, text, uuid, text) TO vigil_app, vigil_unblinded;

RESET ROLE;
