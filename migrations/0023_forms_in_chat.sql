-- Forms that staff send into a conversation, with the patient's answers; and each one's own phrases.
CREATE SEQUENCE form_request_number;
CREATE TABLE form_request (
  provider_id int NOT NULL,
  request_id bigint NOT NULL DEFAULT nextval('form_request_number'),
  case_id bigint NOT NULL,
  -- The row of the timeline that sends it.
  n int NOT NULL,
  person_id bigint NOT NULL,
  -- The whole form as it was when it was sent: what is changed since changes nothing here.
  form_code text NOT NULL,
  form_version int NOT NULL,
  form jsonb NOT NULL,
  -- What was known of the patient then, as FHIR resources by name, for initial values.
  known jsonb NOT NULL DEFAULT '{}',
  sent_by bigint NOT NULL REFERENCES staff,
  sent_at timestamptz NOT NULL,
  opened_at timestamptz,
  -- What has been answered so far, or what was sent.
  answers jsonb NOT NULL DEFAULT '{}',
  rev int NOT NULL DEFAULT 0,
  done int NOT NULL DEFAULT 0,
  total int NOT NULL CHECK (total > 0),
  changed_at timestamptz NOT NULL,
  answered_at timestamptz,
  -- The row of the timeline that says so.
  answered_n int,
  answered_by bigint REFERENCES person,
  PRIMARY KEY (provider_id, request_id),
  UNIQUE (provider_id, case_id, n),
  FOREIGN KEY (provider_id, case_id, n) REFERENCES entry (provider_id, case_id, n),
  FOREIGN KEY (provider_id, case_id, answered_n) REFERENCES entry (provider_id, case_id, n),
  CHECK (done BETWEEN 0 AND total),
  CHECK (opened_at >= sent_at),
  CHECK (rev = 0 OR opened_at IS NOT NULL),
  CHECK (answered_at >= opened_at),
  CONSTRAINT form_request_answered CHECK (
    (answered_at IS NULL) = (answered_n IS NULL) AND (answered_at IS NULL) = (answered_by IS NULL)
    AND (answered_at IS NULL OR (done = total AND opened_at IS NOT NULL AND answered_n > n)))
);
CREATE INDEX form_request_case ON form_request (provider_id, case_id, request_id);
CREATE INDEX form_request_person ON form_request (provider_id, person_id, answered_at DESC) WHERE answered_at IS NOT NULL;

-- What has been sent in is never changed.
CREATE FUNCTION refuse_answered() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'a form that is answered is never changed' USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER form_request_is_kept BEFORE UPDATE OR DELETE ON form_request
  FOR EACH ROW WHEN (OLD.answered_at IS NOT NULL) EXECUTE FUNCTION refuse_answered();

ALTER TABLE form_request ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY form_request_scope ON form_request
  USING (provider_id = (SELECT scope_provider()) OR person_id = ANY ((SELECT scope_persons())::bigint[]));
CREATE POLICY form_request_not_closed ON form_request AS RESTRICTIVE USING ((SELECT scope_closed()) IS NULL
  OR (provider_id || '-' || person_id) <> ALL ((SELECT scope_closed())::text[]));
-- Staff send, patients answer: neither does the other's part.
CREATE POLICY form_request_sent ON form_request AS RESTRICTIVE FOR INSERT
  WITH CHECK (provider_id = (SELECT scope_provider()) AND opened_at IS NULL AND rev = 0 AND answers = '{}'::jsonb);
CREATE POLICY form_request_filled_in ON form_request AS RESTRICTIVE FOR UPDATE
  USING (person_id = ANY ((SELECT scope_persons())::bigint[]))
  WITH CHECK (answered_by IS NULL OR answered_by = ANY ((SELECT scope_persons())::bigint[]));
GRANT USAGE ON SEQUENCE form_request_number TO vardlots_app;
GRANT SELECT, INSERT ON form_request TO vardlots_app;
GRANT UPDATE (opened_at, answers, rev, done, total, changed_at, answered_at, answered_n, answered_by) ON form_request
  TO vardlots_app;

-- A staff member's own phrases at a provider. They are taken away for good: they name no patient and nothing rests on them.
CREATE TABLE own_phrase (
  provider_id int NOT NULL REFERENCES provider,
  phrase_id bigint GENERATED ALWAYS AS IDENTITY,
  staff_id bigint NOT NULL REFERENCES staff,
  title text NOT NULL CHECK (length(title) BETWEEN 1 AND 60),
  text text NOT NULL CHECK (length(text) BETWEEN 1 AND 2000),
  text_en text NOT NULL DEFAULT '' CHECK (length(text_en) <= 2000),
  words text[] NOT NULL DEFAULT '{}',
  rev int NOT NULL DEFAULT 1,
  changed_at timestamptz NOT NULL,
  PRIMARY KEY (provider_id, phrase_id)
);
CREATE UNIQUE INDEX own_phrase_title ON own_phrase (provider_id, staff_id, lower(title));
ALTER TABLE own_phrase ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY own_phrase_scope ON own_phrase USING (provider_id = (SELECT scope_provider()));
GRANT SELECT, INSERT, DELETE ON own_phrase TO vardlots_app;
GRANT UPDATE (title, text, text_en, words, rev, changed_at) ON own_phrase TO vardlots_app;
