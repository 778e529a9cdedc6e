-- What staff think of a visit, for those who can change something (*intern återkoppling*). No patient ever reads it.
CREATE TABLE feedback (
  provider_id int NOT NULL,
  feedback_id bigint GENERATED ALWAYS AS IDENTITY,
  case_id bigint NOT NULL,
  -- The unit that the case was at when it was written: whose head reads it.
  unit_id int NOT NULL,
  kind text NOT NULL CHECK (kind IN ('triage', 'way_here', 'technique', 'routine', 'other')),
  text text NOT NULL CHECK (length(text) BETWEEN 1 AND 2000),
  staff_id bigint NOT NULL REFERENCES staff,
  at timestamptz NOT NULL,
  -- The writer's own name for it: sent twice it is one.
  key text NOT NULL,
  read_at timestamptz,
  read_by bigint REFERENCES staff,
  answer text CHECK (length(answer) BETWEEN 1 AND 2000),
  answered_at timestamptz,
  answered_by bigint REFERENCES staff,
  answer_seen_at timestamptz,
  PRIMARY KEY (provider_id, feedback_id),
  UNIQUE (provider_id, case_id, staff_id, key),
  FOREIGN KEY (provider_id, case_id) REFERENCES care_case (provider_id, case_id),
  FOREIGN KEY (provider_id, unit_id) REFERENCES unit (provider_id, unit_id),
  CHECK (read_at >= at),
  CHECK ((read_at IS NULL) = (read_by IS NULL)),
  -- Whoever answers has read it.
  CHECK ((answer IS NULL) = (answered_at IS NULL) AND (answer IS NULL) = (answered_by IS NULL)),
  CHECK (answered_at >= read_at),
  CHECK (answer IS NULL OR read_at IS NOT NULL),
  CHECK (answer_seen_at >= answered_at),
  CHECK (answer_seen_at IS NULL OR answer IS NOT NULL)
);
CREATE INDEX feedback_of_unit ON feedback (provider_id, unit_id, at DESC);
CREATE INDEX feedback_own ON feedback (provider_id, staff_id, at DESC);
ALTER TABLE feedback ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY feedback_scope ON feedback USING (provider_id = (SELECT scope_provider()));
GRANT SELECT, INSERT ON feedback TO vardlots_app;
GRANT UPDATE (read_at, read_by, answer, answered_at, answered_by, answer_seen_at) ON feedback TO vardlots_app;
