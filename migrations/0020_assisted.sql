-- Assisted triage: staff ask for somebody on the phone. What is asked stands in the interview like any other; who was
-- on the line, the number to call and what the nurse made of it stand here, and no patient's scope reads them.
CREATE TABLE assisted (
  provider_id int NOT NULL,
  interview_id bigint NOT NULL,
  person_id bigint NOT NULL,
  staff_id bigint NOT NULL REFERENCES staff,
  caller text NOT NULL CHECK (caller IN ('self', 'guardian', 'other')),
  caller_name text NOT NULL DEFAULT '' CHECK (length(caller_name) <= 120),
  -- The guardian, where the one on the line is a known one.
  caller_person_id bigint REFERENCES person,
  phone text CHECK (phone ~ '^\+[0-9]{6,15}$'),
  note text NOT NULL DEFAULT '' CHECK (length(note) <= 4000),
  -- What staff have chosen so far for the outcome: unit, role, priority and why, how the patient is reached.
  decided jsonb NOT NULL DEFAULT '{}',
  ending text CHECK (ending IN ('queue', 'advice', 'emergency')),
  ended_at timestamptz,
  PRIMARY KEY (provider_id, interview_id),
  FOREIGN KEY (provider_id, interview_id) REFERENCES interview (provider_id, interview_id),
  FOREIGN KEY (provider_id, person_id) REFERENCES patient (provider_id, person_id),
  CHECK (caller = 'self' OR caller_name <> ''),
  CHECK (caller = 'guardian' OR caller_person_id IS NULL),
  CHECK ((ending IS NULL) = (ended_at IS NULL))
);
ALTER TABLE assisted ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY assisted_scope ON assisted USING (provider_id = (SELECT scope_provider()));
GRANT SELECT, INSERT ON assisted TO vardlots_app;
GRANT UPDATE (phone, note, decided, ending, ended_at) ON assisted TO vardlots_app;

-- Whether the questions were put to a guardian about a child: replayed, they are worded and decided the same again.
ALTER TABLE interview
  ADD COLUMN about_child boolean NOT NULL DEFAULT false,
  ADD CONSTRAINT interview_about_child CHECK (NOT about_child OR staff_id IS NOT NULL);
-- The person it is about reads what staff have asked when that is done, not while the call goes on, and never changes it.
CREATE POLICY interview_assisted_read ON interview AS RESTRICTIVE FOR SELECT
  USING (staff_id IS NULL OR stage = 'done' OR provider_id = (SELECT scope_provider()));
CREATE POLICY interview_assisted_kept ON interview AS RESTRICTIVE FOR UPDATE
  USING (staff_id IS NULL OR provider_id = (SELECT scope_provider()));

-- No text is sent about a case whose patient does not read here.
ALTER TABLE care_case
  DROP CONSTRAINT care_case_notice_state_check,
  ADD CONSTRAINT care_case_notice_state_check
    CHECK (notice_state IN ('none', 'queued', 'sent', 'failed', 'no_number', 'protected', 'telephone'));

-- What a role may triage for somebody on the phone.
ALTER TABLE role ADD COLUMN assists text NOT NULL DEFAULT '' CHECK (assists IN ('', 'services', 'all'));
ALTER TABLE role ADD CONSTRAINT role_assists_cares CHECK (assists = '' OR cares);
UPDATE role SET assists = CASE WHEN code = 'medical_admin' THEN 'services' ELSE 'all' END
  WHERE code IN ('nurse', 'physician', 'medical_admin') AND cares;
GRANT UPDATE (assists) ON role TO vardlots_app;
