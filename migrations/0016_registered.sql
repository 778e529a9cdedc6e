-- To be a provider's patient is what lets its staff see who somebody is. A provider's own scope makes nobody its patient:
-- whoever writes it down has the person in the scope (the person, a guardian) or knows the number.
-- A trigger, for a policy that looked among the numbers would be asked for by the numbers' own.
CREATE FUNCTION patient_is_known() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.person_id = ANY (scope_persons())
     OR EXISTS (SELECT FROM person_identifier WHERE value = scope_identity() AND person_id = NEW.person_id) THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION 'this scope may not register person %', NEW.person_id USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER patient_is_known BEFORE INSERT ON patient
  FOR EACH ROW WHEN (scope_provider() IS NOT NULL) EXECUTE FUNCTION patient_is_known();
