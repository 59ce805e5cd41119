-- Every act is linked to the act before it by a hash over the whole row; see docs/decisions on the chain of acts.
--
-- A chain is one lane of a site. A transaction takes the first lane of the site that nobody holds, and keeps it until it
-- commits; with all lanes held it opens another. So no act ever waits for another, and no two transactions can wait for
-- each other here, in whatever order they write. Within a lane one act follows another without a gap.

CREATE FUNCTION audit_link(event audit_auditevent, previous bytea) RETURNS bytea LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN sha256(previous || convert_to(jsonb_build_array(
        event.chain, event.place, event.id, to_char(event.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US'),
        event.kind, event.actor_id, event.actor_label, event.actor_roles, event.study_code, event.site_code,
        event.participant_number, event.subject_type, event.subject_id, event.reason, event.detail
    )::text, 'UTF8'));
END
$$;

CREATE FUNCTION audit_chain() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    v_site text := NEW.study_code || '/' || NEW.site_code;
    v_lane integer := 1;
    v_head record;
BEGIN
    WHILE NOT pg_try_advisory_xact_lock(hashtext('audit ' || v_site), v_lane) LOOP
        v_lane := v_lane + 1;
    END LOOP;
    NEW.chain := v_site || '/' || v_lane;
    SELECT place, link INTO v_head FROM audit_auditevent WHERE chain = NEW.chain ORDER BY place DESC LIMIT 1;
    NEW.place := coalesce(v_head.place, 0) + 1;
    NEW.link := audit_link(NEW, coalesce(v_head.link, ''));
    RETURN NEW;
END
$$;

-- Acts recorded before there was a chain go into the first lane of their site, in the order of recording.
ALTER TABLE audit_auditevent DISABLE TRIGGER USER;
DO $$
DECLARE
    v_event audit_auditevent;
    v_before audit_auditevent;
BEGIN
    FOR v_event IN SELECT * FROM audit_auditevent ORDER BY study_code, site_code, id LOOP
        v_event.chain := v_event.study_code || '/' || v_event.site_code || '/1';
        IF v_event.chain IS DISTINCT FROM v_before.chain THEN
            v_before := NULL;
        END IF;
        v_event.place := coalesce(v_before.place, 0) + 1;
        v_event.link := audit_link(v_event, coalesce(v_before.link, ''));
        UPDATE audit_auditevent SET chain = v_event.chain, place = v_event.place, link = v_event.link
            WHERE id = v_event.id;
        v_before := v_event;
    END LOOP;
END
$$;
ALTER TABLE audit_auditevent ENABLE TRIGGER USER;

CREATE TRIGGER chained BEFORE INSERT ON audit_auditevent FOR EACH ROW EXECUTE FUNCTION audit_chain();
