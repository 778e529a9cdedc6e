-- Whoever may decide that a guardian is blocked decides that it ends, too.
ALTER TABLE guardian_block
  ADD COLUMN ended_approved_by bigint REFERENCES staff,
  ADD COLUMN ended_approver text CHECK (ended_approver IN ('head_of_unit', 'on_call_physician')),
  ADD CONSTRAINT guardian_block_ended_approved CHECK ((ended_at IS NULL) = (ended_approved_by IS NULL)
    AND (ended_at IS NULL) = (ended_approver IS NULL)) NOT VALID;
GRANT UPDATE (ended_approved_by, ended_approver) ON guardian_block TO vardlots_app;

-- A temporary table of the same name stands before the real one in its session; the application makes none.
DO $$ BEGIN EXECUTE format('REVOKE TEMPORARY ON DATABASE %I FROM PUBLIC', current_database()); END $$;
