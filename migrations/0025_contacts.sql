-- Who a patient asks: a person who is their fixed care contact (*fast vårdkontakt*), or a role that treats them, at a
-- unit; and who stands in for a member of staff who is away.
CREATE SEQUENCE contact_number;
CREATE TABLE care_contact (
  provider_id int NOT NULL,
  contact_id bigint NOT NULL DEFAULT nextval('contact_number'),
  person_id bigint NOT NULL,
  unit_id int NOT NULL,
  -- The role that treats the patient, or in which the person is their contact.
  role text NOT NULL CHECK (length(role) BETWEEN 1 AND 60),
  staff_id bigint REFERENCES staff,
  set_at timestamptz NOT NULL,
  set_by bigint NOT NULL REFERENCES staff,
  ended_at timestamptz,
  ended_by bigint REFERENCES staff,
  PRIMARY KEY (provider_id, contact_id),
  FOREIGN KEY (provider_id, unit_id) REFERENCES unit (provider_id, unit_id),
  FOREIGN KEY (provider_id, person_id) REFERENCES patient (provider_id, person_id),
  CHECK ((ended_at IS NULL) = (ended_by IS NULL)),
  CHECK (ended_at >= set_at)
);
-- One person at a unit, and each role once.
CREATE UNIQUE INDEX care_contact_one_person ON care_contact (provider_id, unit_id, person_id)
  WHERE staff_id IS NOT NULL AND ended_at IS NULL;
CREATE UNIQUE INDEX care_contact_one_role ON care_contact (provider_id, unit_id, person_id, role)
  WHERE staff_id IS NULL AND ended_at IS NULL;
CREATE INDEX care_contact_of ON care_contact (person_id, provider_id, set_at DESC);
CREATE FUNCTION keep_ended_contact() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD.ended_at IS NOT NULL THEN
    RAISE EXCEPTION 'contact % has ended', OLD.contact_id USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER care_contact_ended_is_kept BEFORE UPDATE ON care_contact
  FOR EACH ROW EXECUTE FUNCTION keep_ended_contact();
ALTER TABLE care_contact ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY care_contact_seen ON care_contact FOR SELECT
  USING (provider_id = (SELECT scope_provider()) OR person_id = ANY ((SELECT scope_persons())::bigint[]));
CREATE POLICY care_contact_not_closed ON care_contact AS RESTRICTIVE USING ((SELECT scope_closed()) IS NULL
  OR (provider_id || '-' || person_id) <> ALL ((SELECT scope_closed())::text[]));
CREATE POLICY care_contact_set ON care_contact FOR INSERT WITH CHECK (provider_id = (SELECT scope_provider()));
CREATE POLICY care_contact_ended ON care_contact FOR UPDATE USING (provider_id = (SELECT scope_provider()));
GRANT USAGE ON SEQUENCE contact_number TO vardlots_app;
GRANT SELECT, INSERT ON care_contact TO vardlots_app;
GRANT UPDATE (ended_at, ended_by) ON care_contact TO vardlots_app;

-- Whom the questions of an interview are for: nobody in particular, or a contact of the person's.
ALTER TABLE interview ADD COLUMN contact_id bigint,
  ADD CONSTRAINT interview_contact FOREIGN KEY (provider_id, contact_id) REFERENCES care_contact (provider_id, contact_id);
-- A patient chooses nobody's work for them: a case that they open has an owner only where it is put to a contact.
CREATE FUNCTION owner_by_contact() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.phase <> 'follow_up' OR NOT EXISTS (
    SELECT FROM interview i WHERE i.provider_id = NEW.provider_id AND i.interview_id = NEW.interview_id
      AND i.contact_id IS NOT NULL AND i.unit_id = NEW.unit_id) THEN
    RAISE EXCEPTION 'this scope gives nobody a case' USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER care_case_owner_by_contact BEFORE INSERT ON care_case
  FOR EACH ROW WHEN (NEW.owner_staff_id IS NOT NULL AND scope_provider() IS NULL) EXECUTE FUNCTION owner_by_contact();
-- What lies with somebody after the visit: theirs to answer, or whoever stands in for them.
CREATE INDEX care_case_inbox_owner ON care_case (provider_id, owner_staff_id, inbox_at)
  WHERE phase = 'follow_up' AND inbox_at IS NOT NULL;

-- Who stands in for whom, from one day to another, both included; nobody: the role at the unit answers.
CREATE TABLE substitute (
  provider_id int NOT NULL,
  absence_id bigint GENERATED ALWAYS AS IDENTITY,
  staff_id bigint NOT NULL REFERENCES staff,
  stand_in_id bigint REFERENCES staff,
  from_day date NOT NULL,
  to_day date NOT NULL,
  set_at timestamptz NOT NULL,
  set_by bigint NOT NULL REFERENCES staff,
  ended_at timestamptz,
  ended_by bigint REFERENCES staff,
  PRIMARY KEY (provider_id, absence_id),
  CONSTRAINT substitute_days CHECK (to_day BETWEEN from_day AND from_day + 366),
  CONSTRAINT substitute_another CHECK (stand_in_id <> staff_id),
  CHECK ((ended_at IS NULL) = (ended_by IS NULL)),
  -- Away once at a time. Numbers as ranges: an index of this kind needs no extension then.
  CONSTRAINT substitute_once EXCLUDE USING gist (int8range(provider_id, provider_id, '[]') WITH &&,
    int8range(staff_id, staff_id, '[]') WITH &&, daterange(from_day, to_day, '[]') WITH &&) WHERE (ended_at IS NULL)
);
CREATE INDEX substitute_now ON substitute (provider_id, to_day) WHERE ended_at IS NULL;
CREATE INDEX substitute_stands_in ON substitute (provider_id, stand_in_id, to_day) WHERE ended_at IS NULL;
-- A chain of substitutes never comes back to where it began, on any day; two who write at once wait for each other.
CREATE FUNCTION substitute_no_circle() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_advisory_xact_lock(hashtextextended('substitute ' || NEW.provider_id, 0));
  IF EXISTS (
    WITH RECURSIVE chain (staff_id, days) AS (
      SELECT NEW.stand_in_id, daterange(NEW.from_day, NEW.to_day, '[]')
      UNION ALL
      SELECT s.stand_in_id, chain.days * daterange(s.from_day, s.to_day, '[]')
      FROM chain JOIN substitute s ON s.provider_id = NEW.provider_id AND s.staff_id = chain.staff_id
        AND s.ended_at IS NULL AND s.stand_in_id IS NOT NULL AND chain.days && daterange(s.from_day, s.to_day, '[]')
      WHERE chain.staff_id <> NEW.staff_id
    )
    SELECT FROM chain WHERE staff_id = NEW.staff_id
  ) THEN
    RAISE EXCEPTION 'substitutes in a circle' USING ERRCODE = 'check_violation', CONSTRAINT = 'substitute_no_circle';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER substitute_no_circle BEFORE INSERT ON substitute
  FOR EACH ROW WHEN (NEW.stand_in_id IS NOT NULL) EXECUTE FUNCTION substitute_no_circle();
ALTER TABLE substitute ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
-- The directory's, as shifts are: it names no patient, and whoever asks a question is told who answers.
CREATE POLICY substitute_seen ON substitute FOR SELECT USING (true);
CREATE POLICY substitute_set ON substitute FOR INSERT WITH CHECK (provider_id = (SELECT scope_provider()));
CREATE POLICY substitute_ended ON substitute FOR UPDATE USING (provider_id = (SELECT scope_provider()));
GRANT SELECT, INSERT ON substitute TO vardlots_app;
GRANT UPDATE (ended_at, ended_by) ON substitute TO vardlots_app;
