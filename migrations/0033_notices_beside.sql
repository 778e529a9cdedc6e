-- Texts about what is no case: a ticket, a consultation; and about one booked time of a case. What 0004 and 0022 say of a
-- notice holds of these too: one table, one road to the phone, one way to learn what became of it.
ALTER TABLE notice
  ALTER COLUMN case_id DROP NOT NULL,
  ADD COLUMN ticket_id bigint,
  ADD COLUMN consultation_id bigint,
  -- The booked time that a reminder is about: moved, it is another time, and the reminder of the old one is no news.
  ADD COLUMN appointment_id bigint,
  ADD FOREIGN KEY (provider_id, ticket_id) REFERENCES ticket (provider_id, ticket_id),
  ADD FOREIGN KEY (provider_id, consultation_id) REFERENCES consultation (provider_id, consultation_id),
  ADD FOREIGN KEY (provider_id, appointment_id) REFERENCES appointment (provider_id, appointment_id),
  ADD CONSTRAINT notice_about_one CHECK (num_nonnulls(case_id, ticket_id, consultation_id) = 1),
  ADD CONSTRAINT notice_time_of_case CHECK (appointment_id IS NULL OR case_id IS NOT NULL),
  -- To a unit's phone, which is nobody's own.
  ADD CONSTRAINT notice_to_a_unit CHECK (consultation_id IS NULL OR (person_id IS NULL AND staff_id IS NULL)),
  ADD CONSTRAINT notice_to_somebody CHECK (consultation_id IS NOT NULL OR num_nonnulls(person_id, staff_id) = 1);
DROP INDEX notice_once;
CREATE UNIQUE INDEX notice_once ON notice
  (provider_id, case_id, kind, about_n, coalesce(staff_id, 0), coalesce(appointment_id, 0)) WHERE case_id IS NOT NULL;
CREATE UNIQUE INDEX notice_once_of_ticket ON notice (provider_id, ticket_id, kind, about_n) WHERE ticket_id IS NOT NULL;
CREATE UNIQUE INDEX notice_once_of_consultation ON notice (provider_id, consultation_id, kind, about_n)
  WHERE consultation_id IS NOT NULL;

-- A child whose guardians cannot read here is reached another way than by a text.
ALTER TABLE ticket
  DROP CONSTRAINT ticket_notice_state_check,
  ADD CONSTRAINT ticket_notice_state_check
    CHECK (notice_state IN ('none', 'queued', 'sent', 'delivered', 'failed', 'no_number', 'protected', 'telephone'));
ALTER TABLE consultation
  DROP CONSTRAINT consultation_phone_state_check,
  ADD CONSTRAINT consultation_phone_state_check
    CHECK (phone_state IN ('none', 'queued', 'sent', 'delivered', 'failed', 'no_number'));

-- A call may end with that the unit gets it, or with a ticket for somebody who reads here.
ALTER TABLE assisted
  DROP CONSTRAINT assisted_ending_check,
  ADD CONSTRAINT assisted_ending_check CHECK (ending IN ('queue', 'advice', 'emergency', 'handed_over', 'ticket'));
