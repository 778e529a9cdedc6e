"""Marks that a reviewer may look for. Each is one rule that can be read; none of them says that something is wrong.

A rule is a condition on a row of the log, `l`, about what a member of staff did with a patient's data. It reads only
the provider's own rows. The log is never read to decide what somebody may do (ARCHITECTURE.md, promise 5).
"""

import msgspec

from vardlots.audit.words import Kind, of_kinds
from vardlots.platform.i18n import N_

MANY = 20  # accesses of one person to one patient
MANY_DAYS = 7  # before and after
NIGHT_FROM, NIGHT_TO = 22, 6  # hours in Sweden, as the law on working hours has them


class Marker(msgspec.Struct, frozen=True):
    """A mark: its short name, the rule in words, the rule in SQL; `first`, where the rule is dear, holds for every row
    that it holds for and is computed once ($1 the provider, $6 and $7 the time)."""

    label: str
    rule: str
    condition: str
    first: str = "true"


_OPENINGS = ", ".join(f"'{code}'" for code in of_kinds({Kind.OPEN}))
_SAME_FAMILY = """EXISTS (SELECT FROM staff s, {{person}} p WHERE s.staff_id = l.actor_id AND p.person_id = l.person_id
  AND lower(s.family_name) = lower(p.family_name){more})"""

MARKERS: dict[str, Marker] = {
    "same_name": Marker(
        N_("Samma namn"),
        N_("Den som läste heter som patienten i både förnamn och efternamn: kan vara den egna journalen."),
        _SAME_FAMILY.format(more=" AND lower(s.given_name) = lower(p.given_name)"),
    ),
    "family_name": Marker(
        N_("Samma efternamn"),
        N_("Den som läste har samma efternamn som patienten: kan vara en närstående."),
        _SAME_FAMILY.format(more=" AND lower(s.given_name) <> lower(p.given_name)"),
    ),
    "outside": Marker(
        N_("Utanför sin resurs"),
        N_("Ärendet eller patientens sida öppnades av någon som fick ange ett skäl."),
        f"(l.reason IS NOT NULL AND l.action IN ({_OPENINGS}))",
    ),
    "night": Marker(
        N_("Natt utan skift"),
        N_("Klockan var mellan 22 och 6, och den som läste hade inget skift."),
        f"""((extract(hour FROM l.at AT TIME ZONE 'Europe/Stockholm') >= {NIGHT_FROM}
  OR extract(hour FROM l.at AT TIME ZONE 'Europe/Stockholm') < {NIGHT_TO})
  AND NOT EXISTS (SELECT FROM shift h WHERE h.provider_id = l.provider_id AND h.staff_id = l.actor_id
                  AND h.started_at <= l.at AND coalesce(h.ended_at, 'infinity') >= l.at))""",
    ),
    "protected": Marker(
        N_("Skyddad person"),
        N_("Patienten har skyddade personuppgifter."),
        "EXISTS (SELECT FROM {person} p WHERE p.person_id = l.person_id AND p.protected)",
    ),
    "many": Marker(
        N_("Många åtkomster"),
        N_(
            "Minst 20 åtkomster inom en vecka till samma patient, som den som läste inte har något ärende med."
        ),
        # The scope is the provider already; named here, or with the member of staff as the index has it, the planner
        # goes through everybody's rows of two weeks instead of the patient's.
        f"""(NOT EXISTS (SELECT FROM care_case c WHERE c.provider_id = l.provider_id AND c.person_id = l.person_id
                         AND c.owner_staff_id = l.actor_id)
  AND {MANY} <= (SELECT count(*) FROM (
    SELECT FROM access_log o WHERE o.person_id = l.person_id
      AND o.at BETWEEN l.at - interval '{MANY_DAYS} days' AND l.at + interval '{MANY_DAYS} days'
      AND o.actor_kind = 'staff' AND o.actor_id + 0 = l.actor_id LIMIT {MANY}) seen))""",
        # Who has read anybody so often at all, in one look over the time.
        f"""(l.actor_id, l.person_id) IN (
  SELECT o.actor_id, o.person_id FROM access_log o
  WHERE o.provider_id = $1 AND o.actor_kind = 'staff' AND o.person_id IS NOT NULL
    AND o.at >= $6 - interval '{MANY_DAYS} days' AND o.at < $7 + interval '{MANY_DAYS} days'
  GROUP BY 1, 2 HAVING count(*) >= {MANY})""",
    ),
}
ABOUT_STAFF = "l.actor_kind = 'staff' AND l.person_id IS NOT NULL"


def condition(marker: str, person: str = "person") -> str:
    """The condition of a mark, guarded: rows of patients and of the system never have one. `person` is where persons
    are looked up: a part of a statement that has read them already saves the policies of their table."""
    return f"({ABOUT_STAFF} AND {MARKERS[marker].condition.replace('{person}', person)})"


def sought(marker: str) -> str:
    """The condition of a mark that is looked for among many rows."""
    return f"({MARKERS[marker].first} AND {condition(marker)})"


def every_condition(person: str) -> str:
    """An array of the marks that a row has, in SQL."""
    parts = ", ".join(f"CASE WHEN {condition(code, person)} THEN '{code}' END" for code in MARKERS)
    return f"array_remove(ARRAY[{parts}], NULL)"
