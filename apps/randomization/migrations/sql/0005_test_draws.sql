-- What a test list gave. It means nothing for anybody, so it may be read with the web's login; a live list answers with no row.
SET LOCAL ROLE vigil_sealed;

CREATE FUNCTION sealed.test_draws_read(p_list uuid) RETURNS TABLE (participant_id uuid, arm text, arm_label text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = sealed, pg_temp AS $$
    SELECT s.participant_id, s.arm, a.label
    FROM slot AS s JOIN list AS l USING (list_id) JOIN arm AS a ON (a.list_id, a.code) = (s.list_id, s.arm)
    WHERE s.list_id = p_list AND l.purpose = 'TEST' AND s.participant_id IS NOT NULL
$$;

GRANT EXECUTE ON FUNCTION sealed.test_draws_read(uuid) TO vigil_app;

RESET ROLE;
