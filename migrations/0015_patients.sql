-- Consents: who wrote them down, and who took them back. A new word is a new row; a withdrawn one stays withdrawn.
ALTER TABLE consent
  ADD COLUMN noted_by bigint REFERENCES staff,
  ADD COLUMN withdrawn_by bigint REFERENCES person,
  ADD COLUMN withdrawn_noted_by bigint REFERENCES staff,
  ADD COLUMN withdrawn_how text CHECK (withdrawn_how IN ('digital', 'telephone', 'on_site')),
  ADD CONSTRAINT consent_withdrawn_whole CHECK ((withdrawn_at IS NULL) = (withdrawn_how IS NULL)) NOT VALID;
GRANT UPDATE (withdrawn_by, withdrawn_noted_by, withdrawn_how) ON consent TO vardlots_app;
CREATE FUNCTION refuse_withdrawn() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD.withdrawn_at IS NOT NULL THEN
    RAISE EXCEPTION 'a withdrawn consent is never changed' USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER consent_withdrawn_is_kept BEFORE UPDATE OR DELETE ON consent FOR EACH ROW EXECUTE FUNCTION refuse_withdrawn();
-- What staff write down names them; what a patient's scope writes names nobody of staff.
CREATE POLICY consent_noted ON consent AS RESTRICTIVE FOR INSERT
  WITH CHECK (CASE WHEN (SELECT scope_provider()) IS NULL THEN noted_by IS NULL AND how = 'digital'
                   ELSE noted_by IS NOT NULL AND how <> 'digital' END);

-- Why somebody opened the page of a patient who has no case within their reach. Holds for a while.
CREATE TABLE patient_opening (
  provider_id int NOT NULL,
  opening_id bigint GENERATED ALWAYS AS IDENTITY,
  person_id bigint NOT NULL,
  staff_id bigint NOT NULL REFERENCES staff,
  unit_id int NOT NULL,
  reason text NOT NULL CHECK (length(reason) > 0),
  at timestamptz NOT NULL,
  until timestamptz NOT NULL,
  PRIMARY KEY (provider_id, opening_id),
  FOREIGN KEY (provider_id, person_id) REFERENCES patient (provider_id, person_id),
  CHECK (until > at)
);
CREATE INDEX patient_opening_staff ON patient_opening (provider_id, staff_id, person_id, until);
CREATE TRIGGER patient_opening_is_kept BEFORE UPDATE OR DELETE ON patient_opening
  FOR EACH ROW EXECUTE FUNCTION refuse_change();
ALTER TABLE patient_opening ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY patient_opening_scope ON patient_opening USING (provider_id = (SELECT scope_provider()));
GRANT SELECT, INSERT ON patient_opening TO vardlots_app;
