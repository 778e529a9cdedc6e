-- A consultation between providers has two sides in one row. Each changes its own part of it and no other's, whatever the
-- verbs do. Inside a provider both sides are in one scope, and the verbs alone keep them apart.
CREATE FUNCTION consultation_sides() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  is_others boolean;
BEGIN
  IF NEW.last_n NOT BETWEEN OLD.last_n AND OLD.last_n + 1 THEN
    RAISE EXCEPTION 'consultation %-% is moved by one row at a time', OLD.provider_id, OLD.consultation_id
      USING ERRCODE = 'insufficient_privilege';
  END IF;
  is_others := CASE scope_provider()
    WHEN OLD.provider_id THEN
      -- The sender takes back what nobody has taken, is done with it, has read; reminds and telephones.
      (NEW.owner_staff_id, NEW.accepted_at, NEW.answered_at, NEW.receiver_read_n, NEW.new_case_id)
        IS DISTINCT FROM (OLD.owner_staff_id, OLD.accepted_at, OLD.answered_at, OLD.receiver_read_n, OLD.new_case_id)
      OR (NEW.state <> OLD.state AND (OLD.state <> 'sent' OR NEW.state <> 'withdrawn'))
      OR (NEW.ended_at IS DISTINCT FROM OLD.ended_at AND (OLD.state <> 'sent' OR NEW.state <> 'withdrawn'))
    WHEN OLD.to_provider_id THEN
      -- The receiver takes it or not, answers, is done with it, has read; an answer brings it back to the sender.
      (NEW.sender_read_n, NEW.reminded, NEW.phone_state)
        IS DISTINCT FROM (OLD.sender_read_n, OLD.reminded, OLD.phone_state)
      OR (NEW.sender_ended_at IS DISTINCT FROM OLD.sender_ended_at
          AND (NEW.sender_ended_at IS NOT NULL OR NEW.answered_at IS NULL))
      OR (NEW.state <> OLD.state AND NEW.state NOT IN ('accepted', 'declined', 'ended'))
      OR (NEW.owner_staff_id IS DISTINCT FROM OLD.owner_staff_id AND OLD.owner_staff_id IS NOT NULL)
    ELSE true END;
  IF is_others THEN
    RAISE EXCEPTION 'this side may not change that in consultation %-%', OLD.provider_id, OLD.consultation_id
      USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER consultation_each_side_its_own
  BEFORE UPDATE OF state, owner_staff_id, accepted_at, answered_at, ended_at, sender_ended_at, last_n, sender_read_n,
    receiver_read_n, reminded, phone_state, new_case_id ON consultation
  FOR EACH ROW WHEN (OLD.provider_id <> OLD.to_provider_id) EXECUTE FUNCTION consultation_sides();
-- Where it goes is said once, when it is sent.
REVOKE UPDATE (unit_id, role) ON consultation FROM vardlots_app;
-- So with the rows: nobody writes what the other side has done.
CREATE POLICY consultation_entry_own_side ON consultation_entry AS RESTRICTIVE FOR INSERT
  WITH CHECK (CASE
    WHEN provider_id = to_provider_id THEN true
    WHEN provider_id = (SELECT scope_provider())
      THEN kind IN ('sent', 'answer', 'withdrawn', 'ended', 'reminded') AND coalesce(body->>'side', 'sender') = 'sender'
    ELSE kind IN ('accepted', 'answer', 'declined', 'ended', 'opened_case', 'taken', 'begun')
      AND coalesce(body->>'side', 'receiver') = 'receiver' END);

-- Whoever is given protected identity after a question about them has crossed to another provider is not named there
-- from then on (A9). The number stays: by it alone the receiver finds whom to answer.
CREATE FUNCTION hide_in_consultations() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = public, pg_temp AS $$
DECLARE
  was text := coalesce(current_setting('vardlots.provider', true), '');
  asks int;
BEGIN
  -- Every provider's rows in that provider's own scope: the policies hold for whoever owns the tables, too.
  FOR asks IN SELECT provider_id FROM provider LOOP
    PERFORM set_config('vardlots.provider', asks::text, true);
    UPDATE consultation SET subject = jsonb_set(subject, '{name}', '"Skyddade personuppgifter"')
    WHERE provider_id = asks AND person_id = NEW.person_id AND subject->>'name' <> 'Skyddade personuppgifter';
  END LOOP;
  PERFORM set_config('vardlots.provider', was, true);
  RETURN NULL;
END $$;
CREATE TRIGGER person_protected_is_named_nowhere AFTER UPDATE OF protected ON person
  FOR EACH ROW WHEN (NEW.protected AND NOT OLD.protected) EXECUTE FUNCTION hide_in_consultations();
-- The same where the mark comes while somebody sends: one of the two waits for the other.
CREATE FUNCTION hide_in_consultation() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = public, pg_temp AS $$
DECLARE
  was text := coalesce(current_setting('vardlots.persons', true), '');
  hidden boolean;
BEGIN
  PERFORM set_config('vardlots.persons', format('{%s}', NEW.person_id), true);
  SELECT protected INTO hidden FROM person WHERE person_id = NEW.person_id FOR SHARE;
  IF hidden THEN
    NEW.subject := jsonb_set(NEW.subject, '{name}', '"Skyddade personuppgifter"');
  END IF;
  PERFORM set_config('vardlots.persons', was, true);
  RETURN NEW;
END $$;
CREATE TRIGGER consultation_names_nobody_protected BEFORE INSERT ON consultation
  FOR EACH ROW WHEN (NEW.subject IS NOT NULL) EXECUTE FUNCTION hide_in_consultation();
DO $$
DECLARE
  asks int;
BEGIN
  FOR asks IN SELECT provider_id FROM provider LOOP
    PERFORM set_config('vardlots.provider', asks::text, true);
    UPDATE consultation c SET subject = jsonb_set(subject, '{name}', '"Skyddade personuppgifter"')
    FROM person p WHERE p.person_id = c.person_id AND p.protected AND c.provider_id = asks AND c.subject IS NOT NULL;
  END LOOP;
  PERFORM set_config('vardlots.provider', '', true);
END $$;
-- Who has one of them on the screen, here or there, looks again: topics of the live stream, and nothing else of them.
CREATE FUNCTION told_of_protection(persons bigint[]) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
  was text := coalesce(current_setting('vardlots.provider', true), '');
  asks int;
BEGIN
  FOR asks IN SELECT provider_id FROM provider LOOP
    PERFORM set_config('vardlots.provider', asks::text, true);
    RETURN QUERY SELECT t FROM consultation c, unnest(ARRAY['consultation:' || c.provider_id || '-' || c.consultation_id,
        'unit:' || c.from_unit_id, 'unit:' || c.unit_id]) t
      WHERE c.provider_id = asks AND c.person_id = ANY (persons)
        AND (c.state IN ('sent', 'accepted') OR c.sender_ended_at IS NULL);
  END LOOP;
  PERFORM set_config('vardlots.provider', was, true);
END $$;
-- What they were called, for whoever takes the name out of what has been written: of a consultation in the scope alone.
CREATE FUNCTION names_in_consultation(asks int, wanted bigint) RETURNS text[] LANGUAGE plpgsql AS $$
DECLARE
  was text := coalesce(current_setting('vardlots.persons', true), '');
  about bigint := (SELECT person_id FROM consultation WHERE provider_id = asks AND consultation_id = wanted);
  names text[];
BEGIN
  PERFORM set_config('vardlots.persons', format('{%s}', about), true);
  names := (SELECT ARRAY[given_name, family_name] FROM person WHERE person_id = about);
  PERFORM set_config('vardlots.persons', was, true);
  RETURN coalesce(names, '{}');
END $$;

-- *Gå till besök* opens a visit for as long as the consultation is there. An opening ends before its time in that way
-- and no other; nothing else of it is ever changed.
ALTER TABLE case_opening
  ADD COLUMN consultation_id bigint,
  ADD FOREIGN KEY (provider_id, consultation_id) REFERENCES consultation (provider_id, consultation_id),
  DROP CONSTRAINT case_opening_check,
  ADD CONSTRAINT case_opening_ends_after CHECK (until >= at AND (until > at OR consultation_id IS NOT NULL));
CREATE INDEX case_opening_consultation ON case_opening (provider_id, consultation_id) WHERE consultation_id IS NOT NULL;
DROP TRIGGER case_opening_is_kept ON case_opening;
CREATE FUNCTION keep_opening() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD.consultation_id IS NULL OR NEW.until >= OLD.until
    OR (to_jsonb(NEW) - 'until') IS DISTINCT FROM (to_jsonb(OLD) - 'until')
    OR NOT EXISTS (SELECT FROM consultation c WHERE c.provider_id = OLD.provider_id
                     AND c.consultation_id = OLD.consultation_id AND c.ended_at IS NOT NULL) THEN
    RAISE EXCEPTION 'rows of case_opening are never changed' USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER case_opening_is_kept BEFORE UPDATE ON case_opening FOR EACH ROW EXECUTE FUNCTION keep_opening();
CREATE TRIGGER case_opening_stays BEFORE DELETE ON case_opening FOR EACH ROW EXECUTE FUNCTION refuse_change();
GRANT UPDATE (until) ON case_opening TO vardlots_app;

-- A form is of the case that it is sent in, and what is copied from a ticket is of the same person's, word for word.
CREATE FUNCTION is_same_person(one bigint, other bigint) RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT one = other OR EXISTS (SELECT FROM person a JOIN person b
    ON coalesce(a.same_as, a.person_id) = coalesce(b.same_as, b.person_id) WHERE a.person_id = one AND b.person_id = other)
$$;
DROP POLICY form_request_sent ON form_request;
CREATE POLICY form_request_sent ON form_request AS RESTRICTIVE FOR INSERT
  WITH CHECK (provider_id = (SELECT scope_provider())
    AND EXISTS (SELECT FROM care_case c WHERE c.provider_id = form_request.provider_id
      AND c.case_id = form_request.case_id AND c.person_id = form_request.person_id)
    AND CASE WHEN from_ticket_id IS NULL
    THEN opened_at IS NULL AND rev = 0 AND answers = '{}'::jsonb
    ELSE EXISTS (SELECT FROM ticket_form f WHERE f.provider_id = from_provider_id AND f.ticket_id = from_ticket_id
      AND f.place = from_place AND f.answered_at = form_request.answered_at AND f.answers = form_request.answers
      AND f.form = form_request.form AND f.answered_by = form_request.answered_by
      AND is_same_person(f.person_id, form_request.person_id)) END);
