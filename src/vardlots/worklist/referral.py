"""*Lämna över till annan vårdgivare*: one page in five steps, which works without script (requirement E4)."""

from typing import Any

import msgspec
from litestar import Response, get, post
from litestar.types import ControllerRouterHandler

from vardlots.access import web
from vardlots.access.actor import StaffActor
from vardlots.access.web import Web
from vardlots.audit.log import access
from vardlots.cases import policy
from vardlots.cases.model import Verb
from vardlots.cases.referring.actions import refer
from vardlots.cases.referring.model import Placed
from vardlots.cases.states import allows
from vardlots.cases.turn import Repeated
from vardlots.cases.web import house, read_log, ref
from vardlots.configuration.consult_rules import consult_rules
from vardlots.consents.model import HOW_LABELS, How
from vardlots.consents.queries import who_may_answer
from vardlots.consultations import actions as consultations
from vardlots.people.queries import person
from vardlots.platform import clock, pages
from vardlots.platform.db import Connection
from vardlots.platform.errors import Invalid, NotFound, Refusal, WrongState
from vardlots.platform.i18n import N_, text
from vardlots.platform.numbers import whole
from vardlots.platform.pages import see
from vardlots.worklist import content
from vardlots.worklist.consultations.choices import places_of, providers, rule_words
from vardlots.worklist.referral_form import Typed, fresh, meant, read, receiver_of, with_message
from vardlots.worklist.referral_pieces import pieces_of, with_pieces
from vardlots.worklist.sends import one_more
from vardlots.worklist.shell import context, open_desk
from vardlots.worklist.visit_items import Item
from vardlots.worklist.visit_read import Visit, read_visit

PATH = "/staff/cases/{ref:str}/refer"
# Where a refusal of the verbs stands on this page.
_FIELDS = {"consent": "yes", "consent_how": "how", "consent_by": "given_by", "text": "message"}


def offer(_by: StaffActor, found: Visit, lang: str) -> Item | None:
    """*Lämna över till annan vårdgivare* under *Nytt*, for whoever has a visit that goes on."""
    if _refused(found) is not None:
        return None
    label = text(lang, "Lämna över till annan vårdgivare")
    return Item("arrow-right-left", label, f"/staff/cases/{found.case.ref}/refer")


def _refused(found: Visit) -> Refusal | None:
    case = found.case
    if refusal := policy.may(found.by, Verb.REFER, case, clock.now(), found.rights):
        return refusal
    if not allows(case.phase, Verb.REFER):
        return WrongState(N_("Starta besöket först. Ett besök som är avslutat lämnas inte över."))
    if case.by_telephone:
        return WrongState(
            N_("Patienten läser inte här. Ring och berätta, skicka en konsultation och avsluta besöket."),
            code="telephone",
        )
    if case.referred_n is not None:
        return WrongState(
            N_("Besöket är redan på väg till en annan vårdgivare. Det avslutas när patienten har läst."),
            code="already_referred",
        )
    return None


@get(PATH)
async def refer_page(request: Web) -> Response[Any]:
    """The page as it begins."""
    by, found = await _visit(request)
    await _log(request, by, found)
    return await _draw(request, by, found, fresh(found, pages.language_of(request)))


@post(PATH, status_code=200)
async def refer_sent(request: Web) -> Response[Any]:
    """*Skicka*: back to the visit, which waits for the patient to read. The other buttons draw the page anew."""
    by, found = await _visit(request, sent=True)
    lang = pages.language_of(request)
    form = await request.form()
    do = str(form.get("do", ""))
    typed = read(form, [str(one) for one in form.getall("piece", [])], fresh(found, lang))
    if do == "compose":
        chosen = [piece for piece in pieces_of(found, lang) if piece.name in typed.pieces]
        fields = typed.fields | {"problem": with_pieces(typed["problem"], chosen)}
        typed = msgspec.structs.replace(typed, fields=fields)
    if do != "send":
        await _log(request, by, found)
        return await _draw(request, by, found, typed)
    try:
        await _send(request, by, found, typed)
    except Repeated:
        pass
    except NotFound:
        raise
    except Refusal as refusal:
        await _log(request, by, found)
        return await _draw(request, by, found, typed, refusal)
    return see(f"/staff/cases/{found.case.ref}")


async def _send(request: Web, by: StaffActor, found: Visit, typed: Typed) -> None:
    async with house(request).database.transaction(by.scope) as connection:
        to = await receiver_of(connection, by, typed)
    referral, new = meant(typed, found, to)

    async def place(connection: Connection) -> Placed:
        sent, signals = await consultations.place(
            connection, by=by, new=new, key=typed["key"], tells_case=False
        )
        return Placed(str(sent.ref), tuple(signals))

    one_more(by)
    await refer(house(request), by=by, ref=found.case.ref, new=referral, place=place)


async def _visit(request: Web, *, sent: bool = False) -> tuple[StaffActor, Visit]:
    """The visit, if it may be handed over. What was sent from another tab is answered where it has come."""
    by = await web.carer(request)
    async with house(request).database.transaction(by.scope) as connection:
        found = await read_visit(connection, by=by, ref=ref(request))
    refusal = _refused(found)
    if refusal is not None and not (sent and refusal.code == "already_referred"):
        raise refusal
    return by, found


async def _draw(
    request: Web, by: StaffActor, found: Visit, typed: Typed, refusal: Refusal | None = None
) -> Response[Any]:
    """The page, with what was refused beside its step and everything typed kept."""
    lang = pages.language_of(request)
    async with house(request).database.transaction(by.scope) as connection:
        desk = await open_desk(request, connection, by)
        to = await receiver_of(connection, by, typed)
        values = await _choices(connection, by, found, typed, lang)
    first = found.actor_name.split(" ")[0]
    typed = with_message(typed, to.name if to else "", first, found.actor_language)
    field = refusal.field if isinstance(refusal, Invalid) else ""
    values |= {
        **context(desk, "drop-in", "/staff/drop-in"),
        "base": f"/staff/cases/{found.case.ref}",
        "typed_form": dict(typed.fields),
        "who": {
            "name": text(lang, "Skyddad") if found.patient.protected else found.patient.name,
            "number": typed["subject_number"],
            "protected": found.patient.protected,
        },
        "first": first,
        "to": to.name if to else "",
        "pieces": [
            {
                "value": one.name,
                "label": one.label,
                "text": one.text,
                "chat": one.chat,
                "chosen": one.name in typed.pieces,
            }
            for one in pieces_of(found, lang)
        ],
        "fault": text(lang, refusal.message, **refusal.values) if refusal else "",
        "field": _FIELDS.get(field, field),
    }
    return pages.page(request, "worklist/referral.html", values, status=refusal.status if refusal else 200)


async def _choices(
    connection: Connection, by: StaffActor, found: Visit, typed: Typed, lang: str
) -> dict[str, Any]:
    """What the steps offer to choose among."""
    provider_id = whole(typed["provider"], 9)
    elsewhere = provider_id is not None and provider_id != by.provider_id
    rules = await consult_rules(connection, provider_id) if elsewhere and provider_id is not None else None
    patient = await person(connection, found.case.person_id)
    if patient is None:
        raise NotFound()
    priorities = content.priority_choices(found.practice, lang)
    return {
        "providers": [
            one
            for one in await providers(connection, by.provider_id, lang)
            if one["value"] != str(by.provider_id)
        ],
        "places": await places_of(connection, provider_id, typed["resource"], lang)
        if elsewhere and provider_id is not None
        else [],
        "rule": rule_words(rules, lang, errand=found.case.kind == "administrative") if rules else "",
        "priorities": [
            {"value": str(one["value"]), "label": f"{one['value']}. {one['label']}"} for one in priorities
        ],
        "answerers": [
            {"value": str(one.person_id), "label": text(lang, "Patienten") if one.protected else one.name}
            for one in await who_may_answer(connection, by.provider_id, patient, clock.today())
        ],
        "ways": [
            {"value": How.DIGITAL.value, "label": text(lang, "I chatten")},
            *(
                {"value": how.value, "label": text(lang, HOW_LABELS[how]).capitalize()}
                for how in (How.TELEPHONE, How.ON_SITE)
            ),
        ],
    }


async def _log(request: Web, by: StaffActor, found: Visit) -> None:
    case = found.case
    about: dict[str, Any] = {"person_id": case.person_id, "case_id": case.case_id}
    await read_log(request).record(access(by, "read", provider_id=case.provider_id, **about))


def referral_routes() -> list[ControllerRouterHandler]:
    """The page and what is pressed on it."""
    return [refer_page, refer_sent]
