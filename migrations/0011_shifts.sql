-- A shift that somebody forgot is reminded of once, then closed by the system (requirement A6).
ALTER TABLE shift ADD COLUMN reminded_at timestamptz;
CREATE INDEX shift_open_since ON shift (provider_id, started_at) WHERE ended_at IS NULL;
-- A shift's place, type and beginning never change; a change of unit is another shift.
REVOKE UPDATE ON shift FROM vardlots_app;
GRANT UPDATE (load_balancer, reminded_at, ended_at, ended_by, satisfied, comment) ON shift TO vardlots_app;
