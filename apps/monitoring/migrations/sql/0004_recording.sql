-- What recording an observation reads and writes, each in one statement. See docs/decisions on the recording of
-- observations. Nothing is decided here but whether what was decided upon still stands: the rules are Python.

-- Who asks, what they may do at the session's site, and the facts the rules need to judge one more reading.
-- A person is named by identifier, or by the digest of a token that has not expired. Of a sign-in by its key, what is
-- stored comes along: whose it is stands inside, signed.
CREATE FUNCTION monitoring_recording(
    p_user uuid, p_token text, p_sign_in text, p_session uuid, p_observation uuid, p_at timestamptz, p_lock boolean
) RETURNS jsonb LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    v_person accounts_user;
    v_session dosing_dosingsession;
    v_study uuid;
    v_facts jsonb;
BEGIN
    IF p_token IS NOT NULL THEN
        SELECT person.* INTO v_person FROM knox_authtoken token JOIN accounts_user person ON person.id = token.user_id
        WHERE token.digest = p_token AND (token.expiry IS NULL OR token.expiry >= p_at);
    ELSE
        SELECT person.* INTO v_person FROM accounts_user person WHERE person.id = p_user;
    END IF;
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    IF p_lock THEN
        SELECT * INTO v_session FROM dosing_dosingsession WHERE id = p_session FOR NO KEY UPDATE;
    ELSE
        SELECT * INTO v_session FROM dosing_dosingsession WHERE id = p_session;
    END IF;
    IF FOUND THEN
        SELECT study.id, jsonb_build_object(
            'session', jsonb_build_object(
                'id', v_session.id, 'state', v_session.state, 'version', v_session.version,
                'checked_in_at', v_session.checked_in_at, 'dosed_at', v_session.dosed_at,
                'ended_at', v_session.ended_at),
            'study', study.code, 'site', site.code, 'participant', participant.number,
            'age_years', participant.age_years, 'protocol', version.id, 'digest', version.digest)
        INTO v_study, v_facts
        FROM studies_site site
        JOIN studies_study study ON study.id = site.study_id
        JOIN participants_participant participant ON participant.id = v_session.participant_id
        JOIN studies_protocolversion version ON version.id = participant.protocol_version_id
        WHERE site.id = v_session.site_id;
        v_facts := v_facts || jsonb_build_object(
            'roles', studies_roles_at(v_person.id, v_session.site_id, v_study, p_at),
            'sprays', (SELECT coalesce(jsonb_agg(coalesce(second_spray_at, first_spray_at)), '[]')
                FROM dosing_deviceuse WHERE session_id = p_session),
            'checks', (SELECT coalesce(jsonb_agg(jsonb_build_object(
                    'gate', gate, 'outcome', outcome, 'values', values) ORDER BY at, recorded_at), '[]')
                FROM dosing_gatecheck WHERE session_id = p_session AND values ? 'measured_at'),
            'before', (SELECT coalesce(jsonb_agg(to_jsonb(reading) ORDER BY observed_at, recorded_at), '[]')
                FROM monitoring_observation reading
                WHERE session_id = p_session AND observed_at < v_session.dosed_at),
            'sign_in', (SELECT session_data FROM django_session
                WHERE session_key = p_sign_in AND expire_date > p_at),
            'known', (SELECT jsonb_build_object('session', session_id, 'digest', body_digest)
                FROM monitoring_observation WHERE id = p_observation));
    END IF;
    RETURN jsonb_build_object(
        'person', jsonb_build_object(
            'id', v_person.id, 'email', v_person.email, 'full_name', v_person.full_name,
            'is_active', v_person.is_active, 'password', v_person.password)
    ) || coalesce(v_facts, '{}');
END
$$;

-- One reading, what the rules found in it, and the act: all of it, or nothing and why. The session is locked only now,
-- and for no longer than this takes; STALE if it moved on, or has another baseline, since it was read. KNOWN if the
-- identifier is taken.
CREATE PROCEDURE monitoring_record(
    p_version integer, p_before integer, p_observation jsonb, p_findings jsonb, p_event jsonb, INOUT outcome text
) LANGUAGE plpgsql AS $$
DECLARE
    v_observation monitoring_observation := jsonb_populate_record(NULL::monitoring_observation, p_observation);
    v_session record;
BEGIN
    SELECT version, dosed_at INTO v_session FROM dosing_dosingsession
        WHERE id = v_observation.session_id FOR NO KEY UPDATE;
    IF v_session.version IS DISTINCT FROM p_version OR p_before <> (
        SELECT count(*) FROM monitoring_observation
        WHERE session_id = v_observation.session_id AND observed_at < v_session.dosed_at
    ) THEN
        outcome := 'STALE';
        RETURN;
    END IF;
    INSERT INTO monitoring_observation VALUES (v_observation.*) ON CONFLICT (id) DO NOTHING;
    IF NOT FOUND THEN
        outcome := 'KNOWN';
        RETURN;
    END IF;
    IF p_findings <> '[]' THEN
        INSERT INTO monitoring_finding
            SELECT found.* FROM jsonb_populate_recordset(NULL::monitoring_finding, p_findings) found;
    END IF;
    INSERT INTO audit_auditevent (at, kind, actor_id, actor_label, actor_roles, study_code, site_code,
            participant_number, subject_type, subject_id, reason, detail)
        SELECT at, kind, actor_id, actor_label, actor_roles, study_code, site_code,
            participant_number, subject_type, subject_id, reason, detail
        FROM jsonb_populate_record(NULL::audit_auditevent, p_event);
    outcome := 'RECORDED';
END
$$;
