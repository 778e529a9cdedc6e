"""*Konsultera* as a page, the same from a visit and from a patient's page (E1)."""

from collections.abc import Mapping
from typing import Any

from litestar import Response

from vardlots.access.actor import StaffActor
from vardlots.access.web import Web
from vardlots.cases.web import house
from vardlots.clinics.queries import unit
from vardlots.configuration.consult_rules import consult_rules, consult_texts
from vardlots.consultations import actions
from vardlots.consultations.checks import CONSENT_BY, CONSENT_HOW, CONSENT_WORDS
from vardlots.consultations.model import HIDDEN, Consultation, NewConsultation
from vardlots.people.queries import person
from vardlots.platform import pages
from vardlots.platform.db import Connection
from vardlots.platform.errors import Invalid, NotFound, Refusal
from vardlots.platform.i18n import SOURCE, text
from vardlots.triage.configured import Practice, practice_of
from vardlots.worklist import content
from vardlots.worklist.about import Origin, who_words
from vardlots.worklist.consultations import choices
from vardlots.worklist.consultations.filled import Filled, consultation_of, read, with_text
from vardlots.worklist.reasons import reason_field
from vardlots.worklist.sends import one_more
from vardlots.worklist.shell import context, open_desk
from vardlots.worklist.visit_handover_summary import summary_of
from vardlots.worklist.visit_read import Visit

# Which place on the page each refusal of the verb stands beside.
_FIELDS = {"body": "", "consent_how": "consent", "consent_by": "consent"}


async def sent(request: Web, by: StaffActor, at: Origin) -> Response[Any] | Consultation:
    """What was pressed on the page: the consultation when it was sent, else the page as it is now.

    To another provider *Förhandsgranska* shows what travels before it goes. A ready text, another provider and
    *Tillbaka* draw the page anew with everything kept.
    """
    lang = pages.language_of(request)
    form = await request.form()
    async with house(request).database.transaction(by.scope) as connection:
        practice = await practice_of(connection, by.provider_id)
        texts = await consult_texts(connection, by.provider_id)
        own = await unit(connection, by.unit_id)
    filled = read(form, practice, lang)
    do = str(form.get("do", "draw"))
    if do.startswith("text-") and (chosen := texts.get(do.removeprefix("text-"))) is not None:
        return await draw(
            request,
            by,
            at,
            with_text(filled, chosen, _values(by, at, filled, practice, own.name if own else "")),
        )
    if do not in ("preview", "send"):
        return await draw(request, by, at, filled)
    try:
        new = consultation_of(
            filled,
            by=by,
            person_id=at.person_id,
            from_case=at.visit.case.ref if at.visit else None,
            practice=practice,
            case_kind=at.visit.case.kind if at.visit else "",
        )
        if new.to_provider_id != by.provider_id and do == "preview":
            async with house(request).database.transaction(by.scope) as connection:
                await actions.check(connection, by=by, new=new)
            return await draw(request, by, at, filled, new=new)
        one_more(by)
        return await actions.send(house(request), by=by, new=new, key=filled.typed["key"])
    except NotFound:
        raise
    except Refusal as refusal:
        return await draw(request, by, at, filled, refusal)


def _values(by: StaffActor, at: Origin, filled: Filled, practice: Practice, own: str) -> dict[str, str]:
    """What the placeholders of a ready text stand for, in Swedish as it is read; of the visit in short."""
    name = practice.name(filled.wanted.code, SOURCE).lower() if filled.wanted.code else ""
    history = _history(at.visit) if at.visit is not None else ""
    return {"reason": name, "unit": own, "staff": by.name, "history": history}


def _history(found: Visit) -> str:
    """What the patient answered before the visit, line by line: not the conversation, which nobody has chosen from."""
    answered = text(SOURCE, "Svar på frågorna")
    sections = summary_of(found, SOURCE)["sections"]
    return "\n".join(line for one in sections if one["title"] == answered for line in one["lines"])


async def draw(
    request: Web,
    by: StaffActor,
    at: Origin,
    filled: Filled,
    refusal: Refusal | None = None,
    new: NewConsultation | None = None,
) -> Response[Any]:
    """The page, with what was refused beside its cause and everything typed kept; or with `new` what travels."""
    async with house(request).database.transaction(by.scope) as connection:
        desk = await open_desk(request, connection, by)
        about = await person(connection, at.person_id)
        if about is None:
            raise NotFound()
        values = await _read(connection, by, at, filled, desk.lang, desk.pen.practice)
        travels = await _travels(connection, new, desk.pen.practice, desk.lang) if new else None
    lang = desk.lang
    fault = text(lang, refusal.message, **refusal.values) if refusal else ""
    field = refusal.field if isinstance(refusal, Invalid) else ""
    field = _FIELDS.get(field, field)
    typed = dict(filled.typed)
    if about.protected and not typed["subject_name"]:
        typed["subject_name"] = HIDDEN
    values |= {
        **context(desk, at.active, "/staff/patients"),
        "action": at.action,
        "back": at.back,
        "has_visit": at.visit is not None,
        "who": who_words(about, lang),
        "reason": reason_field(filled.wanted, fault if field == "reason" else ""),
        "typed_form": typed,
        "chosen_related": filled.related,
        "chosen_files": filled.files,
        "fault": fault if field != "reason" else "",
        "field": field,
        "travels": travels,
    }
    status = refusal.status if refusal else 200
    return pages.page(request, "worklist/consultation_new.html", values, status=status)


async def _read(
    connection: Connection, by: StaffActor, at: Origin, filled: Filled, lang: str, practice: Practice
) -> dict[str, Any]:
    """What the page offers to choose among."""
    provider_id = filled.provider_id(by)
    elsewhere = provider_id != by.provider_id
    theirs = await consult_rules(connection, provider_id)
    errand = bool(at.visit and at.visit.case.kind == "administrative")
    offered: Mapping[str, Any] = (
        {"groups": await choices.places_of(connection, provider_id, filled.typed["resource"], lang)}
        if elsewhere
        else {"tree": await choices.own_tree(connection, by, filled.typed["resource"], lang)}
    )
    texts = await consult_texts(connection, by.provider_id)
    return {
        **offered,
        "elsewhere": elsewhere,
        "providers": await choices.providers(connection, by.provider_id, lang),
        "hint": choices.rule_words(theirs, lang, errand=errand),
        "priorities": [
            {"value": str(n), "label": f"{n}. {label}"}
            for n in range(1, 13)
            if (label := content.priority_meaning(practice, n, lang)[0])
        ],
        "texts": [
            {"code": code, "title": one.title} for code, one in texts.items() if one.elsewhere == elsewhere
        ],
        "related": [] if elsewhere else await choices.visits(connection, by, at.person_id, practice, lang),
        "ways": [{"value": way, "label": text(lang, CONSENT_WORDS[way]).capitalize()} for way in CONSENT_HOW],
        "givers": [{"value": one, "label": text(lang, CONSENT_WORDS[one])} for one in CONSENT_BY],
    }


async def _travels(
    connection: Connection, new: NewConsultation, practice: Practice, lang: str
) -> dict[str, Any]:
    """What goes over the wall, as the receiver reads it."""
    asked = await unit(connection, new.unit_id)
    assert asked is not None  # the rules have just been checked
    role = await choices.role_name(connection, new.to_provider_id, new.role, lang)
    assert new.subject is not None
    return {
        "to": text(lang, "{unit}, {role}", unit=asked.name, role=role.lower()),
        "provider": asked.provider_name,
        "reason": practice.name(new.reason, lang),
        "priority": new.priority,
        "name": new.subject.name,
        "number": new.subject.number,
        "problem": new.problem.strip(),
    }
