-- What staff say of themselves. given_name and family_name are what patients and colleagues read; once they have been
-- changed here, what the directory (HSA) said stays beside them.
ALTER TABLE staff
  ADD COLUMN directory_given_name text,
  ADD COLUMN directory_family_name text,
  -- The file store's name for the picture: a new one for each picture, never guessed, never used twice.
  ADD COLUMN picture uuid UNIQUE,
  -- Of two tabs that save at once the second has an old number, and is told.
  ADD COLUMN profile_rev int NOT NULL DEFAULT 1 CHECK (profile_rev > 0),
  ADD CONSTRAINT staff_mobile_e164 CHECK (mobile ~ '^\+[1-9][0-9]{6,14}$'),
  ADD CONSTRAINT staff_notices_object CHECK (jsonb_typeof(notices) = 'object');

-- A text to a member of staff is about a case and names nobody: it has a staff_id and no person_id.
ALTER TABLE notice ADD CONSTRAINT notice_one_reader CHECK (staff_id IS NULL OR person_id IS NULL);
