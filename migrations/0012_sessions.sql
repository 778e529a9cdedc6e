-- What somebody is shown of a session of theirs, so that they recognise it: browser and system by name ("Chrome,
-- Windows"), never what the browser says of itself.
ALTER TABLE session ADD COLUMN device text NOT NULL DEFAULT '' CHECK (length(device) <= 40);
-- Only what can be said more than once of a session that was ended.
ALTER TABLE session ADD CHECK ((ended_at IS NULL) = (ended_why IS NULL));
