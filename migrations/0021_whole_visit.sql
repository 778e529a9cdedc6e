-- What a visit goes through beside its phases: a handover that is asked for, a pause, a patient who does not answer,
-- colleagues as guests and their own talk. All of it is the projection of the timeline, as the rest of the case is.
ALTER TABLE care_case
  -- The open request to hand over: the number of the row that asks, the role it asks, and the person where one is named.
  ADD COLUMN handover_n int,
  ADD COLUMN handover_role text,
  ADD COLUMN handover_staff_id bigint REFERENCES staff,
  ADD COLUMN paused_until timestamptz,
  -- How far a patient who does not answer has been sought: reminded once, warned, or to be telephoned.
  ADD COLUMN chase text CHECK (chase IN ('reminded', 'warned', 'call')),
  ADD COLUMN chase_at timestamptz,
  -- Colleagues who take part in the patient's chat, and those who are asked for advice only.
  ADD COLUMN chat_guests bigint[] NOT NULL DEFAULT '{}',
  ADD COLUMN consult_guests bigint[] NOT NULL DEFAULT '{}',
  -- The last row of the colleagues' own talk.
  ADD COLUMN talk_last_n int NOT NULL DEFAULT 0,
  -- When somebody first signed a note.
  ADD COLUMN noted_at timestamptz,
  ADD CONSTRAINT care_case_handover CHECK ((handover_n IS NULL) = (handover_role IS NULL)
    AND (handover_n IS NOT NULL OR handover_staff_id IS NULL)),
  ADD CONSTRAINT care_case_handover_taken CHECK (handover_n IS NULL OR phase IN ('accepted', 'ongoing')),
  ADD CONSTRAINT care_case_handover_other CHECK (handover_staff_id IS NULL OR handover_staff_id <> owner_staff_id),
  ADD CONSTRAINT care_case_paused_taken CHECK (paused_until IS NULL OR phase IN ('accepted', 'ongoing')),
  ADD CONSTRAINT care_case_chase_ongoing CHECK (chase IS NULL OR phase = 'ongoing'),
  ADD CONSTRAINT care_case_chase_due CHECK ((chase IN ('reminded', 'warned')) IS TRUE = (chase_at IS NOT NULL)),
  ADD CONSTRAINT care_case_guests_taken
    CHECK (phase IN ('accepted', 'ongoing') OR (chat_guests = '{}' AND consult_guests = '{}')),
  ADD CONSTRAINT care_case_guests_apart CHECK (NOT chat_guests && consult_guests);
UPDATE care_case c SET noted_at = (SELECT min(n.signed_at) FROM note n WHERE n.provider_id = c.provider_id
  AND n.case_id = c.case_id AND n.signed_at IS NOT NULL)
  WHERE EXISTS (SELECT FROM note n WHERE n.provider_id = c.provider_id AND n.case_id = c.case_id
    AND n.signed_at IS NOT NULL);

CREATE INDEX care_case_handover_asked ON care_case (provider_id, unit_id, handover_role, priority, arrived_at)
  WHERE handover_n IS NOT NULL;
CREATE INDEX care_case_handover_person ON care_case (provider_id, handover_staff_id) WHERE handover_staff_id IS NOT NULL;
CREATE INDEX care_case_paused ON care_case (provider_id, paused_until) WHERE paused_until IS NOT NULL;
CREATE INDEX care_case_chased ON care_case (provider_id, chase_at) WHERE chase_at IS NOT NULL;
-- Ended visits that their owner has not written of yet.
CREATE INDEX care_case_unnoted ON care_case (provider_id, owner_staff_id, ended_at DESC)
  WHERE noted_at IS NULL AND ended_at IS NOT NULL AND owner_staff_id IS NOT NULL;
GRANT UPDATE (role, handover_n, handover_role, handover_staff_id, paused_until, chase, chase_at, chat_guests,
  consult_guests, talk_last_n, noted_at) ON care_case TO vardlots_app;

-- Who has been a guest in a visit, and when. `n` is the row of the timeline that invites.
CREATE TABLE guest (
  provider_id int NOT NULL,
  case_id bigint NOT NULL,
  n int NOT NULL,
  staff_id bigint NOT NULL REFERENCES staff,
  mode text NOT NULL CHECK (mode IN ('chat', 'consult')),
  invited_by bigint NOT NULL REFERENCES staff,
  invited_at timestamptz NOT NULL,
  joined_at timestamptz,
  left_at timestamptz,
  PRIMARY KEY (provider_id, case_id, n),
  FOREIGN KEY (provider_id, case_id, n) REFERENCES entry (provider_id, case_id, n),
  CHECK (joined_at >= invited_at),
  CHECK (left_at >= invited_at)
);
CREATE UNIQUE INDEX guest_once ON guest (provider_id, case_id, staff_id) WHERE left_at IS NULL;
CREATE INDEX guest_of ON guest (provider_id, staff_id, invited_at) WHERE left_at IS NULL;
ALTER TABLE guest ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY guest_scope ON guest USING (provider_id = (SELECT scope_provider()));
GRANT SELECT, INSERT ON guest TO vardlots_app;
GRANT UPDATE (mode, joined_at, left_at) ON guest TO vardlots_app;

-- How far each colleague has read the colleagues' own talk.
CREATE TABLE talk_read (
  provider_id int NOT NULL,
  case_id bigint NOT NULL,
  staff_id bigint NOT NULL REFERENCES staff,
  n int NOT NULL,
  PRIMARY KEY (provider_id, case_id, staff_id),
  FOREIGN KEY (provider_id, case_id) REFERENCES care_case (provider_id, case_id)
);
ALTER TABLE talk_read ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY talk_read_scope ON talk_read USING (provider_id = (SELECT scope_provider()));
GRANT SELECT, INSERT ON talk_read TO vardlots_app;
GRANT UPDATE (n) ON talk_read TO vardlots_app;
