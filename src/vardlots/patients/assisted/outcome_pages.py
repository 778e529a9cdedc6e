"""What the questions came to, as the nurse reads it aloud, and what the nurse makes of it: queue, advice, or 112."""

from typing import Any

from litestar import Response, get, post

from vardlots.access import web
from vardlots.access.actor import StaffActor
from vardlots.access.web import Web
from vardlots.cases.model import Case, CaseRef, Phase
from vardlots.cases.queries import case_at_the_door
from vardlots.cases.web import house
from vardlots.clinics import queries as clinics
from vardlots.forms.answering import Fault, validate_answer
from vardlots.forms.flow import visible_steps
from vardlots.forms.model import ItemType
from vardlots.forms.text import say
from vardlots.patients.assisted.choices import Choices, choices_of
from vardlots.patients.assisted.draw import aloud
from vardlots.patients.assisted.question_pages import (
    BASE,
    around,
    fault_words,
    place_of,
    read_own,
    ref_in,
)
from vardlots.patients.assisted.ways import LEVELS, buttons, offered, why
from vardlots.platform import pages
from vardlots.platform.errors import Invalid, NotFound, Refusal, WrongState
from vardlots.platform.i18n import N_, text
from vardlots.platform.numbers import whole
from vardlots.platform.pages import see
from vardlots.platform.phones import read_phone
from vardlots.triage import words
from vardlots.triage.actions import Moved, last_answered
from vardlots.triage.assisted import policy
from vardlots.triage.assisted.actions import finish_assisted, keep_assisted
from vardlots.triage.assisted.model import ONWARD, Contact, Decided, Ending, Spoken
from vardlots.triage.assisted.queries import Triage
from vardlots.triage.before import post_field, raw_of
from vardlots.triage.emergency import EMERGENCY
from vardlots.triage.explain import account
from vardlots.triage.interview import outcome
from vardlots.triage.queries import Kept
from vardlots.triage.queueing import MOBILE, queue_priority
from vardlots.worklist.shell import Desk
from vardlots.worklist.visit_call import phone_words

FIELDS = ("unit_id", "role", "priority", "reason", "contact", "phone", "note", "consent")
TYPED_MOST = 4200
CONSENTS = ("share_history", "share_medications")


@get(f"{BASE}/{{ref:str}}/outcome")
async def outcome_page(request: Web) -> Response[Any]:
    """The outcome with the form of the decision."""
    by = await web.carer(request)
    found, desk = await read_own(request, by)
    if found.kept.stage in ("left", "done") or found.kept.outcome is None:
        return see(place_of(found))
    return await _draw(request, by, found, desk)


@post(f"{BASE}/{{ref:str}}/outcome", status_code=303)
async def decide(request: Web) -> Response[Any]:
    """*Spara*, *Lägg i kön*, *Lämna över*, *Ge biljett*, *Egenvårdsråd givna, avsluta* or *Ring 112 uppmanad*."""
    by = await web.carer(request)
    found, desk = await read_own(request, by)
    form = await request.form()
    typed = {name: str(form.get(name, "")).replace("\r\n", "\n").strip()[:TYPED_MOST] for name in FIELDS}
    if found.kept.stage in ("left", "done") or found.kept.outcome is None:
        return see(place_of(found))
    rev = whole(str(form.get("rev", "")), 8) or 0
    chosen = str(form.get("ending", ""))
    answers, errors = _answers(found.kept, form, desk.lang)
    try:
        if errors:
            field, said = next(iter(errors.items()))
            raise Invalid(field, said)
        spoken = _spoken(typed, answers)
        if chosen not in {one.value for one in Ending}:
            kept = await keep_assisted(house(request), by=by, ref=ref_in(request), rev=rev, spoken=spoken)
            return see(f"{BASE}/{kept.ref}/outcome?saved=1")
        await finish_assisted(
            house(request), by=by, ref=ref_in(request), rev=rev, spoken=spoken, ending=Ending(chosen)
        )
    except Moved:
        return see(f"{BASE}/{found.kept.ref}?moved=1")
    except (Invalid, WrongState) as refusal:
        return await _draw(request, by, found, desk, refusal=refusal, typed=typed, form=form)
    return see(f"{BASE}/{found.kept.ref}/done")


def _spoken(typed: dict[str, str], answers: dict[str, Any]) -> Spoken:
    phone = read_phone(typed["phone"]) if typed["phone"] else None
    if typed["phone"] and phone is None:
        raise Invalid("phone", N_("Numret stämmer inte. Kontrollera siffrorna."))
    if typed["contact"] not in {one.value for one in Contact}:
        raise Invalid("contact", N_("Välj hur patienten nås."))
    decided = Decided(
        unit_id=whole(typed["unit_id"], 9) or 0,
        role=typed["role"],
        priority=whole(typed["priority"], 2) or 0,
        reason=typed["reason"],
        contact=Contact(typed["contact"]),
    )
    return Spoken(
        decided=decided, phone=phone, answers=answers, note=typed["note"], consents=typed["consent"] == "yes"
    )


def _asked(kept: Kept) -> list[str]:
    """What is asked on the telephone of the questions before the queue: the number stands by itself, files cannot."""
    form = kept.practice.post_form_for(kept.kind)
    return [
        link_id
        for link_id in form.steps
        if link_id != MOBILE and form.places[link_id].item.type is not ItemType.ATTACHMENT
    ]


def _answers(kept: Kept, fields: Any, lang: str) -> tuple[dict[str, Any], dict[str, str]]:
    """What was answered, and a sentence for what cannot be kept. What the nurse has not asked has no answer."""
    form = kept.practice.post_form_for(kept.kind)
    answers: dict[str, Any] = {}
    errors: dict[str, str] = {}
    for link_id in _asked(kept):
        item = form.places[link_id].item
        raw = raw_of(item, fields)
        if raw in ("", None):
            continue
        read = validate_answer(item, raw)
        if isinstance(read, Fault):
            errors[link_id] = read.sentence(lang)
        else:
            answers[link_id] = list(read.values)
    shown = {item.link_id for item in visible_steps(form, answers)}
    kept_answers = {link_id: values for link_id, values in answers.items() if link_id in shown}
    return kept_answers, {link_id: said for link_id, said in errors.items() if link_id in shown}


async def _draw(
    request: Web,
    by: StaffActor,
    found: Triage,
    desk: Desk,
    *,
    refusal: Refusal | None = None,
    typed: dict[str, str] | None = None,
    form: Any = None,
) -> Response[Any]:
    async with house(request).database.transaction(by.scope) as connection:
        choices = await choices_of(connection, by, found, desk)
    kept, lang = found.kept, desk.lang
    assert kept.outcome is not None
    interview = kept.interview()
    told = outcome(interview, lang)
    scheme = kept.practice.scheme_for(kept.outcome["scheme"])
    step = scheme.step(kept.outcome["scheme_priority"])
    level = LEVELS[kept.outcome["level"]]
    decided = found.assisted.decided or choices.suggested
    standing = {
        **{name: str(getattr(decided, name)) for name in ("unit_id", "role", "priority", "reason")},
        "contact": decided.contact.value,
        "phone": phone_words(found.assisted.call, lang)["said"] if found.assisted.call.phone else "",
        "note": found.assisted.note,
        "consent": "",
    }
    choose = set(policy.priorities_to_choose(scheme, queue_priority(kept.outcome)))
    if ONWARD & set(offered(choices.way)):
        choose |= set(policy.priorities_onward(scheme))
    values = {
        **around(found, desk),
        "read": aloud(told),
        "emergency": told.priority == EMERGENCY,
        "self_care": kept.outcome["way_in"] == "self_care_then_choice",
        "ways": buttons(choices.way, lang),
        "why": why(choices.way, desk),
        "elsewhere": choices.elsewhere,
        "priority": step.priority,
        "priority_label": say(step.label, lang),
        "level": text(lang, level),
        "role": desk.known.role_name(kept.outcome["role"], lang),
        "account": account(interview, kept.outcome, lang),
        "form": typed or standing,
        "units": choices.units,
        "roles": choices.roles,
        "priorities": [
            {"value": str(n), "label": f"{n} {say(scheme.step(n).label, lang)}"} for n in sorted(choose)
        ],
        "contacts": _contacts(choices, lang),
        "fields": _fields(kept, choices, form, lang),
        "fault": fault_words(refusal, lang) if refusal else "",
        "field": refusal.field if isinstance(refusal, Invalid) else "",
        "saved": request.query_params.get("saved") == "1",
        "change_url": f"{BASE}/{kept.ref}?q={last_answered(interview)}",
    }
    status = refusal.status if refusal else 200
    return pages.page(request, "patients/assisted_outcome.html", values, status=status)


def _contacts(choices: Choices, lang: str) -> list[dict[str, str]]:
    found = [{"value": "telephone", "label": text(lang, "På telefon"), "hint": ""}]
    if choices.way.sender.reads:
        before = text(lang, "Har loggat in här tidigare.") if choices.signed_in else ""
        label = text(lang, "I tjänsten, patienten vill det")
        found.append({"value": "digital", "label": label, "hint": before})
    return found


def _fields(kept: Kept, choices: Choices, form: Any, lang: str) -> list[dict[str, Any]]:
    asked = kept.practice.post_form_for(kept.kind)
    return [
        post_field(asked.places[link_id].item, kept, form, "", lang)
        for link_id in _asked(kept)
        if link_id not in CONSENTS or choices.may_consent
    ]


@get(f"{BASE}/{{ref:str}}/done")
async def done_page(request: Web) -> Response[Any]:
    """What has been done, and what to say before hanging up."""
    by = await web.carer(request)
    found, desk = await read_own(request, by)
    if found.kept.stage != "done" or found.kept.case_id is None or found.assisted.ending is None:
        return see(place_of(found))
    async with house(request).database.transaction(by.scope) as connection:
        case, _ = await case_at_the_door(connection, by=by, ref=_case_ref(found.kept))
        goes_on = found.assisted.decided if found.assisted.ending in ONWARD else None
        unit = await clinics.unit(connection, goes_on.unit_id if goes_on else case.unit_id)
    if unit is None:
        raise NotFound()
    values = {
        **around(found, desk),
        "title": text(desk.lang, TITLES[found.assisted.ending]),
        "said": _closing(found, case, unit.name, goes_on.role if goes_on else case.role, desk),
        "reported": found.assisted.ending is Ending.EMERGENCY and case.phase is not Phase.CLOSED,
        "emergency": found.assisted.ending is Ending.EMERGENCY,
        "unit": unit.name,
        "role": desk.known.role_name(goes_on.role if goes_on else case.role, desk.lang),
        "priority": case.priority,
        "by_telephone": case.by_telephone,
        "waits": case.ended_at is None or goes_on is not None,
        "case_url": f"/staff/cases/{case.ref}" if case.unit_id in by.unit_ids else "",
    }
    return pages.page(request, "patients/assisted_done.html", values)


TITLES = {
    Ending.QUEUE: N_("Ärendet ligger i kön"),
    Ending.ADVICE: N_("Råd givna, ärendet är avslutat"),
    Ending.EMERGENCY: N_("Uppmanad att ringa 112"),
    Ending.HANDED_OVER: N_("Överlämnat till enheten"),
    Ending.TICKET: N_("Biljetten är skickad"),
}


def _closing(found: Triage, case: Case, unit: str, role: str, desk: Desk) -> str:
    """What to say before hanging up."""
    lang, ending = desk.lang, found.assisted.ending
    if ending is Ending.EMERGENCY:
        return text(lang, "Lägg på nu och ring 112.")
    if ending is Ending.ADVICE:
        return text(lang, "Blir det värre eller inte bättre, ring igen eller sök vård.")
    if ending is Ending.TICKET:
        sentence = N_(
            "Du får en biljett till {unit}. Logga in som vanligt, så finns den under Biljetter. Blir det värre, ring "
            "igen eller ring 112."
        )
        return text(lang, sentence, unit=unit)
    who = words.who_reads(found.kept.practice.roles.of(role), lang)
    if case.by_telephone:
        return text(
            lang,
            "{who} på {unit} ringer upp på {number}. Blir det värre innan dess, ring igen eller ring 112.",
            who=who,
            unit=unit,
            number=phone_words(found.assisted.call, lang)["said"],
        )
    return text(
        lang,
        "{who} på {unit} hör av sig i tjänsten. Blir det värre innan dess, ring igen eller ring 112.",
        who=who,
        unit=unit,
    )


def _case_ref(kept: Kept) -> CaseRef:
    assert kept.case_id is not None
    return CaseRef(kept.provider_id, kept.case_id)


HANDLERS = (outcome_page, decide, done_page)
