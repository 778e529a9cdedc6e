-- A signed note on its way to the record system, and the lists of codes that an installation has imported.

-- One for each signed note, whatever is pressed how often: the id follows from the note, and the record system knows it.
CREATE TABLE note_export (
  provider_id int NOT NULL,
  export_id uuid NOT NULL,
  case_id bigint NOT NULL,
  note_id bigint NOT NULL,
  person_id bigint NOT NULL,
  asked_by bigint NOT NULL REFERENCES staff,
  asked_at timestamptz NOT NULL,
  -- The pictures and files that go along: chosen one by one, none by itself.
  attachments uuid[] NOT NULL DEFAULT '{}',
  state text NOT NULL CHECK (state IN ('waiting', 'sent', 'failed')),
  tries int NOT NULL DEFAULT 0 CHECK (tries >= 0),
  -- Why the last attempt failed, and when the next is made; none when somebody has to press.
  why text CHECK (why ~ '^[a-z_]{2,40}$'),
  next_try timestamptz,
  told_at timestamptz,
  sent_at timestamptz,
  receipt text,
  PRIMARY KEY (provider_id, export_id),
  UNIQUE (provider_id, note_id),
  FOREIGN KEY (provider_id, note_id) REFERENCES note (provider_id, note_id),
  FOREIGN KEY (provider_id, case_id) REFERENCES care_case (provider_id, case_id),
  CHECK ((state = 'sent') = (sent_at IS NOT NULL AND receipt IS NOT NULL)),
  CHECK ((state = 'failed') <= (why IS NOT NULL)),
  CHECK (state <> 'sent' OR next_try IS NULL),
  CHECK (state <> 'waiting' OR next_try IS NOT NULL)
);
CREATE INDEX note_export_case ON note_export (provider_id, case_id);
CREATE INDEX note_export_due ON note_export (provider_id, next_try) WHERE next_try IS NOT NULL;
ALTER TABLE note_export ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY note_export_scope ON note_export USING (provider_id = (SELECT scope_provider()));
GRANT SELECT, INSERT ON note_export TO vardlots_app;
GRANT UPDATE (state, tries, why, next_try, told_at, sent_at, receipt) ON note_export TO vardlots_app;

-- What is exported is a note that is signed; an export never goes back from sent.
CREATE FUNCTION check_export() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'UPDATE' AND OLD.state = 'sent' THEN
    RAISE EXCEPTION 'what was sent is sent' USING ERRCODE = 'insufficient_privilege';
  END IF;
  IF NOT EXISTS (SELECT FROM note n WHERE n.provider_id = NEW.provider_id AND n.note_id = NEW.note_id
                 AND n.case_id = NEW.case_id AND n.person_id = NEW.person_id AND n.signed_at IS NOT NULL) THEN
    RAISE EXCEPTION 'only a signed note is exported' USING ERRCODE = 'check_violation', CONSTRAINT = 'export_signed';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER note_export_checked BEFORE INSERT OR UPDATE ON note_export
  FOR EACH ROW EXECUTE FUNCTION check_export();

-- The authority's lists as the installation has imported them: every version is kept, the newest of a kind is in use.
CREATE TABLE code_list (
  kind text NOT NULL CHECK (kind IN ('diagnosis', 'action')),
  version int NOT NULL CHECK (version > 0),
  at timestamptz NOT NULL,
  files text NOT NULL,
  codes int NOT NULL CHECK (codes > 0),
  digest text NOT NULL,
  -- Lines of code, mark, title and description, separated by tabs; gzip.
  body bytea NOT NULL,
  PRIMARY KEY (kind, version)
);
CREATE TRIGGER code_list_is_kept BEFORE UPDATE OR DELETE ON code_list
  FOR EACH ROW EXECUTE FUNCTION refuse_change();
GRANT SELECT, INSERT ON code_list TO vardlots_app;
