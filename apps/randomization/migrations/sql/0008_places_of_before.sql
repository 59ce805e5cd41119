-- What was asked for of lists of before is not known any more: they count as long as the protocol's target, where they are.
UPDATE public.randomization_randomizationlist AS made SET places = known.target
FROM (
    SELECT r.id, (v.document -> 'enrolment' ->> 'target')::integer AS target
    FROM public.randomization_randomizationlist AS r
    JOIN public.studies_protocolversion AS v ON v.id = r.protocol_version_id
    JOIN (
        SELECT s.list_id, min(s.places) AS places
        FROM (SELECT list_id, stratum, max(places) AS places FROM sealed.extent GROUP BY list_id, stratum) AS s
        GROUP BY s.list_id
    ) AS e ON e.list_id = r.id
    WHERE e.places >= (v.document -> 'enrolment' ->> 'target')::integer
) AS known
WHERE known.id = made.id;
