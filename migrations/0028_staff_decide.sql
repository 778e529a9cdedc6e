-- What 0021 added to a case is decided by staff and the system, as what 0006 guards: a patient who writes ends a search for
-- them, and one who leaves ends all of it, but nobody's own scope begins any of it or gives anybody a visit.
CREATE TRIGGER care_case_staff_decide_visit
  BEFORE UPDATE OF owner_staff_id, role, handover_n, handover_role, handover_staff_id, paused_until, chase, chase_at,
    chat_guests, consult_guests, talk_last_n, noted_at ON care_case
  FOR EACH ROW WHEN (scope_provider() IS NULL AND (
    (NEW.owner_staff_id IS NOT NULL AND NEW.owner_staff_id IS DISTINCT FROM OLD.owner_staff_id)
    OR NEW.role <> OLD.role
    OR (NEW.handover_n IS NOT NULL AND (NEW.handover_n, NEW.handover_role, NEW.handover_staff_id)
        IS DISTINCT FROM (OLD.handover_n, OLD.handover_role, OLD.handover_staff_id))
    OR (NEW.paused_until IS NOT NULL AND NEW.paused_until IS DISTINCT FROM OLD.paused_until)
    OR (NEW.chase IS NOT NULL AND (NEW.chase, NEW.chase_at) IS DISTINCT FROM (OLD.chase, OLD.chase_at))
    OR NOT NEW.chat_guests <@ OLD.chat_guests OR NOT NEW.consult_guests <@ OLD.consult_guests
    OR NEW.talk_last_n <> OLD.talk_last_n
    OR NEW.noted_at IS DISTINCT FROM OLD.noted_at))
  EXECUTE FUNCTION refuse_in_this_scope();
