-- A yes to hand a case over to another provider is said of that case, and kept with the other consents.
ALTER TABLE consent DROP CONSTRAINT consent_kind_check,
  ADD CONSTRAINT consent_kind_check CHECK (kind IN ('registration', 'history', 'medication', 'handover'));
-- Staff ask for that one where they are, which may be the chat.
DROP POLICY consent_noted ON consent;
CREATE POLICY consent_noted ON consent AS RESTRICTIVE FOR INSERT
  WITH CHECK (CASE WHEN (SELECT scope_provider()) IS NULL THEN noted_by IS NULL AND how = 'digital' AND kind <> 'handover'
                   ELSE noted_by IS NOT NULL AND (how <> 'digital' OR kind = 'handover') END);
-- Consultations: a question from one unit to another, or a case that is to become theirs. The text may cross to another
-- provider; related visits and files never do.
CREATE SEQUENCE consultation_number;
CREATE TABLE consultation (
  -- Who asks.
  provider_id int NOT NULL,
  consultation_id bigint NOT NULL DEFAULT nextval('consultation_number'),
  person_id bigint NOT NULL,
  from_unit_id int NOT NULL,
  from_role text NOT NULL,
  from_staff_id bigint NOT NULL REFERENCES staff,
  -- The visit that it was made from.
  from_case_id bigint,
  -- Who is asked.
  to_provider_id int NOT NULL,
  unit_id int NOT NULL,
  role text NOT NULL,
  kind text NOT NULL CHECK (kind IN ('care', 'administrative')),
  reason text NOT NULL CHECK (length(reason) BETWEEN 1 AND 120),
  priority smallint NOT NULL CHECK (priority BETWEEN 1 AND 12),
  -- From 1177 by telephone it is a handover, and nobody declines it.
  by_telephone boolean NOT NULL DEFAULT false,
  -- What the patient has said to that it goes to another provider: by whom, how, when.
  consent jsonb,
  -- Who it is about, for a provider that does not know the person: name and number, and nothing else of them.
  subject jsonb,
  state text NOT NULL DEFAULT 'sent' CHECK (state IN ('sent', 'accepted', 'declined', 'withdrawn', 'ended')),
  owner_staff_id bigint REFERENCES staff,
  sent_at timestamptz NOT NULL,
  accepted_at timestamptz,
  answered_at timestamptz,
  -- When the receiver is done with it, and when the sender is.
  ended_at timestamptz,
  sender_ended_at timestamptz,
  changed_at timestamptz NOT NULL,
  last_n int NOT NULL DEFAULT 0,
  sender_read_n int NOT NULL DEFAULT 0,
  receiver_read_n int NOT NULL DEFAULT 0,
  reminded int NOT NULL DEFAULT 0,
  -- What has become of the text to the unit's phone.
  phone_state text NOT NULL DEFAULT 'none' CHECK (phone_state IN ('none', 'queued', 'sent', 'failed', 'no_number')),
  -- The case that the receiver began with the patient.
  new_case_id bigint,
  key text,
  PRIMARY KEY (provider_id, consultation_id),
  UNIQUE (provider_id, consultation_id, to_provider_id),
  FOREIGN KEY (provider_id, person_id) REFERENCES patient (provider_id, person_id),
  FOREIGN KEY (provider_id, from_unit_id) REFERENCES unit (provider_id, unit_id),
  FOREIGN KEY (provider_id, from_case_id) REFERENCES care_case (provider_id, case_id),
  FOREIGN KEY (to_provider_id, unit_id) REFERENCES unit (provider_id, unit_id),
  FOREIGN KEY (to_provider_id, new_case_id) REFERENCES care_case (provider_id, case_id),
  CHECK ((state IN ('accepted', 'ended')) <= (owner_staff_id IS NOT NULL)),
  CHECK ((state IN ('declined', 'withdrawn', 'ended')) = (ended_at IS NOT NULL)),
  CONSTRAINT consultation_not_declined CHECK (NOT (by_telephone AND state = 'declined')),
  CONSTRAINT consultation_consented CHECK (to_provider_id = provider_id OR (consent IS NOT NULL AND subject IS NOT NULL))
);
CREATE UNIQUE INDEX consultation_once ON consultation (provider_id, from_staff_id, key) WHERE key IS NOT NULL;
CREATE INDEX consultation_received ON consultation (to_provider_id, unit_id, priority, sent_at, consultation_id)
  WHERE state IN ('sent', 'accepted');
CREATE INDEX consultation_received_ended ON consultation (to_provider_id, unit_id, ended_at DESC, consultation_id DESC)
  WHERE ended_at IS NOT NULL;
CREATE INDEX consultation_sent ON consultation (provider_id, from_unit_id, sent_at DESC, consultation_id DESC)
  WHERE sender_ended_at IS NULL;
CREATE INDEX consultation_sent_ended ON consultation (provider_id, from_unit_id, sender_ended_at DESC, consultation_id DESC)
  WHERE sender_ended_at IS NOT NULL;
CREATE INDEX consultation_unanswered ON consultation (provider_id, sent_at) WHERE state = 'sent';
CREATE INDEX consultation_person ON consultation (provider_id, person_id, sent_at DESC);
CREATE INDEX consultation_from_case ON consultation (provider_id, from_case_id) WHERE from_case_id IS NOT NULL;

-- What has happened to it, 1, 2, 3 … without a gap, never changed.
CREATE TABLE consultation_entry (
  provider_id int NOT NULL,
  consultation_id bigint NOT NULL,
  n int NOT NULL CHECK (n > 0),
  to_provider_id int NOT NULL,
  at timestamptz NOT NULL,
  kind text NOT NULL,
  author_kind text NOT NULL CHECK (author_kind IN ('staff', 'system')),
  author_id bigint NOT NULL,
  author_name text NOT NULL,
  -- The unit that they wrote from.
  unit_id int,
  body jsonb NOT NULL DEFAULT '{}',
  key text,
  PRIMARY KEY (provider_id, consultation_id, n),
  FOREIGN KEY (provider_id, consultation_id, to_provider_id)
    REFERENCES consultation (provider_id, consultation_id, to_provider_id)
);
CREATE UNIQUE INDEX consultation_entry_once ON consultation_entry (provider_id, consultation_id, key) WHERE key IS NOT NULL;
CREATE TRIGGER consultation_entry_is_kept BEFORE UPDATE OR DELETE ON consultation_entry
  FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- Related visits and files that go with it: inside the provider only.
CREATE TABLE consultation_case (
  provider_id int NOT NULL,
  consultation_id bigint NOT NULL,
  to_provider_id int NOT NULL,
  case_id bigint NOT NULL,
  PRIMARY KEY (provider_id, consultation_id, case_id),
  FOREIGN KEY (provider_id, consultation_id, to_provider_id)
    REFERENCES consultation (provider_id, consultation_id, to_provider_id),
  FOREIGN KEY (provider_id, case_id) REFERENCES care_case (provider_id, case_id),
  CONSTRAINT consultation_case_inside CHECK (to_provider_id = provider_id)
);
CREATE INDEX consultation_case_of ON consultation_case (provider_id, case_id);
CREATE TABLE consultation_file (
  provider_id int NOT NULL,
  consultation_id bigint NOT NULL,
  to_provider_id int NOT NULL,
  attachment_id uuid NOT NULL,
  PRIMARY KEY (provider_id, consultation_id, attachment_id),
  FOREIGN KEY (provider_id, consultation_id, to_provider_id)
    REFERENCES consultation (provider_id, consultation_id, to_provider_id),
  FOREIGN KEY (provider_id, attachment_id) REFERENCES attachment (provider_id, attachment_id),
  CONSTRAINT consultation_file_inside CHECK (to_provider_id = provider_id)
);

ALTER TABLE consultation ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE consultation_entry ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE consultation_case ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE consultation_file ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY consultation_seen ON consultation FOR SELECT
  USING (provider_id = (SELECT scope_provider()) OR to_provider_id = (SELECT scope_provider()));
CREATE POLICY consultation_asked ON consultation FOR INSERT WITH CHECK (provider_id = (SELECT scope_provider()));
CREATE POLICY consultation_moved ON consultation FOR UPDATE
  USING (provider_id = (SELECT scope_provider()) OR to_provider_id = (SELECT scope_provider()));
CREATE POLICY consultation_entry_seen ON consultation_entry FOR SELECT
  USING (provider_id = (SELECT scope_provider()) OR to_provider_id = (SELECT scope_provider()));
CREATE POLICY consultation_entry_added ON consultation_entry FOR INSERT
  WITH CHECK (provider_id = (SELECT scope_provider()) OR to_provider_id = (SELECT scope_provider()));
CREATE POLICY consultation_case_scope ON consultation_case USING (provider_id = (SELECT scope_provider()));
CREATE POLICY consultation_file_scope ON consultation_file USING (provider_id = (SELECT scope_provider()));
GRANT USAGE ON SEQUENCE consultation_number TO vardlots_app;
GRANT SELECT, INSERT ON consultation, consultation_entry, consultation_case, consultation_file TO vardlots_app;
GRANT UPDATE (state, owner_staff_id, accepted_at, answered_at, ended_at, sender_ended_at, changed_at, last_n,
  sender_read_n, receiver_read_n, reminded, phone_state, new_case_id, unit_id, role) ON consultation TO vardlots_app;
