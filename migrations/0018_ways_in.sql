-- More ways to a case than one patient's own questions: asked anew while waiting, staff who ask for somebody on the
-- phone, administrative services; and whether the patient can be reached digitally at all.
ALTER TABLE interview
  ALTER COLUMN actor_person_id DROP NOT NULL,
  ADD COLUMN staff_id bigint REFERENCES staff,
  ADD COLUMN for_case_id bigint,
  ADD CONSTRAINT interview_asked_by CHECK ((actor_person_id IS NULL) = (staff_id IS NOT NULL)),
  ADD CONSTRAINT interview_for_case FOREIGN KEY (provider_id, for_case_id) REFERENCES care_case (provider_id, case_id),
  ADD CONSTRAINT interview_one_case CHECK (case_id IS NULL OR for_case_id IS NULL);
-- *I am worse now* asked anew about a case: one at a time, however many taps.
CREATE UNIQUE INDEX interview_anew ON interview (provider_id, for_case_id)
  WHERE for_case_id IS NOT NULL AND stage IN ('questions', 'result', 'post');
CREATE INDEX interview_anew_done ON interview (provider_id, for_case_id, changed_at) WHERE for_case_id IS NOT NULL;
CREATE INDEX interview_assisted ON interview (provider_id, staff_id, changed_at DESC)
  WHERE staff_id IS NOT NULL AND stage IN ('questions', 'result', 'post');

-- Staff read what a patient answers once it has become a case or has been sent to one, and what staff ask themselves.
DROP POLICY interview_scope ON interview;
CREATE POLICY interview_scope ON interview
  USING ((provider_id = (SELECT scope_provider())
          AND (case_id IS NOT NULL OR staff_id IS NOT NULL OR (for_case_id IS NOT NULL AND stage = 'done')))
      OR person_id = ANY ((SELECT scope_persons())::bigint[]));
DROP POLICY interview_begun ON interview;
CREATE POLICY interview_begun ON interview AS RESTRICTIVE FOR INSERT
  WITH CHECK (actor_person_id = ANY ((SELECT scope_persons())::bigint[])
     OR (staff_id IS NOT NULL AND provider_id = (SELECT scope_provider())));

ALTER TABLE care_case
  ADD COLUMN kind text NOT NULL DEFAULT 'care' CHECK (kind IN ('care', 'administrative')),
  ADD COLUMN contact text NOT NULL DEFAULT 'digital' CHECK (contact IN ('digital', 'telephone'));
