"""Who may write down, end and lift a block. Pure: None, or a refusal to raise."""

from vardlots.access.actor import StaffActor
from vardlots.blocks.model import LONGEST, REASON_MAX, Basis
from vardlots.platform.errors import Forbidden, Invalid, Refusal, WrongState


def may_keep(by: StaffActor) -> Refusal | None:
    """Any carer of the provider writes down what a patient asks for, wherever they ask."""
    return None if by.cares else Forbidden("Din roll öppnar inga ärenden.", code="not_carer")


def may_end(by: StaffActor, unit_id: int) -> Refusal | None:
    """The unit that the block is about ends it at the patient's word: nobody else could read by ending it."""
    if refusal := may_keep(by):
        return refusal
    if by.at_home(unit_id):
        return None
    return Forbidden("Spärren hävs av enheten som den gäller. Be patienten kontakta den.", code="other_unit")


def may_lift(by: StaffActor, unit_id: int, basis: Basis, reason: str, hours: int) -> Refusal | None:
    """Whoever cares at another unit lifts a block for themself, saying why and for how long.

    At the blocked unit nothing is blocked, so there is nothing to lift.
    """
    if refusal := may_keep(by):
        return refusal
    if by.at_home(unit_id):
        return WrongState("Ärendet är inte spärrat för dig.", code="not_blocked")
    if not reason.strip():
        return Invalid("reason", "Skriv varför du behöver läsa.")
    if refusal := wrong_reason("reason", reason):
        return refusal
    if hours < 1:
        return Invalid("hours", "Välj hur länge du behöver läsa.")
    if hours > LONGEST[basis] and basis is Basis.EMERGENCY:
        return Invalid(
            "hours", "En nödsituation gäller högst {most} timmar. Välj en kortare tid.", most=LONGEST[basis]
        )
    if hours > LONGEST[basis]:
        return Invalid(
            "hours", "Ett samtycke gäller högst {most} dagar. Välj en kortare tid.", most=LONGEST[basis] // 24
        )
    return None


def wrong_reason(field: str, reason: str) -> Invalid | None:
    """A reason that is too long to keep."""
    if len(reason.strip()) > REASON_MAX:
        return Invalid(field, "Korta ner skälet till högst {most} tecken.", most=REASON_MAX)
    return None
