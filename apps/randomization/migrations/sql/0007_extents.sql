-- How many places every stratum of a list was given, so that a replay misses those that nobody has drawn yet.
-- See docs/decisions/0008-a-draw-that-can-be-replayed.md.

SET LOCAL ROLE vigil_sealed;

CREATE TABLE sealed.extent (
    list_id uuid NOT NULL REFERENCES sealed.list,
    stratum text NOT NULL,
    places integer NOT NULL CHECK (places >= 1),
    PRIMARY KEY (list_id, stratum, places)
);
COMMENT ON TABLE sealed.extent IS 'A row for each time a stratum was built or made longer: its last place. The extent published beside the commitment is keyed over it.';
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON sealed.extent
    FOR EACH STATEMENT EXECUTE FUNCTION sealed.never_changes();

-- Add places to a stored list, and say how long its strata are now. Owner only.
CREATE OR REPLACE FUNCTION sealed.slots_store(
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
    INSERT INTO extent (list_id, stratum, places)
    SELECT p_list, given.stratum, max(given.seq) FROM unnest(p_strata, p_seqs) AS given (stratum, seq)
    GROUP BY given.stratum
    ON CONFLICT DO NOTHING;
    RETURN v_count;
END
$$;

-- How long the strata of a list are, for the unblinded worker in the name of an unblinded person.
CREATE FUNCTION sealed.replay_extents(p_list uuid, p_by uuid) RETURNS TABLE (stratum text, places integer)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = sealed, pg_temp AS $$
    SELECT e.stratum, max(e.places) FROM extent AS e JOIN list AS l USING (list_id)
    WHERE e.list_id = p_list AND is_unblinded(p_by, l.study_id) GROUP BY e.stratum ORDER BY e.stratum
$$;
GRANT EXECUTE ON FUNCTION sealed.replay_extents(uuid, uuid) TO vigil_unblinded;

-- Lists of before are as long as they are found now. Minimized ones have no places before a draw.
INSERT INTO sealed.extent (list_id, stratum, places)
SELECT s.list_id, s.stratum, max(s.seq) FROM sealed.slot AS s JOIN sealed.list AS l USING (list_id)
WHERE l.method <> 'minimization' GROUP BY s.list_id, s.stratum;
RESET ROLE;

ALTER TABLE public.randomization_randomizationlist DISABLE TRIGGER USER;
UPDATE public.randomization_randomizationlist AS made SET extent = known.extent
FROM (
    SELECT l.list_id, encode(sealed.hmac(l.seed, convert_to('extent' || chr(10) || string_agg(
        e.stratum || chr(9) || e.places || chr(10), '' ORDER BY e.stratum COLLATE "C"
    ), 'UTF8')), 'hex') AS extent
    FROM sealed.list AS l JOIN sealed.extent AS e USING (list_id) GROUP BY l.list_id, l.seed
) AS known
WHERE known.list_id = made.id;
ALTER TABLE public.randomization_randomizationlist ENABLE TRIGGER USER;
