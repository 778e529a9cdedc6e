"""Who may change which times: every role by every kind of schedule."""

import pytest

from vardlots.access.actor import StaffActor
from vardlots.booking.schedules.policy import may_change, may_see, require_change
from vardlots.clinics.model import ROLES
from vardlots.platform.errors import Forbidden, NotFound

ALL = {"nurse", "medical_admin", "care_coordinator", "head_of_unit"}
NONE = {"system_admin", "log_reviewer"}


def actor(role: str) -> StaffActor:
    known = ROLES[role]
    return StaffActor(
        staff_id=7,
        provider_id=1,
        unit_id=3,
        unit_ids=frozenset({3}),
        role=role,
        clinical=known.clinical,
        name="A B",
        title="",
        cares=known.cares,
        administers=known.administers,
    )


@pytest.mark.parametrize("role", sorted(ROLES))
@pytest.mark.parametrize(("unit_id", "staff_id"), [(3, 7), (3, 8), (3, None), (4, 7), (4, None)])
def test_every_role_by_every_kind_of_schedule(role: str, unit_id: int, staff_id: int | None) -> None:
    by = actor(role)
    expected = unit_id == 3 and role not in NONE and (role in ALL or staff_id == 7)
    assert may_change(by, unit_id=unit_id, staff_id=staff_id) is expected
    assert may_see(by, unit_id=unit_id) is (unit_id == 3 and role not in NONE)


def test_whoever_does_not_see_a_schedule_is_told_nothing_and_whoever_does_is_told_why() -> None:
    require_change(actor("nurse"), provider_id=1, unit_id=3, staff_id=None)
    with pytest.raises(Forbidden):
        require_change(actor("physician"), provider_id=1, unit_id=3, staff_id=8)
    for where in ({"provider_id": 1, "unit_id": 4}, {"provider_id": 2, "unit_id": 3}):
        with pytest.raises(NotFound):
            require_change(actor("nurse"), staff_id=None, **where)
