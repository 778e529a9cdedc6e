-- Tickets: what triage or staff give a patient to use later, now a visit to book; and the county that somebody lives in.
CREATE SEQUENCE ticket_number;
CREATE TABLE ticket (
  provider_id int NOT NULL,
  ticket_id bigint NOT NULL DEFAULT nextval('ticket_number'),
  kind text NOT NULL CHECK (kind = 'booking'),
  contact text NOT NULL CHECK (contact IN ('digital', 'physical', 'telephone')),
  person_id bigint NOT NULL,
  unit_id int NOT NULL,
  role text NOT NULL,
  priority smallint NOT NULL CHECK (priority BETWEEN 6 AND 11),
  reason text NOT NULL CHECK (length(reason) BETWEEN 1 AND 120),
  interview_id bigint,
  -- What the patient reads, by language; a ticket that has been given is never worded anew.
  information jsonb NOT NULL DEFAULT '{}',
  issued_by text NOT NULL CHECK (issued_by IN ('triage', 'staff')),
  actor_person_id bigint REFERENCES person,
  staff_id bigint REFERENCES staff,
  issued_at timestamptz NOT NULL,
  valid_until timestamptz,
  state text NOT NULL DEFAULT 'issued'
    CHECK (state IN ('issued', 'opened', 'used', 'declined', 'withdrawn', 'expired')),
  opened_at timestamptz,
  -- The latest move: when, who, why.
  moved_at timestamptz NOT NULL,
  moved_by_kind text NOT NULL CHECK (moved_by_kind IN ('staff', 'patient', 'system')),
  moved_by_id bigint NOT NULL,
  moved_by_name text NOT NULL,
  why text CHECK (length(why) BETWEEN 1 AND 500),
  -- The case that it was used for, where the patient wanted help to find a time.
  case_id bigint,
  PRIMARY KEY (provider_id, ticket_id),
  UNIQUE (provider_id, ticket_id, person_id),
  UNIQUE (provider_id, interview_id),
  FOREIGN KEY (provider_id, unit_id) REFERENCES unit (provider_id, unit_id),
  FOREIGN KEY (provider_id, person_id) REFERENCES patient (provider_id, person_id),
  FOREIGN KEY (provider_id, interview_id) REFERENCES interview (provider_id, interview_id),
  FOREIGN KEY (provider_id, case_id) REFERENCES care_case (provider_id, case_id),
  CONSTRAINT ticket_issuer CHECK (
    (issued_by = 'triage' AND actor_person_id IS NOT NULL AND staff_id IS NULL AND interview_id IS NOT NULL)
    OR (issued_by = 'staff' AND staff_id IS NOT NULL AND actor_person_id IS NULL)),
  CHECK (valid_until > issued_at),
  CHECK (state <> 'opened' OR opened_at IS NOT NULL),
  CHECK (state NOT IN ('declined', 'withdrawn') OR why IS NOT NULL),
  CHECK (case_id IS NULL OR state = 'used'),
  CHECK (state <> 'expired' OR moved_at >= valid_until)
);
CREATE INDEX ticket_person ON ticket (person_id, issued_at DESC);
CREATE INDEX ticket_runs_out ON ticket (provider_id, valid_until) WHERE state IN ('issued', 'opened') AND valid_until IS NOT NULL;
-- Triage gives one ticket for a reason at a unit, however many interviews end at once.
CREATE UNIQUE INDEX ticket_one_active ON ticket (provider_id, unit_id, person_id, reason)
  WHERE issued_by = 'triage' AND state IN ('issued', 'opened');

-- What staff read beside it: how it came to be. The patient reads `information`.
CREATE TABLE ticket_history (
  provider_id int NOT NULL,
  ticket_id bigint NOT NULL,
  person_id bigint NOT NULL,
  history jsonb NOT NULL,
  PRIMARY KEY (provider_id, ticket_id),
  FOREIGN KEY (provider_id, ticket_id, person_id) REFERENCES ticket (provider_id, ticket_id, person_id)
);

ALTER TABLE ticket ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE ticket_history ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY ticket_scope ON ticket
  USING (provider_id = (SELECT scope_provider()) OR person_id = ANY ((SELECT scope_persons())::bigint[]));
CREATE POLICY ticket_not_closed ON ticket AS RESTRICTIVE USING ((SELECT scope_closed()) IS NULL
  OR (provider_id || '-' || person_id) <> ALL ((SELECT scope_closed())::text[]));
CREATE POLICY ticket_issued ON ticket AS RESTRICTIVE FOR INSERT
  WITH CHECK ((provider_id = (SELECT scope_provider()) AND issued_by = 'staff')
     OR (issued_by = 'triage' AND moved_by_kind = 'patient'
         AND actor_person_id = ANY ((SELECT scope_persons())::bigint[])));
CREATE POLICY ticket_history_seen ON ticket_history FOR SELECT USING (provider_id = (SELECT scope_provider()));
CREATE POLICY ticket_history_added ON ticket_history FOR INSERT
  WITH CHECK (provider_id = (SELECT scope_provider()) OR person_id = ANY ((SELECT scope_persons())::bigint[]));
GRANT USAGE ON SEQUENCE ticket_number TO vardlots_app;
GRANT SELECT, INSERT ON ticket, ticket_history TO vardlots_app;
GRANT UPDATE (state, opened_at, moved_at, moved_by_kind, moved_by_id, moved_by_name, why, case_id) ON ticket
  TO vardlots_app;

-- A ticket whose time is over, or that has been used, declined or withdrawn, stays so; only staff withdraw.
CREATE FUNCTION ticket_moves() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD.state NOT IN ('issued', 'opened') THEN
    RAISE EXCEPTION 'ticket % is over', OLD.ticket_id USING ERRCODE = 'insufficient_privilege';
  END IF;
  IF scope_provider() IS NULL AND (NEW.state = 'withdrawn' OR NEW.moved_by_kind <> 'patient') THEN
    RAISE EXCEPTION 'this scope moves tickets as a patient' USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER ticket_moves BEFORE UPDATE ON ticket FOR EACH ROW EXECUTE FUNCTION ticket_moves();

-- The county that somebody is registered in, as two digits; unknown where the register does not say, or may not.
ALTER TABLE person ADD COLUMN county text CHECK (county ~ '^[0-9]{2}$');
GRANT UPDATE (county) ON person TO vardlots_app;
CREATE TRIGGER person_register_decides_county BEFORE UPDATE OF county ON person
  FOR EACH ROW WHEN (scope_identity() IS NULL) EXECUTE FUNCTION refuse_in_this_scope();
