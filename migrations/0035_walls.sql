-- The directory is open to be read, and written by its own provider alone. Who has no scope at all sets up: the import
-- of a region, before anybody works there. A patient's scope writes nothing here.
-- What is locked (FOR SHARE, by whoever opens a case at a unit) is not thereby written: only new rows are checked, and a
-- row that would be another provider's is refused aloud.
CREATE FUNCTION scope_is_nobody() RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE
  AS $$ SELECT scope_provider() IS NULL AND scope_persons() = '{}' AND scope_identity() IS NULL $$;

ALTER TABLE provider ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE unit ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE staff ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE assignment ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;

CREATE POLICY provider_seen ON provider FOR SELECT USING (true);
CREATE POLICY provider_added ON provider FOR INSERT WITH CHECK ((SELECT scope_is_nobody()));
CREATE POLICY provider_changed ON provider FOR UPDATE USING (true)
  WITH CHECK (provider_id = (SELECT scope_provider()) OR (SELECT scope_is_nobody()));

CREATE POLICY unit_seen ON unit FOR SELECT USING (true);
CREATE POLICY unit_added ON unit FOR INSERT
  WITH CHECK (provider_id = (SELECT scope_provider()) OR (SELECT scope_is_nobody()));
CREATE POLICY unit_changed ON unit FOR UPDATE USING (true)
  WITH CHECK (provider_id = (SELECT scope_provider()) OR (SELECT scope_is_nobody()));

CREATE POLICY assignment_seen ON assignment FOR SELECT USING (true);
CREATE POLICY assignment_added ON assignment FOR INSERT
  WITH CHECK (provider_id = (SELECT scope_provider()) OR (SELECT scope_is_nobody()));
CREATE POLICY assignment_changed ON assignment FOR UPDATE USING (true)
  WITH CHECK (provider_id = (SELECT scope_provider()) OR (SELECT scope_is_nobody()));

-- A member of staff is nobody's own: whoever has had them may change them, and whoever is about to.
CREATE POLICY staff_seen ON staff FOR SELECT USING (true);
CREATE POLICY staff_added ON staff FOR INSERT
  WITH CHECK ((SELECT scope_provider()) IS NOT NULL OR (SELECT scope_is_nobody()));
CREATE POLICY staff_changed ON staff FOR UPDATE USING (true)
  WITH CHECK ((SELECT scope_is_nobody()) OR ((SELECT scope_provider()) IS NOT NULL
    AND (EXISTS (SELECT FROM assignment a WHERE a.staff_id = staff.staff_id AND a.provider_id = (SELECT scope_provider()))
      OR NOT EXISTS (SELECT FROM assignment a WHERE a.staff_id = staff.staff_id))));

-- Whose a row is never changes, nor what it is known by elsewhere.
REVOKE UPDATE ON provider, unit, staff, assignment FROM vardlots_app;
GRANT UPDATE (name, scheme, settings) ON provider TO vardlots_app;
GRANT UPDATE (name, kind, phone, address, opening, exceptions, takes_drop_in, reports_emergencies, welcome, active,
  on_call, specialties) ON unit TO vardlots_app;
GRANT UPDATE (given_name, family_name, title, mobile, notices, preferences, directory_given_name,
  directory_family_name, picture, profile_rev) ON staff TO vardlots_app;
GRANT UPDATE (valid_from, valid_to) ON assignment TO vardlots_app;

-- How a ticket came to be is written with the ticket, by whoever gives it: what a patient is not let near of the ticket
-- (another's, a child that is out of reach) they write nothing beside either.
DROP POLICY ticket_history_added ON ticket_history;
CREATE POLICY ticket_history_added ON ticket_history FOR INSERT WITH CHECK (
  EXISTS (SELECT FROM ticket t
    WHERE t.provider_id = ticket_history.provider_id AND t.ticket_id = ticket_history.ticket_id
    AND t.person_id = ticket_history.person_id AND t.state = 'issued'
    AND ((t.issued_by = 'staff' AND t.provider_id = (SELECT scope_provider()))
      OR (t.issued_by = 'triage' AND t.actor_person_id = ANY ((SELECT scope_persons())::bigint[])))));
CREATE POLICY ticket_history_not_closed ON ticket_history AS RESTRICTIVE USING ((SELECT scope_closed()) IS NULL
  OR (provider_id || '-' || person_id) <> ALL ((SELECT scope_closed())::text[]));

-- How often something has been tried, whichever process was asked. Not logged: a crash of the server forgets it, and
-- nothing waits for the disk. Rows change in place. `who` is an id or a keyed digest, never an address.
CREATE UNLOGGED TABLE tried (
  what text NOT NULL CHECK (length(what) <= 40),
  who text NOT NULL CHECK (length(who) <= 64),
  until timestamptz NOT NULL,
  times int NOT NULL CHECK (times > 0),
  PRIMARY KEY (what, who)
) WITH (fillfactor = 60);
GRANT SELECT, INSERT, UPDATE, DELETE ON tried TO vardlots_app;

-- Reviews leave with the age of the log that they are about (HSLF-FS 2016:40 4 kap. 9 §), never under five years. A day
-- of signing before the day of drawing makes none of them older.
CREATE OR REPLACE FUNCTION keep_review() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' AND is_pruning() AND greatest(OLD.signed_at, OLD.drawn_at) < now() - interval '5 years' THEN
    RETURN OLD;
  END IF;
  IF TG_OP = 'DELETE' OR OLD.signed_at IS NOT NULL THEN
    RAISE EXCEPTION 'a signed review is never changed' USING ERRCODE = 'insufficient_privilege';
  END IF;
  IF NEW.signed_at IS NOT NULL AND EXISTS (
    SELECT FROM log_review_item i
    WHERE i.provider_id = NEW.provider_id AND i.review_id = NEW.review_id AND i.verdict IS NULL) THEN
    RAISE EXCEPTION 'a review is signed when all of it has been gone through' USING ERRCODE = 'check_violation',
      CONSTRAINT = 'log_review_complete';
  END IF;
  RETURN NEW;
END $$;
CREATE OR REPLACE FUNCTION keep_review_item() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP <> 'DELETE' THEN
    -- Whoever signs at this moment holds the review: the item waits, and is then too late.
    PERFORM FROM log_review r WHERE r.provider_id = NEW.provider_id AND r.review_id = NEW.review_id
      AND r.signed_at IS NULL FOR SHARE;
    IF FOUND THEN
      RETURN NEW;
    END IF;
  ELSIF is_pruning() AND EXISTS (
    SELECT FROM log_review r WHERE r.provider_id = OLD.provider_id AND r.review_id = OLD.review_id
    AND greatest(r.signed_at, r.drawn_at) < now() - interval '5 years') THEN
    RETURN OLD;
  END IF;
  RAISE EXCEPTION 'a signed review is never changed' USING ERRCODE = 'insufficient_privilege';
END $$;

-- Remove the scope's provider's reviews that ended before a moment. Returns how many.
CREATE FUNCTION prune_reviews(before timestamptz, most int) RETURNS bigint
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  old bigint[];
BEGIN
  old := ARRAY (SELECT review_id FROM log_review WHERE provider_id = scope_provider()
    AND greatest(signed_at, drawn_at) < least(before, now() - interval '5 years') ORDER BY review_id LIMIT most);
  PERFORM set_config('vardlots.pruning', 'on', true);
  DELETE FROM log_review_item WHERE provider_id = scope_provider() AND review_id = ANY (old);
  DELETE FROM log_review WHERE provider_id = scope_provider() AND review_id = ANY (old);
  PERFORM set_config('vardlots.pruning', '', true);
  RETURN cardinality(old);
END $$;
REVOKE EXECUTE ON FUNCTION prune_reviews(timestamptz, int) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION prune_reviews(timestamptz, int) TO vardlots_app;
