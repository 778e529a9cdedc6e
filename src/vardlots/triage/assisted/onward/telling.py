"""What the unit reads of a call: what triage came to, the history as it was told, the number. Pure.

In Swedish, as what is written in a case is.
"""

from vardlots.consultations.checks import PROBLEM_MAX
from vardlots.platform.i18n import SOURCE, text
from vardlots.tickets.staff.policy import INFORMATION_MAX
from vardlots.triage.anamnesis import history
from vardlots.triage.assisted.model import Caller, Decided
from vardlots.triage.assisted.queries import Triage
from vardlots.triage.interview import outcome
from vardlots.triage.model import Level

# Who it is with protected identity is told to nobody who does not know it.
HIDDEN = "Skyddade personuppgifter"
_LEVELS = {
    Level.PHYSICAL.value: "besök på plats",
    Level.DIGITAL.value: "digitalt",
    Level.TELEPHONE.value: "telefon",
}
_CALLERS = {
    Caller.SELF: "patienten själv",
    Caller.GUARDIAN: "vårdnadshavare",
    Caller.OTHER: "någon annan",
}


def told_of(found: Triage, decided: Decided, *, note: str = "", most: int = PROBLEM_MAX) -> str:
    """The text that goes with it, at most `most` signs long."""
    kept, call = found.kept, found.assisted.call
    assert kept.outcome is not None
    told = history(kept.interview(), SOURCE)
    level = _LEVELS.get(str(kept.outcome["level"]), "")
    role = text(SOURCE, kept.practice.roles.of(str(kept.outcome["role"])).said(SOURCE))
    lines = [
        f"{kept.practice.name(kept.reason, SOURCE)}. Assisterad triage på telefon.",
        f"Utfall: prioritet {kept.outcome['scheme_priority']}, {level}, {role.lower()}.",
    ]
    if decided.priority != kept.outcome["scheme_priority"]:
        lines.append(f"Prioriteten är ändrad till {decided.priority}: {decided.reason}")
    lines += [f"{row.label}: {row.text}" for row in told.rows]
    if told.denied:
        lines.append(f"Nekar: {', '.join(told.denied)}.")
    if call.phone:
        lines.append(f"Ring upp på {call.phone}. På linjen var {_CALLERS[call.caller]}.")
    if note:
        lines.append(f"Anteckning: {note}")
    whole = "\n".join(lines)
    return whole if len(whole) <= most else f"{whole[: most - 1]}…"


def lead(found: Triage) -> str:
    """What the patient reads on a ticket: what the outcome said first."""
    said = outcome(found.kept.interview(), found.person.language)
    return said.lead[:INFORMATION_MAX]
