"""*Fraser* in the visit: what can be put into the box, filled in for the one who reads, in their language."""

from datetime import timedelta
from typing import Any

from litestar import Response, get

from vardlots.access import web
from vardlots.access.actor import StaffActor
from vardlots.access.web import Web
from vardlots.audit.log import access
from vardlots.cases import policy
from vardlots.cases.model import Verb
from vardlots.cases.states import allows
from vardlots.cases.web import house, read_log, ref
from vardlots.conversations.phrases import PLACEHOLDERS, Phrase, Whose, fill, find, phrases_for, values_for
from vardlots.platform import clock, pages
from vardlots.platform.db import Connection
from vardlots.platform.pages import clock_time
from vardlots.worklist.shell import context, open_desk
from vardlots.worklist.visit_draw import base_of
from vardlots.worklist.visit_read import Visit, read_visit

# The time that is put where a phrase wants one, for the writer to change: the two hours within which a silent patient
# is to answer (user manual of 1177 direkt), and no promise shorter than that.
AHEAD = timedelta(hours=2)


async def read_phrases(connection: Connection, by: StaffActor, found: Visit, _lang: str) -> dict[str, Any]:
    """The phrases of whoever may write here now, as `worklist/visit_composer_tools.html` draws them."""
    shown = may_write(found)
    base = base_of(found)
    items = [_drawn(one, found) for one in await phrases_for(connection, by)] if shown else []
    return {
        "phrases": {
            "shown": shown,
            "items": items,
            "href": f"{base}/phrases",
            "own_href": "/staff/settings/phrases",
            "placeholders": " ".join(PLACEHOLDERS),
            "ahead_minutes": int(AHEAD.total_seconds() // 60),
        }
    }


def may_write(found: Visit) -> bool:
    """Whether the actor may write to the patient now."""
    return allows(found.case.phase, Verb.WRITE) and (
        policy.may(found.by, Verb.WRITE, found.case, clock.now(), found.rights) is None
    )


def _drawn(phrase: Phrase, found: Visit) -> dict[str, Any]:
    values = values_for(found.by, patient=found.actor_name, unit=found.unit.name, lang=found.actor_language)
    return {
        "code": phrase.code,
        "title": phrase.title,
        "text": fill(phrase, values, found.actor_language),
        "words": " ".join(phrase.words),
        "own": phrase.whose is Whose.OWN,
    }


def chosen(extras: dict[str, Any], code: str) -> str:
    """The text of the phrase that the address names, with a time in it, for the box of a page without script."""
    items = extras["phrases"]["items"] if code else ()
    text = next((str(one["text"]) for one in items if one["code"] == code), "")
    return text.replace("{time}", clock_time(clock.now() + AHEAD))


@get("/staff/cases/{ref:str}/phrases")
async def phrase_list(request: Web) -> Response[Any]:
    """The phrases as a page, searched by `?q=`: each leads back to the visit with its text in the box."""
    by = await web.carer(request)
    at = ref(request)
    typed = request.query_params.get("q", "")[:60]
    async with house(request).database.transaction(by.scope) as connection:
        found = await read_visit(connection, by=by, ref=at)
        desk = await open_desk(request, connection, by)
        listed = await phrases_for(connection, by) if may_write(found) else []
    await read_log(request).record(
        access(by, "read", provider_id=at.provider_id, person_id=found.case.person_id, case_id=at.case_id)
    )
    values = {
        **context(desk, "drop-in", f"/staff/cases/{at}"),
        "base": f"/staff/cases/{at}",
        "typed": typed,
        "may_write": may_write(found),
        "items": [_drawn(one, found) for one in find(listed, typed)],
    }
    return pages.page(request, "worklist/phrases.html", values)
