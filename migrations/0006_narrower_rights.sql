-- Second lines of defence behind the verbs: what the application's role may change is named column by column, and
-- what a patient's scope may write is what a patient says and decides.

-- What a row is about, who made it and when never changes.
REVOKE UPDATE ON person, person_identifier, patient, consent, session, interview, care_case, attachment, note, notice
  FROM vardlots_app;
GRANT UPDATE (given_name, family_name, birth_date, sex, protected, mobile, language, listed_unit_id) ON person
  TO vardlots_app;
GRANT UPDATE (primary_number) ON person_identifier TO vardlots_app;
GRANT UPDATE (withdrawn_at) ON consent TO vardlots_app;
GRANT UPDATE (seen_at, ended_at, ended_why) ON session TO vardlots_app;
GRANT UPDATE (stage, answers, post_answers, current, outcome, rev, changed_at, case_id) ON interview TO vardlots_app;
GRANT UPDATE (phase, priority, owner_staff_id, accepted_at, started_at, ended_at, writable_until, inbox_at, changed_at,
  last_n, patient_read_n, staff_read_n, patient_last_n, staff_last_n, notice_state) ON care_case TO vardlots_app;
GRANT UPDATE (case_id) ON attachment TO vardlots_app;
GRANT UPDATE (kind, fields, rev, changed_at, signed_at, signed_by, digest) ON note TO vardlots_app;
GRANT UPDATE (state, why, sent_at) ON notice TO vardlots_app;
GRANT UPDATE (blocked) ON guardianship TO vardlots_app;

-- Triggers on named columns cost nothing where a statement does not name them.
CREATE FUNCTION refuse_in_this_scope() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'this scope may not change that in %', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END $$;
-- What staff decide is changed within a provider's scope.
CREATE TRIGGER care_case_staff_decide
  BEFORE UPDATE OF priority, accepted_at, started_at, writable_until, staff_read_n, staff_last_n, notice_state ON care_case
  FOR EACH ROW WHEN (scope_provider() IS NULL) EXECUTE FUNCTION refuse_in_this_scope();
-- Who somebody is, the register says, at the moment of sign-in.
CREATE TRIGGER person_register_decides
  BEFORE UPDATE OF given_name, family_name, birth_date, sex, protected, listed_unit_id ON person
  FOR EACH ROW WHEN (scope_identity() IS NULL) EXECUTE FUNCTION refuse_in_this_scope();

-- A patient's rows are a patient's, written by one of the scope's own persons; staff and jobs never write as a patient.
DROP POLICY entry_added ON entry;
CREATE POLICY entry_added ON entry FOR INSERT
  WITH CHECK ((provider_id = (SELECT scope_provider()) AND author_kind <> 'patient')
     OR (person_id = ANY ((SELECT scope_persons())::bigint[]) AND audience = 'patient' AND author_kind = 'patient'
         AND author_id = ANY ((SELECT scope_persons())::bigint[])));
CREATE POLICY care_case_opened ON care_case AS RESTRICTIVE FOR INSERT
  WITH CHECK (provider_id = (SELECT scope_provider()) OR actor_person_id = ANY ((SELECT scope_persons())::bigint[]));
CREATE POLICY interview_begun ON interview AS RESTRICTIVE FOR INSERT
  WITH CHECK (actor_person_id = ANY ((SELECT scope_persons())::bigint[]));
CREATE POLICY attachment_added ON attachment AS RESTRICTIVE FOR INSERT
  WITH CHECK ((provider_id = (SELECT scope_provider()) AND author_kind = 'staff')
     OR (author_kind = 'patient' AND author_id = ANY ((SELECT scope_persons())::bigint[])));
CREATE POLICY consent_answered ON consent AS RESTRICTIVE FOR INSERT
  WITH CHECK (provider_id = (SELECT scope_provider()) OR given_by = ANY ((SELECT scope_persons())::bigint[]));

-- Families are noted and corrected while the guardian signs in, never in the scope of a session.
DROP POLICY guardianship_written ON guardianship;
CREATE POLICY guardianship_written ON guardianship FOR INSERT
  WITH CHECK (guardian_id = ANY ((SELECT scope_persons())::bigint[])
     AND child_id = ANY ((SELECT scope_persons())::bigint[])
     AND EXISTS (SELECT FROM person_identifier i
                 WHERE i.value = (SELECT scope_identity()) AND i.person_id = guardianship.guardian_id));
CREATE POLICY guardianship_corrected ON guardianship FOR UPDATE
  USING (guardian_id = ANY ((SELECT scope_persons())::bigint[])
     AND EXISTS (SELECT FROM person_identifier i
                 WHERE i.value = (SELECT scope_identity()) AND i.person_id = guardianship.guardian_id));

-- What may be used once (an answer of the identity provider, a choice of assignment), in every process: a digest, until
-- it would be too old anyway. Names nobody.
CREATE TABLE spent (
  mark bytea PRIMARY KEY,
  until timestamptz NOT NULL
);
CREATE INDEX spent_until ON spent (until);
GRANT SELECT, INSERT, UPDATE, DELETE ON spent TO vardlots_app;
