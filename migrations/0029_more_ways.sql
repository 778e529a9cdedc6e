-- More ways to a case: a time that is booked, a ticket from another unit, a chat that staff begin; and a visit that goes on
-- at another provider. What 0021 says of projections holds here too.
ALTER TABLE care_case
  ALTER COLUMN interview_id DROP NOT NULL,
  DROP CONSTRAINT care_case_phase_check,
  ADD CONSTRAINT care_case_phase_check
    CHECK (phase IN ('booked', 'queued', 'accepted', 'ongoing', 'follow_up', 'closed', 'cancelled')),
  DROP CONSTRAINT care_case_contact_check,
  ADD CONSTRAINT care_case_contact_check CHECK (contact IN ('digital', 'telephone', 'physical')),
  -- When the booked time begins; none in a booked case whose time has been withdrawn.
  ADD COLUMN booked_from timestamptz,
  -- The message that has to be read before a visit that goes on elsewhere ends, and when staff look to it.
  ADD COLUMN referred_n int,
  ADD COLUMN referred_due timestamptz,
  ADD CONSTRAINT care_case_booked_nobodys CHECK (phase <> 'booked' OR owner_staff_id IS NULL),
  ADD CONSTRAINT care_case_referred CHECK ((referred_n IS NULL) = (referred_due IS NULL)),
  ADD CONSTRAINT care_case_referred_ongoing CHECK (referred_n IS NULL OR phase = 'ongoing');
CREATE INDEX care_case_booked ON care_case (provider_id, unit_id, booked_from, case_id) WHERE phase = 'booked';
CREATE INDEX care_case_referred_due ON care_case (provider_id, referred_due) WHERE referred_due IS NOT NULL;
GRANT UPDATE (unit_id, contact, booked_from, referred_n, referred_due) ON care_case TO vardlots_app;
-- Times, places and what goes on elsewhere are the provider's to set, as what 0028 guards.
CREATE TRIGGER care_case_staff_decide_place
  BEFORE UPDATE OF unit_id, contact, booked_from, referred_n, referred_due ON care_case
  FOR EACH ROW WHEN (scope_provider() IS NULL AND (
    NEW.unit_id <> OLD.unit_id OR NEW.contact <> OLD.contact
    OR NEW.booked_from IS DISTINCT FROM OLD.booked_from
    OR (NEW.referred_n IS NOT NULL AND (NEW.referred_n, NEW.referred_due) IS DISTINCT FROM (OLD.referred_n, OLD.referred_due))))
  EXECUTE FUNCTION refuse_in_this_scope();
-- A patient's own scope opens a case by the questions it has answered; every other way is the provider's.
CREATE TRIGGER care_case_by_interview BEFORE INSERT ON care_case
  FOR EACH ROW WHEN (NEW.interview_id IS NULL AND scope_provider() IS NULL) EXECUTE FUNCTION refuse_in_this_scope();
