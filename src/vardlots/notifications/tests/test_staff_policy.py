"""What is news of each kind to staff and whom it is meant for, as the routine says it; and what its text may say."""

import msgspec
import pytest
from tests.cast import Cast

from vardlots.access.actor import StaffActor
from vardlots.cases.model import Case, Phase
from vardlots.cases.queries import readable_case
from vardlots.notifications.configured import MOST_PARTS, preview
from vardlots.notifications.model import OF_TIMES, StaffNoticeKind
from vardlots.notifications.staff import policy
from vardlots.notifications.staff.policy import Facts, Whom
from vardlots.notifications.texts import load_texts
from vardlots.platform import clock

K = StaffNoticeKind


async def waiting(given: Cast) -> Case:
    ref = await given.waiting_case(given.elin)
    async with given.database.transaction(given.ylva.scope) as connection:
        return await readable_case(connection, by=given.ylva, ref=ref)


@pytest.mark.parametrize("lang", ["sv", "en"])
@pytest.mark.parametrize("kind", list(StaffNoticeKind))
def test_a_text_says_where_and_never_whom(kind: K, lang: str) -> None:
    told = preview(
        f"staff_{kind}",
        load_texts(link="https://vard.example", links=True).written(f"staff_{kind}", lang),
        provider="",
        unit="Ängsvikens hälsocentral och familjecentral",
    )
    assert told.text.startswith("Ängsvikens hälsocentral och familjecentral: ")
    assert told.segments.gsm
    assert told.segments.parts <= MOST_PARTS
    assert "://" not in told.text
    assert "{" not in told.text


@pytest.mark.parametrize("phase", list(Phase))
@pytest.mark.parametrize("kind", list(StaffNoticeKind))
async def test_every_kind_in_every_phase(given: Cast, kind: K, phase: Phase) -> None:
    """Pure: what is news, as the routine says it."""
    case = await waiting(given)
    waits, open_, over = (
        phase is Phase.QUEUED,
        phase in (Phase.ACCEPTED, Phase.ONGOING),
        phase is Phase.FOLLOW_UP,
    )
    now = msgspec.structs.replace(
        case,
        phase=phase,
        staff_read_n=3,
        handover_n=4 if open_ else None,
        chase="call" if phase is Phase.ONGOING else None,
    )
    expected = {
        K.NEW_PATIENT: waits,
        K.WORSE: waits or open_,
        K.NEW_MESSAGE: over,
        K.HANDOVER: open_,
        K.HANDOVER_ANSWERED: True,
        K.GUEST_INVITED: open_,
        K.RESUMED: open_,
        K.MUST_CALL: phase is Phase.ONGOING,
        K.EXPORT_FAILED: True,
        K.LEFT_OPEN: open_,
        K.TIME_BOOKED: phase is Phase.BOOKED,
        K.TIME_CANCELLED: True,
        K.TIME_SOON: phase in (Phase.BOOKED, Phase.ACCEPTED),
        K.NOT_STARTED: phase is Phase.BOOKED,
    }
    assert policy.is_news(kind, now, 4, Facts()) is expected[kind]
    of_facts = (K.HANDOVER_ANSWERED, K.GUEST_INVITED, K.RESUMED, K.EXPORT_FAILED, *OF_TIMES)
    if kind in of_facts:
        assert not policy.is_news(kind, now, 4, Facts(settled=True))
    if kind in (K.NEW_MESSAGE, K.LEFT_OPEN):
        assert not policy.is_news(kind, now, 3, Facts())
    if kind is K.HANDOVER:
        assert not policy.is_news(kind, now, 3, Facts())
    if kind in (K.LEFT_OPEN, K.RESUMED):
        paused = msgspec.structs.replace(now, paused_until=clock.now())
        assert not policy.is_news(kind, paused, 4, Facts())


async def test_nobody_is_meant_where_nobody_has_the_visit(given: Cast) -> None:
    case = await waiting(given)
    for kind in (K.RESUMED, K.LEFT_OPEN, K.EXPORT_FAILED, K.GUEST_INVITED, K.HANDOVER_ANSWERED):
        to = policy.whom(kind, case, Facts())
        assert (to.person, to.role) == (None, None)
    assert policy.whom(K.EXPORT_FAILED, case, Facts(person=7)) == Whom(person=7)
    assert policy.whom(K.LEFT_OPEN, _owned(case, given.ylva), Facts()).off_shift


def _owned(case: Case, by: StaffActor) -> Case:
    return msgspec.structs.replace(case, owner_staff_id=by.staff_id, phase=Phase.ONGOING)
