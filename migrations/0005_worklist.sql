-- What the lists of staff need: ended cases by role and by person, and patients by the beginning of a name.
CREATE INDEX care_case_ended_role ON care_case (provider_id, unit_id, role, ended_at DESC, case_id DESC)
  WHERE phase IN ('follow_up', 'closed', 'cancelled');
CREATE INDEX care_case_ended_owner ON care_case (provider_id, unit_id, owner_staff_id, ended_at DESC, case_id DESC)
  WHERE phase IN ('follow_up', 'closed', 'cancelled');
CREATE INDEX care_case_async_ended ON care_case (provider_id, unit_id, ended_at DESC, case_id DESC)
  WHERE phase = 'closed' AND writable_until IS NOT NULL;

-- Columns of their own, compared byte by byte: behind row-level security only such comparisons may use an index.
ALTER TABLE person
  ADD COLUMN given_key text COLLATE "C" GENERATED ALWAYS AS (lower(given_name)) STORED,
  ADD COLUMN family_key text COLLATE "C" GENERATED ALWAYS AS (lower(family_name)) STORED;
CREATE INDEX person_given ON person (given_key);
CREATE INDEX person_family ON person (family_key);
