-- Who may act for whom, by the rules of each provider; guardians whom a unit has blocked; persons whose number changed.

-- Where a scope's persons are out of reach although they are in it: "provider-person" pairs, for a guardian whose child
-- one provider takes for grown and another does not. Unset for nearly everybody.
CREATE FUNCTION scope_closed() RETURNS text[] LANGUAGE sql STABLE PARALLEL SAFE
  AS $$ SELECT nullif(current_setting('vardlots.closed', true), '')::text[] $$;
DO $$
DECLARE
  name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['patient', 'consent', 'interview', 'care_case', 'entry', 'attachment', 'notice',
                              'unit_block', 'block_lift'] LOOP
    EXECUTE format('CREATE POLICY %I ON %I AS RESTRICTIVE USING ((SELECT scope_closed()) IS NULL '
                   'OR (provider_id || ''-'' || person_id) <> ALL ((SELECT scope_closed())::text[]))',
                   name || '_not_closed', name);
  END LOOP;
END $$;
CREATE POLICY access_log_not_closed ON access_log AS RESTRICTIVE FOR SELECT
  USING ((SELECT scope_closed()) IS NULL
     OR (provider_id || '-' || person_id) <> ALL ((SELECT scope_closed())::text[]));

-- A unit's decision that one guardian, or every guardian, must not see a child here (guardian_id NULL: every one).
CREATE TABLE guardian_block (
  provider_id int NOT NULL REFERENCES provider,
  block_id bigint GENERATED ALWAYS AS IDENTITY,
  child_id bigint NOT NULL REFERENCES person,
  guardian_id bigint REFERENCES person,
  unit_id int NOT NULL,
  reason text NOT NULL CHECK (length(reason) BETWEEN 1 AND 500),
  approved_by bigint NOT NULL REFERENCES staff,
  approver text NOT NULL CHECK (approver IN ('head_of_unit', 'on_call_physician')),
  registered_by bigint NOT NULL REFERENCES staff,
  since timestamptz NOT NULL,
  ended_at timestamptz,
  ended_by bigint REFERENCES staff,
  ended_why text CHECK (length(ended_why) BETWEEN 1 AND 500),
  PRIMARY KEY (provider_id, block_id),
  FOREIGN KEY (provider_id, child_id) REFERENCES patient (provider_id, person_id),
  FOREIGN KEY (provider_id, unit_id) REFERENCES unit (provider_id, unit_id),
  CHECK (child_id <> guardian_id),
  CHECK (ended_at >= since),
  CHECK ((ended_at IS NULL) = (ended_by IS NULL) AND (ended_at IS NULL) = (ended_why IS NULL))
);
CREATE UNIQUE INDEX guardian_block_one ON guardian_block (provider_id, child_id, guardian_id) NULLS NOT DISTINCT
  WHERE ended_at IS NULL;
-- What holds of it everywhere: a block at one provider hides the child at every provider, and says nothing of why.
CREATE TABLE guardian_concealed (
  provider_id int NOT NULL,
  block_id bigint NOT NULL,
  child_id bigint NOT NULL,
  guardian_id bigint,
  PRIMARY KEY (provider_id, block_id),
  FOREIGN KEY (provider_id, block_id) REFERENCES guardian_block (provider_id, block_id)
);
CREATE INDEX guardian_concealed_child ON guardian_concealed (child_id);
ALTER TABLE guardian_block ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE guardian_concealed ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY guardian_block_scope ON guardian_block USING (provider_id = (SELECT scope_provider()));
CREATE POLICY guardian_concealed_seen ON guardian_concealed FOR SELECT
  USING (provider_id = (SELECT scope_provider())
     OR child_id = ANY ((SELECT scope_persons())::bigint[])
     OR EXISTS (SELECT FROM patient p
                WHERE p.provider_id = (SELECT scope_provider()) AND p.person_id = guardian_concealed.child_id));
CREATE POLICY guardian_concealed_added ON guardian_concealed FOR INSERT
  WITH CHECK (provider_id = (SELECT scope_provider()));
CREATE POLICY guardian_concealed_lifted ON guardian_concealed FOR DELETE
  USING (provider_id = (SELECT scope_provider()));
GRANT SELECT, INSERT ON guardian_block TO vardlots_app;
GRANT UPDATE (ended_at, ended_by, ended_why) ON guardian_block TO vardlots_app;
GRANT SELECT, INSERT, DELETE ON guardian_concealed TO vardlots_app;

-- Two rows that turned out to be one person (a coordination number that became a personal one): what stood on the
-- earlier row stays there, since a timeline is never changed, and is read and shown with the person it is about.
ALTER TABLE person ADD COLUMN same_as bigint REFERENCES person CHECK (same_as <> person_id);
CREATE INDEX person_same_as ON person (same_as) WHERE same_as IS NOT NULL;
-- When the register last said who this is: last known marks of protection hold until it says something else.
ALTER TABLE person ADD COLUMN registered_at timestamptz;
ALTER TABLE person ADD COLUMN deceased boolean NOT NULL DEFAULT false;
GRANT UPDATE (same_as, registered_at, deceased) ON person TO vardlots_app;
GRANT UPDATE (person_id) ON person_identifier TO vardlots_app;
DROP TRIGGER person_register_decides ON person;
CREATE TRIGGER person_register_decides
  BEFORE UPDATE OF given_name, family_name, birth_date, sex, protected, listed_unit_id, same_as, registered_at, deceased
  ON person
  FOR EACH ROW WHEN (scope_identity() IS NULL) EXECUTE FUNCTION refuse_in_this_scope();
-- An earlier row of somebody in the scope is theirs. Which rows of the person table these are, the scope cannot know
-- before it has looked.
CREATE POLICY person_seen_again ON person FOR SELECT USING (same_as = ANY ((SELECT scope_persons())::bigint[]));

-- At the moment of sign-in, whoever's number it is; with an earlier number of theirs in the scope's persons.
DROP POLICY identifier_marked ON person_identifier;
CREATE POLICY identifier_marked ON person_identifier FOR UPDATE
  USING (value = (SELECT scope_identity())
     OR ((SELECT scope_identity()) IS NOT NULL AND person_id = ANY ((SELECT scope_persons())::bigint[])));
CREATE TRIGGER identifier_moves_at_sign_in BEFORE UPDATE OF person_id ON person_identifier
  FOR EACH STATEMENT WHEN (scope_identity() IS NULL) EXECUTE FUNCTION refuse_in_this_scope();
DROP POLICY guardianship_corrected ON guardianship;
CREATE POLICY guardianship_corrected ON guardianship FOR UPDATE
  USING (guardian_id = ANY ((SELECT scope_persons())::bigint[])
     AND EXISTS (SELECT FROM person_identifier i
                 WHERE i.value = (SELECT scope_identity()) AND i.person_id = ANY ((SELECT scope_persons())::bigint[])));

-- A session begun while the register was silent: for oneself only.
ALTER TABLE session ADD COLUMN for_self_only boolean NOT NULL DEFAULT false;
GRANT UPDATE (for_self_only) ON session TO vardlots_app;
