"""What subjects beside the case itself add to the visit: each reads its own, in the visit's transaction, as template
context.

A subject adds its `read` to `READERS`, and the parts of the page that fetch themselves anew to `PARTS`.
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any, NamedTuple, TypeAlias

from vardlots.access.actor import StaffActor
from vardlots.platform.db import Connection
from vardlots.worklist.booking.scheduled_visit import read_booked
from vardlots.worklist.note_panel import read_note
from vardlots.worklist.referral_visit import read_referral
from vardlots.worklist.visit_chase import read_chase
from vardlots.worklist.visit_end import read_ending
from vardlots.worklist.visit_forms import read_forms
from vardlots.worklist.visit_guests import read_guests
from vardlots.worklist.visit_handover import read_handover
from vardlots.worklist.visit_new import read_new
from vardlots.worklist.visit_pause import read_pause, read_urgent
from vardlots.worklist.visit_phrases import read_phrases
from vardlots.worklist.visit_read import Visit
from vardlots.worklist.visit_talk import read_talk

# connection, by, the visit, the reader's language
Reader: TypeAlias = Callable[[Connection, StaffActor, Visit, str], Awaitable[Mapping[str, Any]]]

READERS: tuple[Reader, ...] = (
    read_chase,
    read_ending,
    read_handover,
    read_pause,
    read_guests,
    read_talk,
    read_note,
    read_forms,
    read_phrases,
    read_new,
    read_booked,
    read_referral,
)


class Part(NamedTuple):
    """A part of the page that fetches itself anew: its template, and the subjects that it draws from.

    A change of the case makes every part on the page ask at once, so that each reads no more than it shows; and whether
    whoever asks is a guest who comes for the first time.
    """

    template: str
    draws: tuple[Reader, ...]

    @property
    def readers(self) -> tuple[Reader, ...]:
        return (read_guests, *self.draws)


PARTS: Mapping[str, Part] = {
    "head": Part("worklist/visit_head.html", (read_talk, read_new)),
    "strip": Part("worklist/visit_strip.html", ()),
    "dock": Part("worklist/visit_dock.html", (read_chase, read_ending, read_forms, read_phrases)),
    "overview": Part("worklist/visit_overview.html", (read_forms,)),
    "foot": Part("worklist/visit_foot.html", (read_handover, read_pause)),
    "chase": Part("worklist/visit_chase.html", (read_chase,)),
    "no-answer": Part("worklist/visit_no_answer.html", (read_chase,)),
    "end-files": Part("worklist/visit_end_files.html", (read_ending,)),
    "pause-urgent": Part("worklist/visit_pause_urgent.html", (read_urgent,)),
    "handover": Part("worklist/visit_handover.html", (read_handover, read_pause)),
    "signed": Part("worklist/visit_signed.html", (read_note,)),
    "booked": Part("worklist/scheduled_visit.html", (read_booked,)),
    "leaving": Part("worklist/referral_visit.html", (read_referral,)),
    "forms": Part("worklist/visit_forms.html", (read_forms,)),
}


async def read_extras(
    connection: Connection, by: StaffActor, found: Visit, lang: str, readers: Iterable[Reader] = READERS
) -> dict[str, Any]:
    """The context that the subjects add; two that use one name would hide each other, so that is an error."""
    told: dict[str, Any] = {}
    for reader in readers:
        for name, value in (await reader(connection, by, found, lang)).items():
            if name in told:
                raise AssertionError(f"two subjects add {name} to the visit")
            told[name] = value
    return told
