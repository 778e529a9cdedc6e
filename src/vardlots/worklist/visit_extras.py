"""What subjects beside the case itself add to the visit: each reads its own, in the visit's transaction, as template
context.

A subject adds its `read` to `READERS`, and the parts of the page that fetch themselves anew to `PARTS`.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeAlias

from vardlots.access.actor import StaffActor
from vardlots.platform.db import Connection
from vardlots.worklist.note_panel import read_note
from vardlots.worklist.visit_chase import read_chase
from vardlots.worklist.visit_end import read_ending
from vardlots.worklist.visit_forms import read_forms
from vardlots.worklist.visit_guests import read_guests
from vardlots.worklist.visit_handover import read_handover
from vardlots.worklist.visit_pause import read_pause
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
)
PARTS: Mapping[str, str] = {
    "chase": "worklist/visit_chase.html",
    "no-answer": "worklist/visit_no_answer.html",
    "end-files": "worklist/visit_end_files.html",
    "handover": "worklist/visit_handover.html",
    "signed": "worklist/visit_signed.html",
    "forms": "worklist/visit_forms.html",
}


async def read_extras(connection: Connection, by: StaffActor, found: Visit, lang: str) -> dict[str, Any]:
    """The context that every subject adds; two that use one name would hide each other, so that is an error."""
    told: dict[str, Any] = {}
    for reader in READERS:
        for name, value in (await reader(connection, by, found, lang)).items():
            if name in told:
                raise AssertionError(f"two subjects add {name} to the visit")
            told[name] = value
    return told
