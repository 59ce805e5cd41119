-- As 0004, and sets the context of the row history, which came before in a statement of its own.
CREATE OR REPLACE PROCEDURE monitoring_record(
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
        IF p_event ? 'history' THEN  -- findings keep a history, which learns whose request it was
            PERFORM set_config('pghistory.context_id', p_event -> 'history' ->> 'id', true),
                set_config('pghistory.context_metadata', p_event -> 'history' ->> 'metadata', true);
        END IF;
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
