-- Interviews, cases, their timelines, files and notes.
CREATE SEQUENCE interview_number;
CREATE TABLE interview (
  provider_id int NOT NULL,
  interview_id bigint NOT NULL DEFAULT nextval('interview_number'),
  unit_id int NOT NULL,
  person_id bigint NOT NULL REFERENCES person,
  actor_person_id bigint NOT NULL REFERENCES person,
  protocol text NOT NULL,
  version int NOT NULL,
  stage text NOT NULL CHECK (stage IN ('questions', 'result', 'post', 'done', 'left')),
  answers jsonb NOT NULL DEFAULT '{}',
  post_answers jsonb NOT NULL DEFAULT '{}',
  current text,
  outcome jsonb,
  rev int NOT NULL DEFAULT 1,
  started_at timestamptz NOT NULL,
  changed_at timestamptz NOT NULL,
  case_id bigint,
  PRIMARY KEY (provider_id, interview_id),
  FOREIGN KEY (provider_id, unit_id) REFERENCES unit (provider_id, unit_id)
);
CREATE INDEX interview_person ON interview (person_id, changed_at DESC) WHERE stage IN ('questions', 'result', 'post');
CREATE INDEX interview_case ON interview (provider_id, case_id) WHERE case_id IS NOT NULL;

CREATE SEQUENCE case_number;
CREATE TABLE care_case (
  provider_id int NOT NULL,
  case_id bigint NOT NULL DEFAULT nextval('case_number'),
  person_id bigint NOT NULL,
  actor_person_id bigint NOT NULL REFERENCES person,
  unit_id int NOT NULL,
  role text NOT NULL,
  interview_id bigint NOT NULL,
  reason text NOT NULL,
  fact text NOT NULL DEFAULT '',
  phase text NOT NULL CHECK (phase IN ('queued', 'accepted', 'ongoing', 'follow_up', 'closed', 'cancelled')),
  priority smallint NOT NULL CHECK (priority BETWEEN 1 AND 12),
  triage_priority smallint NOT NULL CHECK (triage_priority BETWEEN 1 AND 12),
  owner_staff_id bigint REFERENCES staff,
  arrived_at timestamptz NOT NULL,
  accepted_at timestamptz,
  started_at timestamptz,
  ended_at timestamptz,
  writable_until timestamptz,
  inbox_at timestamptz,
  changed_at timestamptz NOT NULL,
  last_n int NOT NULL DEFAULT 0,
  patient_read_n int NOT NULL DEFAULT 0,
  staff_read_n int NOT NULL DEFAULT 0,
  patient_last_n int NOT NULL DEFAULT 0,
  staff_last_n int NOT NULL DEFAULT 0,
  notice_state text NOT NULL DEFAULT 'none' CHECK (notice_state IN ('none', 'queued', 'sent', 'failed', 'no_number', 'protected')),
  PRIMARY KEY (provider_id, case_id),
  UNIQUE (provider_id, interview_id),
  FOREIGN KEY (provider_id, unit_id) REFERENCES unit (provider_id, unit_id),
  FOREIGN KEY (provider_id, person_id) REFERENCES patient (provider_id, person_id),
  FOREIGN KEY (provider_id, interview_id) REFERENCES interview (provider_id, interview_id),
  CHECK ((phase IN ('accepted', 'ongoing')) <= (owner_staff_id IS NOT NULL)),
  CHECK ((phase = 'queued') <= (owner_staff_id IS NULL)),
  CHECK ((phase = 'follow_up') = (writable_until IS NOT NULL AND phase <> 'closed')),
  CHECK ((phase IN ('follow_up', 'closed', 'cancelled')) = (ended_at IS NOT NULL))
);
CREATE INDEX care_case_waiting ON care_case (provider_id, unit_id, priority, arrived_at, case_id) WHERE phase = 'queued';
CREATE INDEX care_case_taken ON care_case (provider_id, unit_id, priority, arrived_at, case_id) WHERE phase IN ('accepted', 'ongoing');
CREATE INDEX care_case_owned ON care_case (provider_id, owner_staff_id, accepted_at) WHERE phase IN ('accepted', 'ongoing');
CREATE INDEX care_case_ended ON care_case (provider_id, unit_id, ended_at DESC, case_id DESC) WHERE phase IN ('follow_up', 'closed', 'cancelled');
CREATE INDEX care_case_inbox ON care_case (provider_id, unit_id, inbox_at, case_id) WHERE phase = 'follow_up' AND inbox_at IS NOT NULL;
CREATE INDEX care_case_follow_up ON care_case (provider_id, unit_id, writable_until, case_id) WHERE phase = 'follow_up';
CREATE INDEX care_case_person ON care_case (person_id, arrived_at DESC);
CREATE INDEX care_case_accepts ON care_case (provider_id, unit_id, accepted_at DESC) WHERE accepted_at IS NOT NULL;
-- One active case per reason and unit for the same person, however many taps.
CREATE UNIQUE INDEX care_case_one_active ON care_case (provider_id, unit_id, person_id, reason)
  WHERE phase IN ('queued', 'accepted', 'ongoing');
-- Without this the planner takes unit and phase for independent and sorts the lot.
CREATE STATISTICS care_case_unit_phase (dependencies, mcv) ON provider_id, unit_id, phase FROM care_case;

CREATE TABLE entry (
  provider_id int NOT NULL,
  case_id bigint NOT NULL,
  n int NOT NULL CHECK (n > 0),
  person_id bigint NOT NULL,
  at timestamptz NOT NULL,
  kind text NOT NULL,
  audience text NOT NULL CHECK (audience IN ('patient', 'staff', 'internal')),
  author_kind text NOT NULL CHECK (author_kind IN ('staff', 'patient', 'system')),
  author_id bigint NOT NULL,
  author_name text NOT NULL,
  body jsonb NOT NULL DEFAULT '{}',
  key text,
  PRIMARY KEY (provider_id, case_id, n),
  FOREIGN KEY (provider_id, case_id) REFERENCES care_case (provider_id, case_id)
);
CREATE UNIQUE INDEX entry_once ON entry (provider_id, case_id, key) WHERE key IS NOT NULL;
CREATE TRIGGER entry_is_kept BEFORE UPDATE OR DELETE ON entry FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER entry_is_kept_whole BEFORE TRUNCATE ON entry FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TABLE attachment (
  provider_id int NOT NULL REFERENCES provider,
  attachment_id uuid NOT NULL,
  person_id bigint NOT NULL REFERENCES person,
  interview_id bigint,
  case_id bigint,
  audience text NOT NULL DEFAULT 'patient' CHECK (audience IN ('patient', 'staff', 'internal')),
  author_kind text NOT NULL CHECK (author_kind IN ('staff', 'patient')),
  author_id bigint NOT NULL,
  name text NOT NULL,
  media_type text NOT NULL,
  size_bytes bigint NOT NULL,
  width int,
  height int,
  sha256 text NOT NULL,
  storage_key text NOT NULL,
  thumb_key text,
  at timestamptz NOT NULL,
  PRIMARY KEY (provider_id, attachment_id),
  CHECK (interview_id IS NOT NULL OR case_id IS NOT NULL)
);
CREATE INDEX attachment_case ON attachment (provider_id, case_id, at);
CREATE INDEX attachment_interview ON attachment (provider_id, interview_id) WHERE interview_id IS NOT NULL;

CREATE TABLE note (
  provider_id int NOT NULL,
  note_id bigint GENERATED BY DEFAULT AS IDENTITY,
  case_id bigint NOT NULL,
  person_id bigint NOT NULL,
  kind text NOT NULL CHECK (kind IN ('note', 'addendum')),
  author_staff_id bigint NOT NULL REFERENCES staff,
  fields jsonb NOT NULL DEFAULT '{}',
  rev int NOT NULL DEFAULT 1,
  changed_at timestamptz NOT NULL,
  signed_at timestamptz,
  signed_by bigint REFERENCES staff,
  digest text,
  PRIMARY KEY (provider_id, note_id),
  FOREIGN KEY (provider_id, case_id) REFERENCES care_case (provider_id, case_id),
  CHECK ((signed_at IS NULL) = (signed_by IS NULL)),
  CHECK ((signed_at IS NULL) = (digest IS NULL))
);
CREATE UNIQUE INDEX note_one_draft ON note (provider_id, case_id, author_staff_id) WHERE signed_at IS NULL;
CREATE INDEX note_case ON note (provider_id, case_id);
CREATE FUNCTION refuse_signed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD.signed_at IS NOT NULL THEN
    RAISE EXCEPTION 'a signed note is never changed' USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER note_signed_is_kept BEFORE UPDATE OR DELETE ON note FOR EACH ROW EXECUTE FUNCTION refuse_signed();

CREATE TABLE notice (
  provider_id int NOT NULL REFERENCES provider,
  notice_id bigint GENERATED BY DEFAULT AS IDENTITY,
  case_id bigint NOT NULL,
  person_id bigint,
  staff_id bigint REFERENCES staff,
  kind text NOT NULL,
  about_n int NOT NULL,
  state text NOT NULL CHECK (state IN ('queued', 'sending', 'sent', 'delivered', 'failed', 'skipped')),
  why text,
  created_at timestamptz NOT NULL,
  sent_at timestamptz,
  reference text,
  PRIMARY KEY (provider_id, notice_id),
  FOREIGN KEY (provider_id, case_id) REFERENCES care_case (provider_id, case_id)
);
CREATE UNIQUE INDEX notice_once ON notice (provider_id, case_id, kind, about_n, coalesce(staff_id, 0));

-- The local text-message adapter's outbox: what a phone would have shown.
CREATE TABLE sms_outbox (
  sms_id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
  reference text NOT NULL UNIQUE,
  recipient text NOT NULL,
  body text NOT NULL,
  at timestamptz NOT NULL
);

ALTER TABLE interview ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE care_case ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE entry ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE attachment ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE note ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE notice ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;

-- Staff read an interview once it has become a case, never while the patient is still answering.
CREATE POLICY interview_scope ON interview
  USING ((provider_id = (SELECT scope_provider()) AND case_id IS NOT NULL)
      OR person_id = ANY ((SELECT scope_persons())::bigint[]));
CREATE POLICY care_case_scope ON care_case
  USING (provider_id = (SELECT scope_provider()) OR person_id = ANY ((SELECT scope_persons())::bigint[]));
CREATE POLICY entry_seen ON entry FOR SELECT
  USING (provider_id = (SELECT scope_provider())
      OR (audience = 'patient' AND person_id = ANY ((SELECT scope_persons())::bigint[])));
CREATE POLICY entry_added ON entry FOR INSERT
  WITH CHECK (provider_id = (SELECT scope_provider()) OR person_id = ANY ((SELECT scope_persons())::bigint[]));
CREATE POLICY attachment_scope ON attachment
  USING ((provider_id = (SELECT scope_provider()) AND case_id IS NOT NULL)
      OR (audience = 'patient' AND person_id = ANY ((SELECT scope_persons())::bigint[])));
CREATE POLICY note_scope ON note USING (provider_id = (SELECT scope_provider()));
CREATE POLICY notice_scope ON notice
  USING (provider_id = (SELECT scope_provider()) OR person_id = ANY ((SELECT scope_persons())::bigint[]));

GRANT USAGE ON SEQUENCE interview_number, case_number TO vardlots_app;
GRANT SELECT, INSERT, UPDATE ON interview, care_case, attachment, note, notice TO vardlots_app;
GRANT SELECT, INSERT ON entry, sms_outbox TO vardlots_app;
