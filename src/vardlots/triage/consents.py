"""What a patient has consented to, provider by provider, and taking it back (requirement A11)."""

from typing import Any

from litestar import Response, get, post
from litestar.types import ControllerRouterHandler

from vardlots.access.actor import PatientActor
from vardlots.access.web import Web, patient
from vardlots.audit.log import access
from vardlots.cases import web
from vardlots.consents import queries as said
from vardlots.consents.actions import answer, withdraw
from vardlots.consents.model import HOW_LABELS, LABELS, STANDING, Consent, ConsentKind, How
from vardlots.people.queries import Person, same_persons
from vardlots.platform import pages
from vardlots.platform.db import Connection
from vardlots.platform.errors import Invalid, NotFound
from vardlots.platform.i18n import text
from vardlots.platform.numbers import id_sent
from vardlots.platform.pages import see, when_words
from vardlots.triage import queries, words
from vardlots.triage.home import chosen_person
from vardlots.triage.news import news


@get("/my/consents")
async def own_consents(request: Web) -> Response[str]:
    """Each provider where one (or the child chosen) is a patient, with what has been said there."""
    by = await patient(request)
    async with web.house(request).database.transaction(by.scope) as connection:
        household = await queries.household(connection, by)
        about = chosen_person(request, household, by)
        places = await _places(connection, by, about)
        new = await news(connection, by=by)
    rows = [
        access(by, "read_consents", provider_id=place["provider_id"], person_id=about.person_id)
        for place in places
    ]
    if rows:
        await web.read_log(request).record(*rows)
    return pages.page(
        request,
        "people/consents.html",
        words.shell(by.name, news=new)
        | {
            "people": [_chip(one, about, by) for one in household.values()],
            "places": places,
            "person": about.person_id,
            "saved": request.query_params.get("saved") == "1",
        },
    )


@post("/my/consents")
async def say(request: Web) -> Response[Any]:
    """Say yes or no, or take a yes back. Pressed twice is said once more, and means the same."""
    by = await patient(request)
    form = await request.form()
    person_id, provider_id = id_sent(str(form.get("person", ""))), id_sent(str(form.get("provider", "")))
    try:
        kind = ConsentKind(str(form.get("kind", "")))
    except ValueError:
        raise NotFound() from None
    about: dict[str, Any] = {
        "provider_id": provider_id,
        "person_id": person_id,
        "kind": kind,
        "how": How.DIGITAL,
    }
    database, word = web.house(request).database, form.get("said")
    if word == "withdrawn":
        await withdraw(database, by=by, withdrawn_by=by.person_id, **about)
    elif word in ("yes", "no") and kind is not ConsentKind.REGISTRATION:
        await answer(database, by=by, given=word == "yes", given_by=by.person_id, **about)
    else:
        raise Invalid("said", "Välj ja eller nej.")
    whose = "" if person_id == by.person_id else f"for={person_id}&"
    return see(f"/my/consents?{whose}saved=1")


async def _places(connection: Connection, by: PatientActor, about: Person) -> list[dict[str, Any]]:
    ids = await same_persons(connection, [about.person_id])
    rows = await connection.fetch(
        "SELECT provider_id, p.name FROM provider p WHERE EXISTS (SELECT FROM patient t "
        "WHERE t.provider_id = p.provider_id AND t.person_id = ANY ($1::bigint[])) ORDER BY p.name",
        ids,
    )
    return [
        {
            "provider_id": row["provider_id"],
            "name": row["name"],
            "consents": [
                _told(kind, said.newest(await said.history(connection, row["provider_id"], ids)), by.lang)
                for kind in STANDING
            ],
        }
        for row in rows
    ]


def _told(kind: ConsentKind, newest: dict[ConsentKind, Consent], lang: str) -> dict[str, Any]:
    word = newest.get(kind)
    if word is None:
        state, line = "unknown", text(lang, "Ingen har frågat än.")
    elif word.withdrawn_at is not None:
        state, line = "no", text(lang, "Återtaget {when}.", when=when_words(word.withdrawn_at, lang))
    else:
        state = "yes" if word.given else "no"
        told = text(lang, "Ja") if word.given else text(lang, "Nej")
        how, when = text(lang, HOW_LABELS[word.how]), when_words(word.given_at, lang)
        line = text(lang, "{answer}, {when}, {how}.", answer=told, when=when, how=how)
    return {"kind": kind.value, "label": text(lang, LABELS[kind]), "state": state, "line": line}


def _chip(one: Person, about: Person, by: PatientActor) -> dict[str, Any]:
    own = one.person_id == by.person_id
    return {
        "href": "/my/consents" if own else f"/my/consents?for={one.person_id}",
        "name": text(by.lang, "Jag") if own else one.given_name,
        "active": one.person_id == about.person_id,
    }


def consent_routes() -> list[ControllerRouterHandler]:
    """The handlers of this file."""
    return [own_consents, say]
