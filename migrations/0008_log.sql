-- The access log in the hands of those who watch over it: found by time, sealed in a chain, reviewed, pruned by age.

-- By time within the provider, which is how it is searched; by number (the order of writing) where it is sealed.
-- Writing keeps as many ordered indexes as before: BRIN costs a row nothing to speak of.
ALTER TABLE access_log DROP CONSTRAINT access_log_pkey, ADD PRIMARY KEY (provider_id, at, log_id);
CREATE INDEX access_log_written ON access_log USING brin (log_id) WITH (pages_per_range = 16, autosummarize = on);
GRANT SELECT ON SEQUENCE access_log_log_id_seq TO vardlots_app;

-- A seal over the provider's rows numbered above `from_id` up to `to_id`, chained to the one before it. What stands in
-- the seal is enough to go on with the chain when its rows have been pruned.
CREATE TABLE log_seal (
  provider_id int NOT NULL REFERENCES provider,
  seal_no int NOT NULL CHECK (seal_no > 0),
  from_id bigint NOT NULL CHECK (from_id >= 0),
  to_id bigint NOT NULL,
  row_count int NOT NULL CHECK (row_count > 0),
  first_at timestamptz NOT NULL,
  last_at timestamptz NOT NULL,
  ids_digest bytea NOT NULL CHECK (length(ids_digest) = 32),
  rows_digest bytea NOT NULL CHECK (length(rows_digest) = 32),
  previous bytea NOT NULL CHECK (length(previous) = 32),
  digest bytea NOT NULL CHECK (length(digest) = 32),
  sealed_at timestamptz NOT NULL,
  pruned_at timestamptz,
  PRIMARY KEY (provider_id, seal_no),
  UNIQUE (provider_id, from_id),
  UNIQUE (provider_id, to_id),
  CHECK (to_id > from_id),
  CHECK (last_at >= first_at)
);
ALTER TABLE log_seal ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY log_seal_scope ON log_seal USING (provider_id = (SELECT scope_provider()));
GRANT SELECT, INSERT ON log_seal TO vardlots_app;

-- HSLF-FS 2016:40 ch. 4: kept for five years at least. Rows leave only whole seal by whole seal, through prune_seal().
CREATE FUNCTION is_pruning() RETURNS boolean LANGUAGE sql STABLE
  AS $$ SELECT coalesce(current_setting('vardlots.pruning', true), '') = 'on' $$;
CREATE FUNCTION keep_log() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' AND is_pruning() AND OLD.at < now() - interval '5 years' THEN
    RETURN OLD;
  END IF;
  RAISE EXCEPTION 'rows of % are never changed', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END $$;
DROP TRIGGER access_log_is_kept ON access_log;
CREATE TRIGGER access_log_is_kept BEFORE UPDATE OR DELETE ON access_log FOR EACH ROW EXECUTE FUNCTION keep_log();
CREATE POLICY access_log_pruned ON access_log FOR DELETE
  USING ((SELECT is_pruning()) AND provider_id = (SELECT scope_provider()));

CREATE FUNCTION keep_seal() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'UPDATE' AND is_pruning() AND OLD.pruned_at IS NULL THEN
    OLD.pruned_at := NEW.pruned_at;
    IF OLD IS NOT DISTINCT FROM NEW THEN
      RETURN NEW;
    END IF;
  END IF;
  RAISE EXCEPTION 'rows of % are never changed', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER log_seal_is_kept BEFORE UPDATE OR DELETE ON log_seal FOR EACH ROW EXECUTE FUNCTION keep_seal();
CREATE TRIGGER log_seal_is_kept_whole BEFORE TRUNCATE ON log_seal FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- Remove the rows under one seal of the scope's provider. Returns how many; 0 when they are gone already.
CREATE FUNCTION prune_seal(wanted int, before timestamptz, moment timestamptz) RETURNS bigint
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  seal log_seal;
  gone bigint;
BEGIN
  SELECT * INTO seal FROM log_seal WHERE provider_id = scope_provider() AND seal_no = wanted FOR UPDATE;
  IF NOT FOUND OR seal.pruned_at IS NOT NULL THEN
    RETURN 0;
  END IF;
  IF seal.last_at >= least(before, now() - interval '5 years') THEN
    RAISE EXCEPTION 'seal % is too young to be pruned', wanted USING ERRCODE = 'insufficient_privilege';
  END IF;
  PERFORM set_config('vardlots.pruning', 'on', true);
  DELETE FROM access_log WHERE provider_id = seal.provider_id AND log_id > seal.from_id AND log_id <= seal.to_id
    AND at BETWEEN seal.first_at AND seal.last_at;
  GET DIAGNOSTICS gone = ROW_COUNT;
  IF gone <> seal.row_count THEN
    RAISE EXCEPTION 'seal % does not hold: % rows of %', wanted, gone, seal.row_count
      USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  UPDATE log_seal SET pruned_at = moment WHERE provider_id = seal.provider_id AND seal_no = wanted;
  PERFORM set_config('vardlots.pruning', '', true);
  RETURN gone;
END $$;
REVOKE EXECUTE ON FUNCTION prune_seal(int, timestamptz, timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION prune_seal(int, timestamptz, timestamptz) TO vardlots_app;

-- Whether somebody was on a shift at a moment, which a reviewer asks of each access at night.
CREATE INDEX shift_of_staff ON shift (provider_id, staff_id, started_at);

-- A systematic review: a sample drawn by chance from what staff did with patients' data, gone through and signed.
CREATE TABLE log_review (
  provider_id int NOT NULL,
  review_id bigint GENERATED ALWAYS AS IDENTITY,
  unit_id int,
  sample text NOT NULL CHECK (sample IN ('accesses', 'staff_days')),
  from_day date NOT NULL,
  to_day date NOT NULL,
  marker text CHECK (marker ~ '^[a-z_]{1,40}$'),
  wanted int NOT NULL CHECK (wanted BETWEEN 1 AND 200),
  seed bigint NOT NULL,
  population int NOT NULL CHECK (population > 0),
  drawn_by bigint NOT NULL REFERENCES staff,
  drawn_by_name text NOT NULL,
  drawn_at timestamptz NOT NULL,
  signed_by bigint REFERENCES staff,
  signed_by_name text,
  signed_at timestamptz,
  summary text CHECK (length(summary) BETWEEN 1 AND 4000),
  PRIMARY KEY (provider_id, review_id),
  FOREIGN KEY (provider_id, unit_id) REFERENCES unit (provider_id, unit_id),
  CHECK (to_day >= from_day),
  CHECK ((signed_at IS NULL) = (signed_by IS NULL) AND (signed_at IS NULL) = (signed_by_name IS NULL)
     AND (signed_at IS NULL) = (summary IS NULL))
);
-- One drawn access, or one day of one member of staff. The log's row may be pruned; that it was reviewed stays.
CREATE TABLE log_review_item (
  provider_id int NOT NULL,
  review_id bigint NOT NULL,
  place int NOT NULL CHECK (place > 0),
  at timestamptz NOT NULL,
  log_id bigint,
  staff_id bigint REFERENCES staff,
  verdict text CHECK (verdict IN ('clear', 'look_into')),
  comment text NOT NULL DEFAULT '' CHECK (length(comment) <= 2000),
  judged_by bigint REFERENCES staff,
  judged_at timestamptz,
  PRIMARY KEY (provider_id, review_id, place),
  FOREIGN KEY (provider_id, review_id) REFERENCES log_review (provider_id, review_id),
  CHECK ((log_id IS NULL) <> (staff_id IS NULL)),
  CHECK (verdict <> 'look_into' OR comment <> ''),
  CHECK ((verdict IS NULL) = (judged_by IS NULL) AND (verdict IS NULL) = (judged_at IS NULL))
);
ALTER TABLE log_review ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE log_review_item ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY log_review_scope ON log_review USING (provider_id = (SELECT scope_provider()));
CREATE POLICY log_review_item_scope ON log_review_item USING (provider_id = (SELECT scope_provider()));
GRANT SELECT, INSERT ON log_review, log_review_item TO vardlots_app;
GRANT UPDATE (signed_by, signed_by_name, signed_at, summary) ON log_review TO vardlots_app;
GRANT UPDATE (verdict, comment, judged_by, judged_at) ON log_review_item TO vardlots_app;

-- A signed review is locked, with everything in it, and nothing is signed that has not been gone through.
CREATE FUNCTION keep_review() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
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
CREATE TRIGGER log_review_is_kept BEFORE UPDATE OR DELETE ON log_review FOR EACH ROW EXECUTE FUNCTION keep_review();
CREATE FUNCTION keep_review_item() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP <> 'DELETE' THEN
    -- Whoever signs at this moment holds the review: the item waits, and is then too late.
    PERFORM FROM log_review r WHERE r.provider_id = NEW.provider_id AND r.review_id = NEW.review_id
      AND r.signed_at IS NULL FOR SHARE;
    IF FOUND THEN
      RETURN NEW;
    END IF;
  END IF;
  RAISE EXCEPTION 'a signed review is never changed' USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER log_review_item_is_kept BEFORE INSERT OR UPDATE OR DELETE ON log_review_item
  FOR EACH ROW EXECUTE FUNCTION keep_review_item();
