"""What the tests of notices share: a sender that remembers, and staff who want everything."""

from dataclasses import dataclass, field

from tests.cast import Cast

from vardlots.access.actions import start_shift
from vardlots.access.actor import StaffActor, SystemActor
from vardlots.cases.model import CaseRef
from vardlots.notifications.actions import Post
from vardlots.notifications.model import Sms, StaffNoticeKind
from vardlots.notifications.staff import policy
from vardlots.notifications.staff.actions import tell, write_down
from vardlots.notifications.texts import load_texts
from vardlots.platform.db import NOBODY

NUMBERS = {
    "ylva": "+46701740605",
    "hamid": "+46701740606",
    "siri": "+46701740608",
    "olle": "+46701740609",
    "petra": "+46701740610",
    "nora": "+46701740611",
}


@dataclass
class Phones:
    """A sender that remembers what it was handed, and breaks when told to."""

    handed: list[Sms] = field(default_factory=list)
    breaks: BaseException | None = None

    async def send(self, sms: Sms) -> None:
        if self.breaks is not None:
            raise self.breaks
        self.handed.append(sms)

    @property
    def numbers(self) -> list[str]:
        """Which numbers have shown something."""
        return sorted(sms.recipient for sms in self.handed)

    @property
    def names(self) -> list[str]:
        """Whose phones have shown something, by the cast's names."""
        whose = {number: name for name, number in NUMBERS.items()}
        return sorted(whose[sms.recipient] for sms in self.handed)


def post_with(given: Cast, phones: Phones) -> Post:
    """The worker's house with these phones."""
    return Post(given.database, given.house.hub, sms=phones, texts=load_texts())


def system(ref: CaseRef) -> SystemActor:
    return SystemActor(ref.provider_id, "test")


async def wants(given: Cast, *names: str, choice: bool = True, mobile: bool = True) -> None:
    """Staff with a number and all choices made, or none."""
    for name in names:
        by: StaffActor = getattr(given, name)
        async with given.database.transaction(NOBODY) as connection:
            await connection.execute(
                "UPDATE staff SET mobile = $2, notices = $3 WHERE staff_id = $1",
                by.staff_id,
                NUMBERS[name] if mobile else None,
                {policy.choice(kind): choice for kind in StaffNoticeKind},
            )


async def on_shift(given: Cast, *names: str) -> None:
    """A shift of each, at their own unit."""
    for name in names:
        by: StaffActor = getattr(given, name)
        await start_shift(given.database, by=by, unit_id=by.unit_id, role=by.role, shift_type="primary")


async def sent(post: Post, ref: CaseRef, kind: StaffNoticeKind, n: int) -> list[int]:
    """Both jobs, as the worker runs them. Returns the texts' numbers."""
    ids = await write_down(post, by=system(ref), ref=ref, kind=kind, n=n)
    for notice_id in ids:
        await tell(post, by=system(ref), notice_id=notice_id)
    return ids
