"""*Mina ärenden* and *Mina meddelanden*, of everybody one acts for or of one of them; and the tabs with what is new."""

from typing import Any

from litestar import Response, get
from litestar.types import ControllerRouterHandler

from vardlots.access.actor import PatientActor
from vardlots.access.web import Web, patient
from vardlots.cases import web
from vardlots.people.queries import Person
from vardlots.platform import i18n, pages
from vardlots.platform.pages import see
from vardlots.triage import queries, words
from vardlots.triage.home import case_row, chosen_person, note_list_read, people_chips
from vardlots.triage.news import news
from vardlots.triage.queries import OwnCase

TABS = ("home", "cases", "messages")


@get("/my")
async def my() -> Response[bytes]:
    """The old address of home."""
    return see("/")


@get("/my/cases")
async def my_cases(request: Web) -> Response[str]:
    """Every case of oneself and one's children; each says who it is about."""
    return await _list(request, "cases", only_talks=False)


@get("/my/messages")
async def my_messages(request: Web) -> Response[str]:
    """The cases in which something has been said, the latest first."""
    return await _list(request, "messages", only_talks=True)


async def _list(request: Web, tab: str, *, only_talks: bool) -> Response[str]:
    by = await patient(request)
    async with web.house(request).database.transaction(by.scope) as connection:
        household = await queries.household(connection, by)
        chosen = chosen_person(request, household, by) if request.query_params.get("for") else None
        ids = by.ids_of(chosen.person_id) if chosen else list(by.persons)
        cases = await queries.own_cases(connection, by=by, person_ids=ids, only_talks=only_talks)
        new = await news(connection, by=by)
    await note_list_read(request, by, cases)
    named = household if len(household) > 1 and chosen is None else {}
    over = [one for one in cases if not only_talks and queries.is_over(one.case)]
    path = f"/my/{tab}"
    everybody = {"href": path, "name": i18n.text(by.lang, "Alla"), "active": chosen is None}
    for_child = chosen is not None and chosen.person_id != by.person_id
    context = {
        "rows": [_row(one, named, by) for one in cases if one not in over],
        "over": [_row(one, named, by) for one in over],
        "people": [everybody, *people_chips(household, chosen, by, new, path)] if len(household) > 1 else [],
        "topic": f"person:{by.person_id}",
        "address": f"{path}?for={chosen.person_id}" if chosen else path,
        "seek_url": f"/care?for={chosen.person_id}" if chosen and for_child else "/care",
        "messages": only_talks,
    }
    return pages.page(request, "people/cases.html", words.shell(by.name, tab, new) | context)


def _row(own: OwnCase, named: dict[int, Person], by: PatientActor) -> dict[str, Any]:
    """A case, and whom it is about where there is more than one to mix up."""
    person = named.get(by.main(own.case.person_id))
    if person is None:
        return case_row(own, by.lang)
    is_own = person.person_id == by.person_id
    return case_row(own, by.lang, i18n.text(by.lang, "du") if is_own else words.person_words(person, by.lang))


@get("/my/tabs")
async def tabs(request: Web) -> Response[str]:
    """The tabs alone, with how much is new: fetched again by the page when a signal says so."""
    by = await patient(request)
    async with web.house(request).database.transaction(by.scope) as connection:
        new = await news(connection, by=by)
    at = request.query_params.get("at", "")
    return pages.page(request, "tabs.html", words.shell(by.name, at if at in TABS else "", new))


def list_routes() -> list[ControllerRouterHandler]:
    """The handlers of this file."""
    return [my, my_cases, my_messages, tabs]
