-- Tickets of every kind: a time to book, a drop-in visit at another unit, a form by itself; who sent them, from where,
-- to whom; the forms that come with them; and what is to be looked at when one was not used (*vidimering*).
ALTER TABLE ticket
  DROP CONSTRAINT ticket_kind_check,
  ADD CONSTRAINT ticket_kind_check CHECK (kind IN ('booking', 'drop_in', 'form')),
  DROP CONSTRAINT ticket_priority_check,
  ADD CONSTRAINT ticket_priority_check CHECK (CASE kind WHEN 'booking' THEN priority BETWEEN 6 AND 11
    WHEN 'drop_in' THEN priority BETWEEN 2 AND 5 OR priority = 12 ELSE priority = 11 END),
  -- Where it is used: the unit and role of `to_provider_id`, which is the sender's own unless it is a drop-in.
  ADD COLUMN to_provider_id int,
  -- Who sent it: the unit and role of `provider_id`, and the visit that has to have ended first.
  ADD COLUMN from_unit_id int,
  ADD COLUMN from_role text NOT NULL DEFAULT '',
  ADD COLUMN from_case_id bigint,
  -- What the visit becomes: care or an administrative errand.
  ADD COLUMN case_kind text NOT NULL DEFAULT 'care' CHECK (case_kind IN ('care', 'administrative')),
  -- The kind of booking ticket that unlocks locked time types; "" for none.
  ADD COLUMN booking_for text NOT NULL DEFAULT '',
  -- How far the patient has come with the forms; projections of `ticket_form`.
  ADD COLUMN forms_total int NOT NULL DEFAULT 0,
  ADD COLUMN forms_done int NOT NULL DEFAULT 0,
  -- The resource that looks at it when it is over, and who has.
  ADD COLUMN ack_unit_id int,
  ADD COLUMN ack_role text,
  ADD COLUMN acknowledged_at timestamptz,
  ADD COLUMN acknowledged_by bigint REFERENCES staff,
  ADD COLUMN notice_state text NOT NULL DEFAULT 'none'
    CHECK (notice_state IN ('none', 'queued', 'sent', 'delivered', 'failed', 'no_number', 'protected')),
  -- A key that the sender's page gave it, so that pressed twice it is one ticket.
  ADD COLUMN key text;
UPDATE ticket SET to_provider_id = provider_id, from_unit_id = unit_id, from_role = role;
ALTER TABLE ticket
  ALTER COLUMN to_provider_id SET NOT NULL,
  ALTER COLUMN from_unit_id SET NOT NULL,
  DROP CONSTRAINT ticket_provider_id_unit_id_fkey,
  ADD FOREIGN KEY (to_provider_id, unit_id) REFERENCES unit (provider_id, unit_id),
  ADD FOREIGN KEY (provider_id, from_unit_id) REFERENCES unit (provider_id, unit_id),
  ADD FOREIGN KEY (provider_id, from_case_id) REFERENCES care_case (provider_id, case_id),
  DROP CONSTRAINT ticket_provider_id_case_id_fkey,
  ADD FOREIGN KEY (to_provider_id, case_id) REFERENCES care_case (provider_id, case_id),
  DROP CONSTRAINT ticket_issuer,
  ADD CONSTRAINT ticket_issuer CHECK (
    (issued_by = 'triage' AND actor_person_id IS NOT NULL AND staff_id IS NULL AND interview_id IS NOT NULL)
    OR (issued_by = 'staff' AND staff_id IS NOT NULL AND actor_person_id IS NULL)),
  ADD CONSTRAINT ticket_elsewhere CHECK (to_provider_id = provider_id OR kind = 'drop_in'),
  ADD CONSTRAINT ticket_errand CHECK (case_kind = 'care' OR kind = 'drop_in'),
  ADD CONSTRAINT ticket_forms CHECK (forms_done BETWEEN 0 AND forms_total AND (kind <> 'form' OR forms_total > 0)),
  ADD CONSTRAINT ticket_ack CHECK ((ack_unit_id IS NULL) = (ack_role IS NULL)
    AND (acknowledged_at IS NULL) = (acknowledged_by IS NULL) AND (acknowledged_at IS NULL OR ack_unit_id IS NOT NULL));
CREATE UNIQUE INDEX ticket_once ON ticket (provider_id, staff_id, key) WHERE key IS NOT NULL;
CREATE INDEX ticket_sent ON ticket (provider_id, from_unit_id, issued_at DESC, ticket_id DESC);
CREATE INDEX ticket_to_look_at ON ticket (provider_id, ack_unit_id, ack_role, moved_at, ticket_id)
  WHERE ack_unit_id IS NOT NULL AND acknowledged_at IS NULL;
CREATE INDEX ticket_from_case ON ticket (provider_id, from_case_id) WHERE from_case_id IS NOT NULL;
GRANT UPDATE (forms_done, ack_unit_id, ack_role, acknowledged_at, acknowledged_by, notice_state) ON ticket TO vardlots_app;

-- A form that comes with a ticket: whole, as it was then; answered in the patient's own time before the visit.
CREATE TABLE ticket_form (
  provider_id int NOT NULL,
  ticket_id bigint NOT NULL,
  place int NOT NULL CHECK (place > 0),
  person_id bigint NOT NULL,
  -- Post-triage questions of the receiver stand last: they are asked, triage is not.
  kind text NOT NULL DEFAULT 'form' CHECK (kind IN ('form', 'post')),
  form_code text NOT NULL,
  form_version int NOT NULL,
  form jsonb NOT NULL,
  known jsonb NOT NULL DEFAULT '{}',
  opened_at timestamptz,
  answers jsonb NOT NULL DEFAULT '{}',
  rev int NOT NULL DEFAULT 0,
  done int NOT NULL DEFAULT 0,
  total int NOT NULL CHECK (total > 0),
  changed_at timestamptz NOT NULL,
  answered_at timestamptz,
  answered_by bigint REFERENCES person,
  PRIMARY KEY (provider_id, ticket_id, place),
  FOREIGN KEY (provider_id, ticket_id, person_id) REFERENCES ticket (provider_id, ticket_id, person_id),
  CHECK (done BETWEEN 0 AND total),
  CHECK (rev = 0 OR opened_at IS NOT NULL),
  CHECK ((answered_at IS NULL) = (answered_by IS NULL)),
  CHECK (answered_at IS NULL OR (done = total AND answered_at >= opened_at))
);
CREATE TRIGGER ticket_form_is_kept BEFORE UPDATE OR DELETE ON ticket_form
  FOR EACH ROW WHEN (OLD.answered_at IS NOT NULL) EXECUTE FUNCTION refuse_answered();
ALTER TABLE ticket_form ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY ticket_form_scope ON ticket_form
  USING (provider_id = (SELECT scope_provider()) OR person_id = ANY ((SELECT scope_persons())::bigint[]));
CREATE POLICY ticket_form_not_closed ON ticket_form AS RESTRICTIVE USING ((SELECT scope_closed()) IS NULL
  OR (provider_id || '-' || person_id) <> ALL ((SELECT scope_closed())::text[]));
CREATE POLICY ticket_form_sent ON ticket_form AS RESTRICTIVE FOR INSERT
  WITH CHECK (provider_id = (SELECT scope_provider()) AND opened_at IS NULL AND rev = 0 AND answers = '{}'::jsonb);
CREATE POLICY ticket_form_filled_in ON ticket_form AS RESTRICTIVE FOR UPDATE
  USING (person_id = ANY ((SELECT scope_persons())::bigint[]))
  WITH CHECK (answered_by IS NULL OR answered_by = ANY ((SELECT scope_persons())::bigint[]));
GRANT SELECT, INSERT ON ticket_form TO vardlots_app;
GRANT UPDATE (opened_at, answers, rev, done, total, changed_at, answered_at, answered_by) ON ticket_form TO vardlots_app;

-- What was answered before a visit is read in it: the form is copied to the case, as it was sent in.
ALTER TABLE form_request
  ADD COLUMN from_provider_id int,
  ADD COLUMN from_ticket_id bigint,
  ADD COLUMN from_place int,
  ADD FOREIGN KEY (from_provider_id, from_ticket_id, from_place) REFERENCES ticket_form (provider_id, ticket_id, place),
  ADD CONSTRAINT form_request_from_ticket CHECK (num_nulls(from_provider_id, from_ticket_id, from_place) IN (0, 3)
    AND (from_ticket_id IS NULL OR answered_at IS NOT NULL)),
  ADD CONSTRAINT form_request_from_once UNIQUE (provider_id, case_id, from_provider_id, from_ticket_id, from_place);
DROP POLICY form_request_sent ON form_request;
CREATE POLICY form_request_sent ON form_request AS RESTRICTIVE FOR INSERT
  WITH CHECK (provider_id = (SELECT scope_provider()) AND CASE WHEN from_ticket_id IS NULL
    THEN opened_at IS NULL AND rev = 0 AND answers = '{}'::jsonb
    ELSE EXISTS (SELECT FROM ticket_form f WHERE f.provider_id = from_provider_id AND f.ticket_id = from_ticket_id
      AND f.place = from_place AND f.answered_at = form_request.answered_at AND f.answers = form_request.answers) END);

-- Over is over; but who looked at it then, and what has become of the text about it, is written afterwards.
CREATE OR REPLACE FUNCTION ticket_moves() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.state = OLD.state THEN
    IF scope_provider() IS NULL AND (NEW.ack_unit_id IS DISTINCT FROM OLD.ack_unit_id
        OR NEW.acknowledged_at IS DISTINCT FROM OLD.acknowledged_at OR NEW.notice_state <> OLD.notice_state) THEN
      RAISE EXCEPTION 'this scope looks at no tickets' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
  END IF;
  IF OLD.state NOT IN ('issued', 'opened') THEN
    RAISE EXCEPTION 'ticket % is over', OLD.ticket_id USING ERRCODE = 'insufficient_privilege';
  END IF;
  IF scope_provider() IS NULL AND (NEW.state = 'withdrawn' OR NEW.moved_by_kind <> 'patient') THEN
    RAISE EXCEPTION 'this scope moves tickets as a patient' USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN NEW;
END $$;
