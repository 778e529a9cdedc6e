"""The patient's case: the waiting room while it is queued, the conversation from when somebody has taken it."""

from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from litestar import Response, get
from litestar.types import ControllerRouterHandler

from vardlots.access.actor import PatientActor
from vardlots.access.web import Web, patient
from vardlots.audit.log import access
from vardlots.booking.queries import appointment_of
from vardlots.cases import policy, states, web
from vardlots.cases.ending.promised import promise_of
from vardlots.cases.model import Case, CaseRef, Phase, Verb
from vardlots.cases.queries import readable_case
from vardlots.clinics import queries as clinics
from vardlots.clinics.model import Unit
from vardlots.contacts.queries import Answers, answers_today
from vardlots.conversations import drawing
from vardlots.conversations import queries as talks
from vardlots.conversations.closing import awaited, closing_of
from vardlots.conversations.pages import is_online
from vardlots.people.queries import Person, person
from vardlots.people.rules import rules_of
from vardlots.platform import clock, i18n, pages
from vardlots.platform.db import Connection, persons_scope
from vardlots.platform.errors import Forbidden, NotFound, Refusal
from vardlots.triage import queries, services, waiting, words
from vardlots.triage.anamnesis import original_answers
from vardlots.triage.anew.queries import interviews_of_case
from vardlots.triage.booking.reading import Around
from vardlots.triage.booking.visit import draw_visit, is_booking
from vardlots.triage.configured import Practice, practice_of
from vardlots.triage.contacts.words import promised_words, stands_in_words
from vardlots.triage.lines import Line, line_before
from vardlots.triage.queries import Kept

PREFIX = "/my/cases"


async def note_reading(request: Web, by: PatientActor, case: Case, action: str = "read_case") -> None:
    """Let the access log know, before the page is sent."""
    await web.read_log(request).record(
        access(by, action, provider_id=case.provider_id, person_id=case.person_id, case_id=case.case_id)
    )


@get("/my/cases/{ref:str}")
async def case_page(request: Web) -> Response[Any]:
    """The waiting room or the conversation, by where the case is."""
    by = await patient(request)
    return await draw_case(request, by, web.ref(request))


async def draw_case(
    request: Web, by: PatientActor, ref: CaseRef, *, status: int = 200, error: str = "", draft: str = ""
) -> Response[Any]:
    """The page of a case, with what was typed and refused where that is so."""
    await refuse_kindly_if_grown(request, by, ref)
    async with web.house(request).database.transaction(by.scope) as connection:
        talk = await talks.talk(connection, by=by, ref=ref)
        about = await person(connection, talk.case.person_id)
        unit = await clinics.unit(connection, talk.case.unit_id)
        owner = await _last_owner(connection, talk, by.lang)
        answers = await _answers(connection, talk.case)
        actor = await person(connection, by.person_id)
        practice = await practice_of(connection, talk.case.provider_id)
        booked = await appointment_of(connection, ref)
    if about is None or unit is None or actor is None:
        raise NotFound()
    case = talk.case
    if (
        case.phase not in (Phase.QUEUED, Phase.BOOKED)
        and pages.is_fragment(request)
        and request.query_params.get("room")
    ):
        # The waiting room has become a conversation: the whole page is another.
        return Response(b"", status_code=204, headers={"hx-refresh": "true"})
    if not pages.is_fragment(request):
        await note_reading(request, by, case)
    shared = shared_context(practice, by, case, about, unit)
    if is_booking(case, booked):
        at = Around(about, actor, unit, practice)
        return await draw_visit(request, by, case, at, shared, fault=error, status=status)
    if case.phase is Phase.QUEUED:
        return await _waiting_room(request, by, talk, (actor, unit, practice), shared)
    may_write, closed = _may_write(by, case)
    return pages.page(
        request,
        "conversations/patient_chat.html",
        shared
        | {
            "partner": owner,
            "entries": drawing.drawn(talk, by=by, base=f"{PREFIX}/{ref}"),
            "topics": drawing.topics_of(case),
            "last": drawing.last_shown(talk, by),
            "state": drawing.state_of(case, by),
            "read": case.patient_read_n,
            "responsible": queries.responsible(by, case),
            "worse": states.allows(case.phase, Verb.RETRIAGE) and queries.responsible(by, case),
            "anew": waiting.anew_row(talk.rows, request.query_params.get("anew")) is not None,
            "late": request.query_params.get("late") == "1",
            "may_write": may_write,
            "errand": policy.is_errand_message(case) and ("unread" if case.inbox_at else "answered"),
            "closed": closed,
            "accepted": case.phase is Phase.ACCEPTED,
            "booked": case.booked_from is not None,
            "paused_until": case.paused_until,
            "agreed": drawing.agreed_at(talk.rows),
            "stands_in": stands_in_words(answers, unit, practice, case.role, by.lang),
            "writable_until": case.writable_until if case.phase is Phase.FOLLOW_UP and may_write else None,
            "online": is_online(web.house(request).hub, case, by),
            "key": str(uuid4()),
            "draft": draft,
            "error": error,
            "closing": closing_of(case, clock.now()) if may_write else None,
            "awaited": awaited(case),
            "seek_url": f"/care{shared['for_query']}",
            "again": _again(case, shared["for_query"]),
            "promised": _promised(talk, by.lang),
        },
        status=status,
    )


def _promised(talk: talks.Talk, lang: str) -> str:
    """By when an errand that nobody has answered is to be, as the patient was told; or that it takes longer."""
    promise = promise_of(talk.case, talk.rows, clock.today())
    if promise is None or promise.kept:
        return ""
    if promise.broken:
        return i18n.text(lang, "Svaret har dröjt längre än vi sa. Ring enheten om du inte kan vänta.")
    return promised_words(promise.day, lang)


def _again(case: Case, for_query: str) -> dict[str, str]:
    """Where the same is sought anew: a form for a complaint, a page for an errand."""
    if case.kind == services.CASE_KIND:
        return {"action": "", "href": f"/services/{case.unit_id}{for_query}"}
    return {"action": f"/care/{case.unit_id}{for_query}", "complaint": case.reason}


async def refuse_kindly_if_grown(request: Web, by: PatientActor, ref: CaseRef) -> None:
    """A guardian who could read the case until the child's birthday is told why not now, and what happens instead.

    Raises Forbidden. Says nothing to a guardian who is blocked, nor of a child with protected identity: to them the
    case does not exist.
    """
    if not by.grown and not by.closed:
        return
    grown = {
        *by.grown,
        *(person_id for provider_id, person_id in by.closed if provider_id == ref.provider_id),
    }
    async with web.house(request).database.transaction(persons_scope(sorted(grown))) as connection:
        row = await connection.fetchrow(
            "SELECT c.arrived_at, p.birth_date FROM care_case c JOIN person p USING (person_id) "
            "WHERE c.provider_id = $1 AND c.case_id = $2 AND c.person_id = ANY ($3::bigint[])",
            *ref,
            sorted(grown),
        )
        rules = await rules_of(connection, ref.provider_id) if row else None
    # Of what the child has sought alone nothing is told, not even that it is there: numbers can be guessed.
    if row and rules and not rules.on_their_own(row["birth_date"], clock.local(row["arrived_at"]).date()):
        raise Forbidden(
            "Barnet är så stort nu att det loggar in på egen hand. Du kan inte läsa eller skriva i ärendet längre. "
            "Barnet ser ärendet när det loggar in, och vården kan nå er på telefon.",
            code="grown",
        )


async def _answers(connection: Connection, case: Case) -> Answers:
    """Who answers today what is written after the visit, or in an errand that lies with somebody."""
    if case.phase is not Phase.FOLLOW_UP:
        return Answers()
    return await answers_today(
        connection, provider_id=case.provider_id, unit_id=case.unit_id, staff_id=case.owner_staff_id
    )


async def _last_owner(connection: Connection, talk: talks.Talk, lang: str) -> dict[str, str] | None:
    """Who has the case, for the head of the page."""
    found = await queries.owner_of(connection, talk.case)
    if found is None:
        return None
    name, title, picture = found
    return {
        "name": name,
        "short": name.split(" ")[0],
        "title": words.title_words(title, lang),
        "initials": words.initials(name),
        "picture": picture,
    }


def shared_context(
    practice: Practice, by: PatientActor, case: Case, about: Person, unit: Unit
) -> dict[str, Any]:
    """What both faces of the case show."""
    child = by.main(case.person_id) != by.person_id
    complaint = practice.name(case.reason, by.lang)
    person_said = words.person_words(about, by.lang) if child else ""
    return words.shell(by.name) | {
        "base": f"{PREFIX}/{case.ref}",
        "reason": complaint,
        "about": i18n.joined(by.lang, complaint, person_said) if child else complaint,
        "person": person_said,
        "name": about.given_name,
        "for_child": child,
        "for_query": f"?for={by.main(case.person_id)}" if child else "",
        "unit_name": unit.name,
        "unit_phone": unit.phone,
        "back_url": f"/?for={by.main(case.person_id)}" if by.main(case.person_id) in by.children else "/",
        # Nobody was asked anything where no questions led to the case.
        "answers_url": f"{PREFIX}/{case.ref}/answers" if case.interview_id is not None else "",
    }


async def _waiting_room(
    request: Web,
    by: PatientActor,
    talk: talks.Talk,
    around: tuple[Person, Unit, Practice],
    shared: Mapping[str, Any],
) -> Response[str]:
    case, (actor, unit, practice) = talk.case, around
    line = await _line(request, case, case.priority)
    phone, for_child = words.mobile_in_text(actor.mobile), shared["for_child"]
    place = waiting.place_words(line, by.lang, for_child=for_child)
    wait = words.wait_words(line.wait, by.lang)
    no_time = waiting.no_time_words(line, unit, by.lang)
    left = i18n.text(by.lang, "Ungefär {time} kvar.", time=wait) if wait else no_time
    return pages.page(
        request,
        "triage/waiting.html",
        {
            **shared,
            "ahead": line.ahead,
            "place": place,
            "wait": wait,
            "no_time": no_time,
            "said": f"{place}. {left}",
            "next_steps": waiting.next_words(practice, case, phone, by.lang, for_child=for_child),
            "updated": clock.now(),
            "topic": f"case:{case.ref} queue:{case.unit_id}",
            "letter": shared["name"][:1],
            "phone": phone,
            "responsible": queries.responsible(by, case),
            "worse": case.kind == "care",
            "already": request.query_params.get("already") == "1",
            "added": request.query_params.get("added") == "1",
            "anew": await _anew(request, by, talk, line),
        },
    )


async def _line(request: Web, case: Case, priority: int) -> Line:
    return await line_before(
        web.house(request).database,
        provider_id=case.provider_id,
        unit_id=case.unit_id,
        priority=priority,
        arrived_at=case.arrived_at,
        case_id=case.case_id,
    )


async def _anew(request: Web, by: PatientActor, talk: talks.Talk, line: Line) -> dict[str, Any] | None:
    """What the new answers that were just sent have changed."""
    row = waiting.anew_row(talk.rows, request.query_params.get("anew"))
    if row is None:
        return None
    earlier = (await _line(request, talk.case, row.body["from"])).ahead
    if talk.case.priority < row.body["from"]:
        earlier -= 1  # the case itself stands before where it stood
    child = by.main(talk.case.person_id) != by.person_id
    return waiting.anew_words(row, earlier, line.ahead, by.lang, for_child=child)


def _may_write(by: PatientActor, case: Case) -> tuple[bool, str]:
    """Whether the composer is open, else the reason it is not as a word for the template."""
    if case.by_telephone and case.phase in states.ACTIVE:
        return False, "telephone"
    if case.phase is Phase.ACCEPTED:
        return False, "accepted"
    if not states.allows(case.phase, Verb.WRITE):
        return False, "cancelled" if case.phase is Phase.CANCELLED else "closed"
    refusal = policy.may(by, Verb.WRITE, case, clock.now())
    if refusal is None:
        return True, ""
    return False, "not_responsible" if refusal.code == "not_responsible" else "closed"


async def redraw(request: Web, refusal: Refusal, draft: str) -> Response[Any]:
    """The conversation again after a message without script was refused, with what had been typed."""
    by = await patient(request)
    told = i18n.text(by.lang, refusal.message, **refusal.values)
    return await draw_case(request, by, web.ref(request), status=refusal.status, error=told, draft=draft)


@get("/my/cases/{ref:str}/answers")
async def answers(request: Web) -> Response[Any]:
    """*Läs dina svar*: every question as it was put, with the answer given; the newest time it was asked first."""
    by = await patient(request)
    ref = web.ref(request)
    await refuse_kindly_if_grown(request, by, ref)
    async with web.house(request).database.transaction(by.scope) as connection:
        case = await readable_case(connection, by=by, ref=ref)
        interviews = await interviews_of_case(connection, case)
        about = await person(connection, case.person_id)
        unit = await clinics.unit(connection, case.unit_id)
    if not interviews or about is None or unit is None:
        raise NotFound()
    await note_reading(request, by, case, "read_answers")
    times = [_answers_of(kept, by.lang) for kept in interviews]
    return pages.page(
        request,
        "triage/answers.html",
        shared_context(interviews[0].practice, by, case, about, unit) | {"times": times},
    )


def _answers_of(kept: Kept, lang: str) -> dict[str, Any]:
    """One time's answers; those that fell away are left out."""
    given = original_answers(kept.interview(), lang) if kept.asked is not None else ()
    return {
        "at": kept.changed_at,
        "anew": kept.for_case_id is not None,
        "rows": [{"question": one.question, "answer": one.answer} for one in given if one.counted],
        "own_words": str(kept.post_answers.get("own_words", "")),
    }


def case_routes() -> list[ControllerRouterHandler]:
    """The handlers of this file."""
    return [case_page, answers]
