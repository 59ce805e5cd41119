-- Roles in force of a person at a site at a moment: what apps/studies/access.py asks through the ORM, for statements that
-- read the rest of what they need in the same breath. A deactivated person has none.
CREATE FUNCTION studies_roles_at(p_user uuid, p_site uuid, p_study uuid, p_at timestamptz) RETURNS text[]
LANGUAGE sql STABLE AS $$
    SELECT coalesce(array_agg(DISTINCT held.role), '{}')
    FROM studies_delegation held
    JOIN accounts_user person ON person.id = held.user_id AND person.is_active
    WHERE held.user_id = p_user
      AND (held.site_id = p_site OR (held.site_id IS NULL AND held.study_id = p_study))
      AND held.starts_at <= p_at AND (held.ends_at IS NULL OR held.ends_at > p_at)
$$;
