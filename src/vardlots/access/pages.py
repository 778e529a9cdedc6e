"""Signing in and out: patients and staff."""

from typing import Any
from urllib.parse import urlencode

from litestar import Request, Response, Router, get, post
from litestar.types import ControllerRouterHandler

from vardlots.access import session_pages, shift_pages, web
from vardlots.access.actor import PatientActor, StaffActor
from vardlots.access.claims import PatientIdentity, StaffIdentity
from vardlots.access.devices import device_of
from vardlots.access.door import Door, database, door, end_session, local_path, onward, sessions
from vardlots.access.faults import SignInRefused
from vardlots.access.identity_providers import Who, new_attempt
from vardlots.access.queries import contacts
from vardlots.access.sign_in import (
    StaffChoice,
    assignments_by_id,
    patient_comes_in,
    staff_assignments,
)
from vardlots.clinics.model import Assignment
from vardlots.clinics.queries import open_shift
from vardlots.platform import i18n, pages
from vardlots.platform.db import NOBODY
from vardlots.platform.errors import Invalid, NotFound, SignInNeeded
from vardlots.platform.pages import see

Web = Request[Any, Any, Any]
NBSP, HYPHEN = "\u00a0", "\u2011"


def sign_in_routes(at: Door) -> list[ControllerRouterHandler]:
    """The handlers of this subject, at one door."""
    handlers = [
        patient_sign_in,
        staff_sign_in,
        start,
        callback,
        choose_assignment,
        take_assignment,
        sign_out,
        *shift_pages.HANDLERS,
        *session_pages.HANDLERS,
    ]
    return [Router(path="/", route_handlers=handlers, opt={"door": at})]


@get("/sign-in")
async def patient_sign_in(request: Web) -> Response[Any]:
    """The patient's way in."""
    return await _way_in(request, "patient")


@get("/staff/sign-in")
async def staff_sign_in(request: Web) -> Response[Any]:
    """The staff's way in."""
    return await _way_in(request, "staff")


@get("/sign-in/start/{who:str}")
async def start(request: Web) -> Response[Any]:
    """Begin a sign-in: remember the attempt in this browser, and go to whoever vouches."""
    at, kind = door(request), _kind(request.path_params["who"])
    await at.count(request)
    attempt = new_attempt(kind, onward(request.query_params.get("next"), kind))
    try:
        address = await at.providers[kind].begin(attempt)
    except SignInRefused as refusal:
        return await _refused(request, kind, refusal)
    response = see(address)
    response.set_cookie(at.attempt_cookie(attempt))
    return response


@get("/sign-in/callback/{who:str}")
async def callback(request: Web) -> Response[Any]:
    """The answer of whoever vouches. A session begins, or a page says why it does not."""
    at, kind = door(request), _kind(request.path_params["who"])
    await at.count(request)
    try:
        attempt = await at.attempt(request, kind)
        identity = await at.providers[kind].finish(attempt, dict(request.query_params))
        if isinstance(identity, PatientIdentity):
            response = await _let_patient_in(request, identity, attempt.next)
        else:
            response = await _let_staff_in(request, identity, attempt.next)
    except SignInRefused as refusal:
        await at.count_failure(request, refusal)
        response = await _refused(request, kind, refusal)
    at.forget(response, f"sign-in-{kind}")
    return response


@get("/staff/sign-in/assignment")
async def choose_assignment(request: Web) -> Response[Any]:
    """Which assignment to work in, for those who have several."""
    try:
        choice = door(request).choice(request)
        found = await assignments_by_id(database(request), choice.assignment_ids)
    except SignInRefused as refusal:
        return await _refused(request, "staff", refusal)
    return _assignment_page(request, found)


@post("/staff/sign-in/assignment", status_code=303)
async def take_assignment(request: Web) -> Response[Any]:
    """The assignment is chosen: the session begins."""
    at = door(request)
    form = await request.form()
    try:
        choice = at.choice(request)
        found = await assignments_by_id(database(request), choice.assignment_ids)
    except SignInRefused as refusal:
        return await _refused(request, "staff", refusal)
    chosen = [one for one in found if str(one.assignment_id) == form.get("assignment")]
    if not chosen:
        return _assignment_page(
            request, found, fault=Invalid("assignment", "Välj det uppdrag du arbetar i nu.")
        )
    try:
        await at.spend_choice(request)
    except SignInRefused as refusal:
        return await _refused(request, "staff", refusal)
    response = await _open_for_staff(request, chosen[0], choice.acr, choice.next)
    at.forget(response, "assignment")
    return response


@post("/sign-out", status_code=303)
async def sign_out(request: Web) -> Response[Any]:
    """Sign out. Staff whose shift is open are asked about it first, unless they choose to leave it open (A6)."""
    try:
        actor = await web.somebody(request)
    except SignInNeeded:
        actor = None
    form = await request.form()
    if isinstance(actor, StaffActor) and form.get("keep") != "shift":
        async with database(request).transaction(NOBODY) as connection:
            shift = await open_shift(connection, actor.staff_id)
        if shift is not None:
            return see("/staff/sign-out")
    await end_session(request, why="signed_out")
    response = see("/staff/sign-in?out=1" if isinstance(actor, StaffActor) else "/sign-in?out=1")
    door(request).let_out(response)
    return response


async def _way_in(request: Web, who: Who) -> Response[Any]:
    asked = local_path(request.query_params.get("next"))
    try:
        actor = await web.somebody(request)
    except SignInNeeded:
        actor = None
    if isinstance(actor, PatientActor if who == "patient" else StaffActor):
        return see(onward(asked, who))
    start_url = f"/sign-in/start/{who}"
    context = {
        "who": who,
        "start_url": f"{start_url}?{urlencode({'next': asked})}" if asked else start_url,
        "signed_out": request.query_params.get("out") == "1",
        "demo": door(request).settings.demo,
    }
    return pages.page(request, "access/sign_in.html", context)


async def _let_patient_in(request: Web, identity: PatientIdentity, onward_to: str) -> Response[Any]:
    at = door(request)
    token = await patient_comes_in(
        database(request), sessions(request), at.register, identity, device=_device(request)
    )
    response = see(onward_to)
    await at.let_in(request, response, token)
    return response


async def _let_staff_in(request: Web, identity: StaffIdentity, onward_to: str) -> Response[Any]:
    found = await staff_assignments(database(request), identity)
    if len(found) == 1:
        return await _open_for_staff(request, found[0], identity.acr, onward_to)
    response = see("/staff/sign-in/assignment")
    choice = StaffChoice(tuple(one.assignment_id for one in found), identity.acr, onward_to)
    response.set_cookie(door(request).choice_cookie(choice))
    return response


async def _open_for_staff(request: Web, chosen: Assignment, acr: str, onward_to: str) -> Response[Any]:
    """The session, and then the shift: the day's first sign-in asks for it (A5)."""
    token = await sessions(request).open_for_staff(
        staff_id=chosen.staff_id, assignment_id=chosen.assignment_id, acr=acr, device=_device(request)
    )
    async with database(request).transaction(NOBODY) as connection:
        shift = await open_shift(connection, chosen.staff_id)
    actor = await sessions(request).actor(token)
    # Who meets no patients and opens no cases works no shift.
    works_shifts = not isinstance(actor, StaffActor) or actor.cares
    at_work = not works_shifts or (shift is not None and shift.provider_id == chosen.provider_id)
    response = see(onward_to if at_work else f"/staff/shift?{urlencode({'next': onward_to})}")
    await door(request).let_in(request, response, token)
    return response


def _device(request: Web) -> str:
    return device_of(request.headers.get("user-agent"))


def _assignment_page(request: Web, found: list[Assignment], fault: Invalid | None = None) -> Response[Any]:
    lang = pages.language_of(request)
    context = {
        "assignments": [
            {
                "id": one.assignment_id,
                "role": one.role_said(lang),
                "unit": one.unit_name,
                "at": one.provider_name,
            }
            for one in found
        ],
        "fault": fault.message if fault else "",
    }
    return pages.page(request, "access/assignment.html", context, status=422 if fault else 200)


async def _refused(request: Web, who: Who, refusal: SignInRefused) -> Response[Any]:
    phones = refusal.phones
    if who == "patient" and not phones and not refusal.may_try_again:
        # Whoever cannot come in here at all is never left without somebody to ring.
        async with database(request).transaction(NOBODY) as connection:
            phones = tuple((one.name, one.phone) for one in await contacts(connection, None))
    context = {
        "who": who,
        "heading": refusal.title,
        "text": i18n.text(pages.language_of(request), refusal.message, **refusal.values),
        "phones": [
            # A number is not broken at the end of a line.
            {
                "who": who_answers,
                "number": number.replace(" ", NBSP).replace("-", HYPHEN),
                "dial": dialled(number),
            }
            for who_answers, number in phones
        ],
        "again": ("/staff/sign-in" if who == "staff" else "/sign-in") if refusal.may_try_again else "",
        "code": refusal.code,
    }
    return pages.page(request, "access/refused.html", context, status=refusal.status)


def dialled(number: str) -> str:
    """A telephone number as an address."""
    return "tel:" + "".join(character for character in number if character in "+0123456789")


def _kind(who: object) -> Who:
    match who:
        case "patient" | "staff":
            return who
        case _:
            raise NotFound()
