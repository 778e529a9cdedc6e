-- Schedules, the times in them, and who has booked one. PostgreSQL keeps the promise that nobody is booked twice.
CREATE SEQUENCE schedule_number;
-- Whose times they are: a member of staff's, or a resource's (a room, a team) that nobody in particular holds.
CREATE TABLE schedule (
  provider_id int NOT NULL,
  schedule_id bigint NOT NULL DEFAULT nextval('schedule_number'),
  unit_id int NOT NULL,
  role text NOT NULL CHECK (length(role) BETWEEN 1 AND 60),
  staff_id bigint REFERENCES staff,
  -- The resource's name; a member of staff has their own.
  name text NOT NULL DEFAULT '' CHECK (length(name) <= 80),
  active boolean NOT NULL DEFAULT true,
  set_at timestamptz NOT NULL,
  set_by bigint NOT NULL REFERENCES staff,
  PRIMARY KEY (provider_id, schedule_id),
  UNIQUE (provider_id, schedule_id, unit_id),
  FOREIGN KEY (provider_id, unit_id) REFERENCES unit (provider_id, unit_id),
  CHECK ((staff_id IS NULL) = (name <> ''))
);
CREATE UNIQUE INDEX schedule_one ON schedule (provider_id, unit_id, role, coalesce(staff_id, 0), name);

-- How times open by themselves: some days of the week, every so many weeks, so far ahead.
CREATE TABLE schedule_rule (
  provider_id int NOT NULL,
  rule_id bigint GENERATED ALWAYS AS IDENTITY,
  schedule_id bigint NOT NULL,
  time_type text NOT NULL,
  -- 1 Monday … 7 Sunday; the time of day in Sweden, whatever the season.
  weekdays smallint[] NOT NULL CHECK (weekdays <@ '{1,2,3,4,5,6,7}'::smallint[] AND weekdays <> '{}'),
  from_time time NOT NULL,
  to_time time NOT NULL,
  minutes int NOT NULL CHECK (minutes BETWEEN 5 AND 480),
  every_weeks smallint NOT NULL DEFAULT 1 CHECK (every_weeks BETWEEN 1 AND 8),
  from_day date NOT NULL,
  to_day date,
  on_holidays boolean NOT NULL DEFAULT false,
  -- How far ahead the times are opened, and through which day they have been.
  ahead_days int NOT NULL DEFAULT 42 CHECK (ahead_days BETWEEN 1 AND 400),
  opened_through date,
  set_at timestamptz NOT NULL,
  set_by bigint NOT NULL REFERENCES staff,
  ended_at timestamptz,
  PRIMARY KEY (provider_id, rule_id),
  FOREIGN KEY (provider_id, schedule_id) REFERENCES schedule (provider_id, schedule_id),
  CHECK (from_time <> to_time),
  CHECK (to_day >= from_day)
);
-- Days on which a schedule has no times, whatever its rules say. Both days included.
CREATE TABLE schedule_closed (
  provider_id int NOT NULL,
  closed_id bigint GENERATED ALWAYS AS IDENTITY,
  schedule_id bigint NOT NULL,
  from_day date NOT NULL,
  to_day date NOT NULL CHECK (to_day BETWEEN from_day AND from_day + 366),
  why text NOT NULL DEFAULT '' CHECK (length(why) <= 200),
  set_at timestamptz NOT NULL,
  set_by bigint NOT NULL REFERENCES staff,
  lifted_at timestamptz,
  PRIMARY KEY (provider_id, closed_id),
  FOREIGN KEY (provider_id, schedule_id) REFERENCES schedule (provider_id, schedule_id)
);

CREATE SEQUENCE slot_number;
-- A time. It names no patient: who has it is in `appointment`, who is looking at it in `slot_hold`.
CREATE TABLE slot (
  provider_id int NOT NULL,
  slot_id bigint NOT NULL DEFAULT nextval('slot_number'),
  schedule_id bigint NOT NULL,
  unit_id int NOT NULL,
  role text NOT NULL,
  staff_id bigint REFERENCES staff,
  time_type text NOT NULL,
  -- As the time type was when the time was opened: how they meet, which booking tickets it is kept for, who sees it.
  contact text NOT NULL CHECK (contact IN ('digital', 'physical', 'telephone')),
  booking_for text[] NOT NULL DEFAULT '{}',
  patient_sees boolean NOT NULL DEFAULT true,
  starts_at timestamptz NOT NULL,
  ends_at timestamptz NOT NULL,
  state text NOT NULL DEFAULT 'free' CHECK (state IN ('free', 'taken', 'blocked', 'removed')),
  why text NOT NULL DEFAULT '' CHECK (length(why) <= 200),
  -- Until then it is kept for somebody; free again by itself at that moment.
  held_until timestamptz,
  rule_id bigint,
  changed_at timestamptz NOT NULL,
  PRIMARY KEY (provider_id, slot_id),
  FOREIGN KEY (provider_id, schedule_id, unit_id) REFERENCES schedule (provider_id, schedule_id, unit_id),
  FOREIGN KEY (provider_id, rule_id) REFERENCES schedule_rule (provider_id, rule_id),
  CHECK (ends_at > starts_at AND ends_at <= starts_at + interval '24 hours'),
  -- Numbers as ranges: an index of this kind needs no extension then.
  CONSTRAINT slot_once_in_schedule EXCLUDE USING gist (int8range(schedule_id, schedule_id, '[]') WITH &&,
    tstzrange(starts_at, ends_at) WITH &&) WHERE (state <> 'removed'),
  CONSTRAINT slot_once_for_staff EXCLUDE USING gist (int8range(staff_id, staff_id, '[]') WITH &&,
    tstzrange(starts_at, ends_at) WITH &&) WHERE (state <> 'removed' AND staff_id IS NOT NULL)
);
CREATE INDEX slot_free ON slot (provider_id, unit_id, role, starts_at, slot_id) WHERE state = 'free';
CREATE INDEX slot_of_unit ON slot (provider_id, unit_id, starts_at) WHERE state <> 'removed';
CREATE INDEX slot_of_schedule ON slot (provider_id, schedule_id, starts_at) WHERE state <> 'removed';

-- Who is choosing a time just now. One at a time each, for some minutes.
CREATE TABLE slot_hold (
  provider_id int NOT NULL,
  slot_id bigint NOT NULL,
  person_id bigint NOT NULL REFERENCES person,
  -- Who chooses: the patient or guardian, or staff for them.
  held_by_kind text NOT NULL CHECK (held_by_kind IN ('patient', 'staff', 'system')),
  held_by_id bigint NOT NULL,
  until timestamptz NOT NULL,
  PRIMARY KEY (provider_id, slot_id),
  FOREIGN KEY (provider_id, slot_id) REFERENCES slot (provider_id, slot_id)
);

-- What somebody is offered is kept for them beside what they choose.
CREATE UNIQUE INDEX slot_hold_one ON slot_hold (provider_id, person_id) WHERE held_by_kind <> 'system';
CREATE INDEX slot_kept ON slot (provider_id, held_until) WHERE state = 'free' AND held_until IS NOT NULL;

CREATE SEQUENCE appointment_number;
-- A booked time of a case. A case has one that holds; those before it stay, with what became of them.
CREATE TABLE appointment (
  provider_id int NOT NULL,
  appointment_id bigint NOT NULL DEFAULT nextval('appointment_number'),
  case_id bigint NOT NULL,
  person_id bigint NOT NULL,
  slot_id bigint NOT NULL,
  unit_id int NOT NULL,
  role text NOT NULL,
  staff_id bigint REFERENCES staff,
  time_type text NOT NULL,
  contact text NOT NULL CHECK (contact IN ('digital', 'physical', 'telephone')),
  -- What the patient reads that it is, by language.
  name jsonb NOT NULL DEFAULT '{}',
  starts_at timestamptz NOT NULL,
  ends_at timestamptz NOT NULL,
  ticket_id bigint,
  state text NOT NULL DEFAULT 'booked' CHECK (state IN ('booked', 'moved', 'cancelled', 'withdrawn', 'attended', 'missed')),
  booked_at timestamptz NOT NULL,
  booked_by_kind text NOT NULL CHECK (booked_by_kind IN ('patient', 'staff', 'system')),
  booked_by_id bigint NOT NULL,
  ended_at timestamptz,
  why text CHECK (length(why) BETWEEN 1 AND 500),
  PRIMARY KEY (provider_id, appointment_id),
  FOREIGN KEY (provider_id, case_id) REFERENCES care_case (provider_id, case_id),
  FOREIGN KEY (provider_id, slot_id) REFERENCES slot (provider_id, slot_id),
  FOREIGN KEY (provider_id, ticket_id) REFERENCES ticket (provider_id, ticket_id),
  CHECK ((state = 'booked') = (ended_at IS NULL)),
  -- Nobody is in two places at once; but what a provider is refused tells nothing of a time at another one.
  CONSTRAINT appointment_once_for_person EXCLUDE USING gist (int8range(provider_id, provider_id, '[]') WITH &&,
    int8range(person_id, person_id, '[]') WITH &&, tstzrange(starts_at, ends_at) WITH &&) WHERE (state = 'booked')
);
CREATE UNIQUE INDEX appointment_one_of_slot ON appointment (provider_id, slot_id)
  WHERE state IN ('booked', 'attended', 'missed');
CREATE UNIQUE INDEX appointment_one_of_case ON appointment (provider_id, case_id) WHERE state = 'booked';
CREATE INDEX appointment_day ON appointment (provider_id, unit_id, starts_at, appointment_id);
CREATE INDEX appointment_waits ON appointment (provider_id, starts_at) WHERE state = 'booked';
CREATE INDEX appointment_person ON appointment (person_id, starts_at DESC);

-- Who would rather have an earlier time, and what they have been offered: one person a time, with a deadline.
CREATE TABLE earlier_wish (
  provider_id int NOT NULL,
  case_id bigint NOT NULL,
  person_id bigint NOT NULL,
  unit_id int NOT NULL,
  wished_at timestamptz NOT NULL,
  ended_at timestamptz,
  PRIMARY KEY (provider_id, case_id),
  FOREIGN KEY (provider_id, case_id) REFERENCES care_case (provider_id, case_id)
);
CREATE INDEX earlier_wish_line ON earlier_wish (provider_id, unit_id, wished_at) WHERE ended_at IS NULL;
CREATE TABLE slot_offer (
  provider_id int NOT NULL,
  offer_id bigint GENERATED ALWAYS AS IDENTITY,
  slot_id bigint NOT NULL,
  case_id bigint NOT NULL,
  person_id bigint NOT NULL,
  offered_at timestamptz NOT NULL,
  until timestamptz NOT NULL,
  state text NOT NULL DEFAULT 'offered' CHECK (state IN ('offered', 'taken', 'declined', 'lapsed')),
  answered_at timestamptz,
  PRIMARY KEY (provider_id, offer_id),
  FOREIGN KEY (provider_id, slot_id) REFERENCES slot (provider_id, slot_id),
  FOREIGN KEY (provider_id, case_id) REFERENCES care_case (provider_id, case_id),
  UNIQUE (provider_id, slot_id, case_id),
  CHECK ((state = 'offered') = (answered_at IS NULL))
);
CREATE UNIQUE INDEX slot_offer_one ON slot_offer (provider_id, slot_id) WHERE state = 'offered';
CREATE UNIQUE INDEX slot_offer_one_of_case ON slot_offer (provider_id, case_id) WHERE state = 'offered';

ALTER TABLE schedule ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE schedule_rule ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE schedule_closed ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE slot ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE slot_hold ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE appointment ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE earlier_wish ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE slot_offer ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
-- Times name no patient, and whoever has a ticket looks for one. Only the provider changes them: a patient's verb checks,
-- and then widens its own transaction.
CREATE POLICY schedule_seen ON schedule FOR SELECT USING (true);
CREATE POLICY schedule_scope ON schedule USING (provider_id = (SELECT scope_provider()));
CREATE POLICY schedule_rule_scope ON schedule_rule USING (provider_id = (SELECT scope_provider()));
CREATE POLICY schedule_closed_scope ON schedule_closed USING (provider_id = (SELECT scope_provider()));
CREATE POLICY slot_seen ON slot FOR SELECT USING (true);
CREATE POLICY slot_scope ON slot USING (provider_id = (SELECT scope_provider()));
CREATE POLICY slot_hold_scope ON slot_hold USING (provider_id = (SELECT scope_provider()));
CREATE POLICY slot_hold_seen ON slot_hold FOR SELECT USING (person_id = ANY ((SELECT scope_persons())::bigint[]));
CREATE POLICY appointment_scope ON appointment USING (provider_id = (SELECT scope_provider()));
CREATE POLICY appointment_seen ON appointment FOR SELECT USING (person_id = ANY ((SELECT scope_persons())::bigint[]));
CREATE POLICY appointment_not_closed ON appointment AS RESTRICTIVE USING ((SELECT scope_closed()) IS NULL
  OR (provider_id || '-' || person_id) <> ALL ((SELECT scope_closed())::text[]));
CREATE POLICY earlier_wish_scope ON earlier_wish USING (provider_id = (SELECT scope_provider()));
CREATE POLICY earlier_wish_seen ON earlier_wish FOR SELECT USING (person_id = ANY ((SELECT scope_persons())::bigint[]));
CREATE POLICY slot_offer_scope ON slot_offer USING (provider_id = (SELECT scope_provider()));
CREATE POLICY slot_offer_seen ON slot_offer FOR SELECT USING (person_id = ANY ((SELECT scope_persons())::bigint[]));
CREATE POLICY slot_hold_not_closed ON slot_hold AS RESTRICTIVE USING ((SELECT scope_closed()) IS NULL
  OR (provider_id || '-' || person_id) <> ALL ((SELECT scope_closed())::text[]));
CREATE POLICY earlier_wish_not_closed ON earlier_wish AS RESTRICTIVE USING ((SELECT scope_closed()) IS NULL
  OR (provider_id || '-' || person_id) <> ALL ((SELECT scope_closed())::text[]));
CREATE POLICY slot_offer_not_closed ON slot_offer AS RESTRICTIVE USING ((SELECT scope_closed()) IS NULL
  OR (provider_id || '-' || person_id) <> ALL ((SELECT scope_closed())::text[]));
GRANT USAGE ON SEQUENCE schedule_number, slot_number, appointment_number TO vardlots_app;
GRANT SELECT, INSERT ON schedule, schedule_rule, schedule_closed, slot, appointment, earlier_wish, slot_offer
  TO vardlots_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON slot_hold TO vardlots_app;
GRANT UPDATE (name, active) ON schedule TO vardlots_app;
GRANT UPDATE (opened_through, ended_at) ON schedule_rule TO vardlots_app;
GRANT UPDATE (lifted_at) ON schedule_closed TO vardlots_app;
GRANT UPDATE (schedule_id, unit_id, role, staff_id, starts_at, ends_at, state, why, held_until, changed_at) ON slot
  TO vardlots_app;
GRANT UPDATE (state, ended_at, why) ON appointment TO vardlots_app;
GRANT UPDATE (unit_id, wished_at, ended_at) ON earlier_wish TO vardlots_app;
GRANT UPDATE (state, answered_at) ON slot_offer TO vardlots_app;
-- The date filter lists what came in, in whichever state it is.
CREATE INDEX care_case_booked_came ON care_case (provider_id, unit_id, arrived_at, case_id) WHERE phase = 'booked';
