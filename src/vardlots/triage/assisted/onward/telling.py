"""What the unit reads of a call: what triage came to, the history as it was told, the number. Pure.

In Swedish, as what is written in a case is.
"""

from vardlots.consultations.checks import PROBLEM_MAX
from vardlots.platform.i18n import N_, SOURCE, text
from vardlots.tickets.staff.policy import INFORMATION_MAX
from vardlots.triage.anamnesis import history
from vardlots.triage.assisted.model import Caller, Decided
from vardlots.triage.assisted.queries import Triage
from vardlots.triage.interview import outcome
from vardlots.triage.model import Level

_LEVELS = {
    Level.PHYSICAL.value: N_("besök på plats"),
    Level.DIGITAL.value: N_("digitalt"),
    Level.TELEPHONE.value: N_("telefon"),
}
_CALLERS = {
    Caller.SELF: N_("patienten själv"),
    Caller.GUARDIAN: N_("vårdnadshavare"),
    Caller.OTHER: N_("någon annan"),
}


def told_of(found: Triage, decided: Decided, *, note: str = "", most: int = PROBLEM_MAX) -> str:
    """The text that goes with it, at most `most` signs long."""
    kept, call = found.kept, found.assisted.call
    assert kept.outcome is not None
    own = kept.outcome["scheme_priority"]
    told = history(kept.interview(), SOURCE)
    reason = kept.practice.name(kept.reason, SOURCE)
    role = kept.practice.roles.of(str(kept.outcome["role"])).said(SOURCE).lower()
    level = text(SOURCE, _LEVELS.get(str(kept.outcome["level"]), ""))
    lines = [
        text(SOURCE, "{reason}. Assisterad triage på telefon.", reason=reason),
        text(SOURCE, "Utfall: prioritet {n}, {level}, {role}.", n=own, level=level, role=role),
    ]
    if decided.priority != own:
        changed = N_("Prioriteten är ändrad till {n}: {why}")
        lines.append(text(SOURCE, changed, n=decided.priority, why=decided.reason))
    lines += [f"{row.label}: {row.text}" for row in told.rows]
    if told.denied:
        lines.append(text(SOURCE, "Nekar: {what}.", what=", ".join(told.denied)))
    if call.phone:
        caller = text(SOURCE, _CALLERS[call.caller])
        lines.append(text(SOURCE, "Ring upp på {phone}. På linjen var {who}.", phone=call.phone, who=caller))
    if note:
        lines.append(text(SOURCE, "Anteckning: {note}", note=note))
    whole = "\n".join(lines)
    return whole if len(whole) <= most else f"{whole[: most - 1]}…"


def lead(found: Triage) -> str:
    """What the patient reads on a ticket: what the outcome said first."""
    said = outcome(found.kept.interview(), found.person.language)
    return said.lead[:INFORMATION_MAX]
