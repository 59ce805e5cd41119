-- Opening an envelope. See docs/decisions/0009-opening-an-envelope.md.
--
-- An opening takes two transactions. The first asks and is committed: who, whose, why. Only a later one may open, and it
-- is given the arm once. So whoever opens and rolls back has left the request behind; and the requests are counted.

-- The functions read these public tables beside those of 0002_sealed_schema.
GRANT SELECT ON public.participants_participant, public.studies_study, public.studies_site TO vigil_sealed;

SET LOCAL ROLE vigil_sealed;

CREATE TABLE sealed.envelope_request (
    request_id uuid PRIMARY KEY,
    mode text NOT NULL CHECK (mode IN ('EMERGENCY', 'MEDIATED', 'SUSAR', 'LETTER', 'DRILL')),
    study_id uuid NOT NULL,
    site_id uuid NOT NULL,
    participant_id uuid,
    by uuid NOT NULL,
    reader uuid NOT NULL,
    reason text NOT NULL,
    code_hash text CHECK (code_hash ~ '^[0-9a-f]{64}$'),
    labels text[],
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    expires_at timestamptz NOT NULL,
    login text NOT NULL DEFAULT session_user,
    xact xid8 NOT NULL DEFAULT pg_current_xact_id(),
    CONSTRAINT drill_is_about_nobody CHECK ((mode = 'DRILL') = (participant_id IS NULL)),
    CONSTRAINT drill_brings_its_labels CHECK ((mode = 'DRILL') = (labels IS NOT NULL)),
    CONSTRAINT handed_over_with_a_code CHECK ((mode = 'MEDIATED') = (code_hash IS NOT NULL))
);
COMMENT ON TABLE sealed.envelope_request IS 'Who asked for whose treatment, for whom, why. Append-only.';
CREATE INDEX envelope_request_recent ON sealed.envelope_request (study_id, at);

CREATE TABLE sealed.envelope_opening (
    request_id uuid PRIMARY KEY REFERENCES sealed.envelope_request,
    by uuid NOT NULL,
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    login text NOT NULL DEFAULT session_user
);
COMMENT ON TABLE sealed.envelope_opening IS 'Each envelope given to its reader, once. Append-only.';

CREATE TABLE sealed.envelope_wrong_code (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    request_id uuid NOT NULL REFERENCES sealed.envelope_request,
    by uuid NOT NULL,
    at timestamptz NOT NULL DEFAULT clock_timestamp()
);
COMMENT ON TABLE sealed.envelope_wrong_code IS 'Wrong codes for an answer that was handed over. Append-only.';

CREATE TABLE sealed.letter (
    participant_id uuid PRIMARY KEY,
    study_id uuid NOT NULL,
    content bytea NOT NULL,
    stored_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
COMMENT ON TABLE sealed.letter IS 'What each participant is told of their treatment after the end of the study. Append-only.';

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON sealed.envelope_request
    FOR EACH STATEMENT EXECUTE FUNCTION sealed.never_changes();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON sealed.envelope_opening
    FOR EACH STATEMENT EXECUTE FUNCTION sealed.never_changes();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON sealed.envelope_wrong_code
    FOR EACH STATEMENT EXECUTE FUNCTION sealed.never_changes();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON sealed.letter
    FOR EACH STATEMENT EXECUTE FUNCTION sealed.never_changes();

-- Whether somebody holds one of the roles now, at the site or in the whole study.
CREATE FUNCTION sealed.holds_role(p_user uuid, p_study uuid, p_site uuid, p_roles text[]) RETURNS boolean
LANGUAGE sql STABLE SET search_path = sealed, pg_temp AS $$
    SELECT EXISTS (
        SELECT FROM public.studies_delegation AS d JOIN public.accounts_user AS u ON u.id = d.user_id
        WHERE d.user_id = p_user AND d.study_id = p_study AND (d.site_id IS NULL OR d.site_id = p_site)
            AND d.role = ANY (p_roles) AND u.is_active
            AND d.starts_at <= now() AND (d.ends_at IS NULL OR d.ends_at > now())
    )
$$;

-- Whether a person may have envelopes of this mode opened, at this site.
CREATE FUNCTION sealed.may_ask(p_mode text, p_by uuid, p_study uuid, p_site uuid) RETURNS boolean
LANGUAGE sql STABLE SET search_path = sealed, pg_temp AS $$
    SELECT holds_role(p_by, p_study, p_site, CASE p_mode
        WHEN 'MEDIATED' THEN ARRAY['INVESTIGATOR', 'SESSION_NURSE', 'SAFETY_PHYSICIAN']
        WHEN 'SUSAR' THEN ARRAY['SAFETY_PHYSICIAN']
        ELSE ARRAY['INVESTIGATOR']
    END)
$$;

-- Whether a clinician may be told through somebody else: an account in use, and no role that must stay blind but the one
-- that may break the code itself.
CREATE FUNCTION sealed.may_be_told(p_user uuid, p_study uuid) RETURNS boolean
LANGUAGE sql STABLE SET search_path = sealed, pg_temp AS $$
    SELECT EXISTS (SELECT FROM public.accounts_user WHERE id = p_user AND is_active) AND NOT EXISTS (
        SELECT FROM public.studies_delegation
        WHERE user_id = p_user AND study_id = p_study
            AND role NOT IN ('INVESTIGATOR', 'SAFETY_PHYSICIAN', 'UNBLINDED_STATISTICIAN')
            AND (ends_at IS NULL OR ends_at > now())
    )
$$;

-- Ask for an envelope, to be committed before it is opened. Outcomes: ASKED; NOT_RANDOMIZED; READER_BLINDED (this clinician
-- must stay blind); TOO_MANY (three by one person or twelve in one study within an hour, drills and letters apart);
-- NO_LETTER (the study is not closed, or the letter is not made).
CREATE FUNCTION sealed.envelope_request(
    p_request uuid, p_mode text, p_study uuid, p_site uuid, p_participant uuid, p_by uuid, p_reader uuid, p_reason text,
    p_code_hash text, p_labels text[]
) RETURNS TABLE (outcome text, expires_at timestamptz)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = sealed, pg_temp SET lock_timeout = '5s' AS $$
#variable_conflict use_column
DECLARE
    c_per_person CONSTANT integer := 3;
    c_per_study CONSTANT integer := 12;
    c_span CONSTANT interval := '1 hour';
    c_answer CONSTANT interval := '2 minutes';
    c_message CONSTANT interval := '4 hours';
    v_study uuid := p_study;
    v_site uuid := p_site;
    v_expires timestamptz := clock_timestamp() + CASE WHEN p_mode = 'MEDIATED' THEN c_message ELSE c_answer END;
BEGIN
    IF p_mode <> 'DRILL' THEN
        SELECT study_id, site_id INTO v_study, v_site FROM public.participants_participant WHERE id = p_participant;
    ELSIF NOT EXISTS (SELECT FROM public.studies_site WHERE id = p_site AND study_id = p_study) THEN
        v_study := NULL;
    END IF;
    IF v_study IS NULL OR NOT may_ask(p_mode, p_by, v_study, v_site)
        OR (p_mode = 'MEDIATED' AND p_reader = p_by) OR (p_mode <> 'MEDIATED' AND p_reader <> p_by)
    THEN
        RAISE insufficient_privilege USING MESSAGE = 'This person is not delegated to open this envelope.';
    END IF;
    IF p_mode = 'MEDIATED' AND NOT may_be_told(p_reader, v_study) THEN
        RETURN QUERY SELECT 'READER_BLINDED', NULL::timestamptz;
        RETURN;
    END IF;
    IF p_mode <> 'DRILL' AND NOT EXISTS (SELECT FROM slot WHERE participant_id = p_participant) THEN
        RETURN QUERY SELECT 'NOT_RANDOMIZED', NULL::timestamptz;
        RETURN;
    END IF;
    IF p_mode = 'LETTER' AND NOT (
        EXISTS (SELECT FROM public.studies_study WHERE id = v_study AND state = 'CLOSED')
        AND EXISTS (SELECT FROM letter WHERE participant_id = p_participant)
    ) THEN
        RETURN QUERY SELECT 'NO_LETTER', NULL::timestamptz;
        RETURN;
    END IF;
    IF p_mode NOT IN ('DRILL', 'LETTER') THEN
        -- One after another within a study, so that nobody asks many times at once.
        PERFORM pg_advisory_xact_lock(hashtextextended('envelope/' || v_study, 0));
        IF (SELECT count(*) FROM envelope_request AS r
            WHERE r.by = p_by AND r.mode NOT IN ('DRILL', 'LETTER') AND r.at > clock_timestamp() - c_span) >= c_per_person
        OR (SELECT count(*) FROM envelope_request AS r
            WHERE r.study_id = v_study AND r.mode NOT IN ('DRILL', 'LETTER') AND r.at > clock_timestamp() - c_span)
            >= c_per_study
        THEN
            RETURN QUERY SELECT 'TOO_MANY', NULL::timestamptz;
            RETURN;
        END IF;
    END IF;
    INSERT INTO envelope_request
        (request_id, mode, study_id, site_id, participant_id, by, reader, reason, code_hash, labels, expires_at)
    VALUES (
        p_request, p_mode, v_study, v_site, CASE WHEN p_mode <> 'DRILL' THEN p_participant END, p_by, p_reader, p_reason,
        p_code_hash, p_labels, v_expires
    );
    RETURN QUERY SELECT 'ASKED', v_expires;
END
$$;

-- Open an envelope that was asked for in an earlier, committed transaction; its reader is told once. Outcomes: OPENED with
-- the arm (a letter: with its pages); OPENED_ALREADY; EXPIRED; WRONG_CODE; LOCKED (five wrong codes); READER_BLINDED.
CREATE FUNCTION sealed.envelope_open(p_request uuid, p_by uuid, p_code_hash text)
RETURNS TABLE (outcome text, arm text, pages bytea)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = sealed, pg_temp SET lock_timeout = '5s' AS $$
#variable_conflict use_column
DECLARE
    c_wrong_codes CONSTANT integer := 5;
    v_asked envelope_request%ROWTYPE;
    v_arm text;
    v_pages bytea;
BEGIN
    SELECT * INTO v_asked FROM envelope_request WHERE request_id = p_request FOR UPDATE;
    IF NOT FOUND OR v_asked.reader <> p_by OR v_asked.xact = pg_current_xact_id() THEN
        RAISE insufficient_privilege USING MESSAGE =
            'There is no such envelope for this person, or it was asked for in this very transaction.';
    END IF;
    IF v_asked.mode <> 'MEDIATED' AND NOT may_ask(v_asked.mode, p_by, v_asked.study_id, v_asked.site_id) THEN
        RAISE insufficient_privilege USING MESSAGE = 'This person is not delegated to open this envelope any more.';
    END IF;
    IF EXISTS (SELECT FROM envelope_opening WHERE request_id = p_request) THEN
        RETURN QUERY SELECT 'OPENED_ALREADY', NULL::text, NULL::bytea;
        RETURN;
    END IF;
    IF v_asked.expires_at <= clock_timestamp() THEN
        RETURN QUERY SELECT 'EXPIRED', NULL::text, NULL::bytea;
        RETURN;
    END IF;
    IF v_asked.mode = 'MEDIATED' THEN
        IF NOT may_be_told(p_by, v_asked.study_id) THEN
            RETURN QUERY SELECT 'READER_BLINDED', NULL::text, NULL::bytea;
            RETURN;
        END IF;
        IF (SELECT count(*) FROM envelope_wrong_code WHERE request_id = p_request) >= c_wrong_codes THEN
            RETURN QUERY SELECT 'LOCKED', NULL::text, NULL::bytea;
            RETURN;
        END IF;
        IF v_asked.code_hash IS DISTINCT FROM p_code_hash THEN
            INSERT INTO envelope_wrong_code (request_id, by) VALUES (p_request, p_by);
            RETURN QUERY SELECT 'WRONG_CODE', NULL::text, NULL::bytea;
            RETURN;
        END IF;
    END IF;

    INSERT INTO envelope_opening (request_id, by) VALUES (p_request, p_by);
    INSERT INTO access (function, by, study_id, participant_id, subject, reason)
    VALUES ('envelope_open', p_by, v_asked.study_id, v_asked.participant_id, v_asked.mode || '/' || p_request, v_asked.reason);
    IF v_asked.mode = 'DRILL' THEN
        v_arm := v_asked.labels[1 + floor(random() * cardinality(v_asked.labels))::integer];
    ELSIF v_asked.mode = 'LETTER' THEN
        SELECT content INTO STRICT v_pages FROM letter WHERE participant_id = v_asked.participant_id;
    ELSE
        SELECT a.label INTO STRICT v_arm
        FROM slot AS s JOIN arm AS a ON (a.list_id, a.code) = (s.list_id, s.arm)
        WHERE s.participant_id = v_asked.participant_id;
    END IF;
    RETURN QUERY SELECT 'OPENED', v_arm, v_pages;
END
$$;

-- What was asked for since a moment, whoever asked by whatever way: no arm, only that it was. So that an envelope that was
-- opened past the application is told to everybody too.
CREATE FUNCTION sealed.envelope_requests(p_since timestamptz)
RETURNS TABLE (request_id uuid, mode text, study_id uuid, participant_id uuid, by uuid, at timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = sealed, pg_temp AS $$
    SELECT r.request_id, r.mode, r.study_id, r.participant_id, r.by, r.at FROM envelope_request AS r
    WHERE r.at >= p_since AND r.mode <> 'DRILL' ORDER BY r.at, r.request_id
$$;

-- Keep one participant's letter. Unblinded worker only, in the name of an unblinded person, after the study is closed.
CREATE FUNCTION sealed.letter_store(p_participant uuid, p_study uuid, p_content bytea, p_by uuid) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = sealed, pg_temp AS $$
BEGIN
    IF NOT is_unblinded(p_by, p_study)
        OR NOT EXISTS (SELECT FROM public.studies_study WHERE id = p_study AND state = 'CLOSED')
    THEN
        RAISE insufficient_privilege USING MESSAGE = 'Letters are made for an unblinded person, once the study is closed.';
    END IF;
    INSERT INTO letter (participant_id, study_id, content) VALUES (p_participant, p_study, p_content);
    INSERT INTO access (function, by, study_id, participant_id, reason)
    VALUES ('letter_store', p_by, p_study, p_participant, 'made');
END
$$;

GRANT EXECUTE ON FUNCTION sealed.envelope_request(uuid, text, uuid, uuid, uuid, uuid, uuid, text, text, text[]) TO vigil_app;
GRANT EXECUTE ON FUNCTION sealed.envelope_open(uuid, uuid, text) TO vigil_app;
GRANT EXECUTE ON FUNCTION sealed.envelope_requests(timestamptz) TO vigil_app;
GRANT EXECUTE ON FUNCTION sealed.letter_store(uuid, uuid, bytea, uuid) TO vigil_unblinded;

RESET ROLE;
