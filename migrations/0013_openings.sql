-- Whoever had a visit that a colleague has taken over is told so until they have seen it. `n` is the row of the case's
-- timeline in which the colleague says why.
CREATE TABLE take_over (
  provider_id int NOT NULL,
  case_id bigint NOT NULL,
  n int NOT NULL,
  from_staff_id bigint NOT NULL REFERENCES staff,
  by_staff_id bigint NOT NULL REFERENCES staff,
  at timestamptz NOT NULL,
  seen_at timestamptz,
  PRIMARY KEY (provider_id, case_id, n),
  FOREIGN KEY (provider_id, case_id, n) REFERENCES entry (provider_id, case_id, n),
  CHECK (from_staff_id <> by_staff_id),
  CHECK (seen_at >= at)
);
CREATE INDEX take_over_unseen ON take_over (provider_id, from_staff_id, at) WHERE seen_at IS NULL;
ALTER TABLE take_over ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY take_over_scope ON take_over USING (provider_id = (SELECT scope_provider()));
GRANT SELECT, INSERT ON take_over TO vardlots_app;
GRANT UPDATE (seen_at) ON take_over TO vardlots_app;

-- A block is ended with a reason, once: what was decided then stays.
ALTER TABLE unit_block ADD CONSTRAINT unit_block_ended_why CHECK ((ended_at IS NULL) = (ended_why IS NULL)) NOT VALID;
CREATE FUNCTION keep_ended_block() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD.ended_at IS NOT NULL THEN
    RAISE EXCEPTION 'block % has ended', OLD.block_id USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER unit_block_ended_is_kept BEFORE UPDATE ON unit_block FOR EACH ROW EXECUTE FUNCTION keep_ended_block();
-- A lift is of a block of the same person, and of whoever acts within the longest time that each ground has [assumed].
ALTER TABLE unit_block ADD CONSTRAINT unit_block_of_person UNIQUE (provider_id, block_id, person_id);
ALTER TABLE block_lift
  ADD CONSTRAINT block_lift_of_person FOREIGN KEY (provider_id, block_id, person_id)
    REFERENCES unit_block (provider_id, block_id, person_id) NOT VALID,
  ADD CONSTRAINT block_lift_not_too_long
    CHECK (until <= at + CASE basis WHEN 'emergency' THEN interval '24 hours' ELSE interval '30 days' END) NOT VALID;
-- Which units a blocked row belongs to is asked for by the case's unit first.
CREATE INDEX unit_block_unit ON unit_block (provider_id, unit_id, person_id) WHERE ended_at IS NULL;
