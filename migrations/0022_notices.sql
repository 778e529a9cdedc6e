-- Notices: what has become of a text at the phone, what waits for the morning, and what a member of staff has seen.
ALTER TABLE notice
  -- A text that is not urgent waits out the night until then.
  ADD COLUMN due_at timestamptz,
  ADD COLUMN delivered_at timestamptz,
  -- When whoever it was for put away the line in their page.
  ADD COLUMN seen_at timestamptz,
  ADD CONSTRAINT notice_due CHECK (state <> 'queued' OR due_at IS NOT NULL),
  ADD CONSTRAINT notice_delivered CHECK (delivered_at IS NULL OR state = 'delivered');
-- A receipt knows a text by its reference only.
CREATE UNIQUE INDEX notice_reference ON notice (provider_id, reference) WHERE reference IS NOT NULL;
-- What the page of a member of staff tells of.
CREATE INDEX notice_unseen ON notice (provider_id, staff_id, created_at DESC)
  WHERE staff_id IS NOT NULL AND seen_at IS NULL;
-- The newest word on a case, and what the sweep goes on with.
CREATE INDEX notice_of_case ON notice (provider_id, case_id, notice_id DESC);
CREATE INDEX notice_on_its_way ON notice (provider_id, state, created_at) WHERE state IN ('queued', 'sending');
GRANT UPDATE (due_at, delivered_at, seen_at) ON notice TO vardlots_app;

ALTER TABLE care_case
  DROP CONSTRAINT care_case_notice_state_check,
  ADD CONSTRAINT care_case_notice_state_check
    CHECK (notice_state IN ('none', 'queued', 'sent', 'delivered', 'failed', 'no_number', 'protected', 'telephone'));

-- That a patient has got worse was told as a new patient in the queue: whoever chose that goes on being told.
UPDATE staff SET notices = notices || '{"worse": true}' WHERE notices -> 'new_patient' = 'true'::jsonb;
