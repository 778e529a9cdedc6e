-- What the directory keeps about units, and what may not be left lying when one is switched off.
COMMENT ON COLUMN unit.exceptions IS
  'Days that are not as their weekday: [{"of": "opening" or "on_call", "date", "opens", "closes", "text"}]; opens "" is closed';

-- Until now a holiday was as its weekday. A unit that never closes goes on so; every other is closed on holidays
-- [assumed] until its hours say otherwise.
UPDATE unit SET opening = opening || '{"holiday": ["00:00", "24:00"]}'
WHERE NOT opening ? 'holiday'
  AND (SELECT count(*) FROM generate_series(0, 6) d WHERE opening -> d::text = '["00:00", "24:00"]') = 7;

-- A commission that has ended may be given anew under another HSA-id; one that goes on is there once.
ALTER TABLE assignment DROP CONSTRAINT assignment_staff_id_unit_id_role_key;
CREATE UNIQUE INDEX assignment_once ON assignment (staff_id, unit_id, role) WHERE valid_to IS NULL;
ALTER TABLE assignment ADD CONSTRAINT assignment_in_order CHECK (valid_to >= valid_from - 1) NOT VALID;

-- No case comes to a unit that has been switched off: whoever switches it off has seen that its lists are empty.
-- FOR SHARE waits for, and holds back, the switch.
CREATE FUNCTION unit_takes_cases() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM FROM unit WHERE provider_id = NEW.provider_id AND unit_id = NEW.unit_id AND active FOR SHARE;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'unit % takes no cases', NEW.unit_id USING ERRCODE = 'check_violation', CONSTRAINT = 'unit_active';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER care_case_unit_active BEFORE INSERT OR UPDATE OF unit_id ON care_case
  FOR EACH ROW EXECUTE FUNCTION unit_takes_cases();

-- Staff reach the units that their pooled resources serve: looked up with every session.
CREATE INDEX resource_pooled ON resource (provider_id, unit_id, role) WHERE pooled AND active;

-- The configured thing that a resource was made by, where it was.
ALTER TABLE resource ADD COLUMN key text CHECK (length(key) BETWEEN 1 AND 120);
CREATE UNIQUE INDEX resource_key ON resource (provider_id, key);
GRANT UPDATE (key) ON resource TO vardlots_app;
