"""The colleagues' own talk as `conversations/bubble.html` draws it: own side is one's own words, not all of staff's."""

from typing import Any

from vardlots.access.actor import StaffActor
from vardlots.cases.model import CaseRef
from vardlots.conversations.drawing import attached_as_drawn
from vardlots.conversations.talk.queries import Aside
from vardlots.platform import clock
from vardlots.platform.pages import clock_time


def drawn(found: Aside, *, by: StaffActor, base: str, fresh: bool = False) -> list[dict[str, Any]]:
    """The rows as dicts for the template; a row on a new day carries that `day`. `base` is the case's address."""
    day = clock.local(found.since).date() if found.since else None
    read = found.read_by_others(by)
    rows: list[dict[str, Any]] = []
    for row in found.rows:
        own_day = clock.local(row.at).date()
        mine = row.author_id == by.staff_id
        attached = [found.files[one] for one in row.body.get("attachments", ()) if one in found.files]
        rows.append(
            {
                "n": row.n,
                "kind": "message",
                "side": "me" if mine else "them",
                "text": row.body.get("text", ""),
                "name": None if mine else row.author_name,
                "time": clock_time(row.at),
                "datetime": row.at.isoformat(timespec="seconds"),
                "automatic": False,
                "information": False,
                "state": ("read" if row.n <= read else "sent") if mine else None,
                "fresh": fresh,
                **attached_as_drawn(attached, base),
                **({"day": row.at, "days_ago": (clock.today() - own_day).days} if own_day != day else {}),
            }
        )
        day = own_day
    return rows


def topics_of(ref: CaseRef) -> str:
    """The topics that a page with the talk listens to."""
    return f"talk:{ref} typing:talk-{ref}"
