"""A search of the log as a reviewer types it: read from the form, checked, said in words for the log itself."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

import msgspec

from vardlots.access.actor import StaffActor
from vardlots.audit.words import KINDS, Kind, of_kinds
from vardlots.patients.queries import by_number
from vardlots.people import identity
from vardlots.people.queries import same_persons
from vardlots.people.rules import midnight
from vardlots.platform import clock
from vardlots.platform.db import Connection
from vardlots.platform.errors import Invalid
from vardlots.platform.i18n import text
from vardlots.platform.numbers import whole
from vardlots.review import queries
from vardlots.review.markers import MARKERS
from vardlots.review.own_log import day_in, place_in
from vardlots.review.queries import Asked, Member

DAYS_SHOWN = 30  # when nothing narrows the search
MOST_DAYS = 366  # without a patient or a member of staff
MOST_MARKED_DAYS = 31  # a mark is looked for in every row
MOST_TYPED = 120
STAFF_OFFERED = 12
LONG_AGO = date(1970, 1, 1)


class Form(msgspec.Struct, frozen=True, kw_only=True):
    """The form as it was sent; what was typed stays in it whatever is wrong."""

    number: str = ""
    staff: str = ""
    unit: str = ""
    kinds: tuple[str, ...] = ()
    reason: str = ""
    marker: str = ""
    since: str = ""
    until: str = ""
    before: str = ""


class Understood(msgspec.Struct, frozen=True, kw_only=True):
    """The search as it is carried out, and what the log says of it."""

    asked: Asked
    person_id: int | None
    staff: Member | None
    reason: str


def form_in(fields: Any) -> Form:
    """What a browser sent."""
    one = {
        name: " ".join(str(fields.get(name, "")).split())[:MOST_TYPED]
        for name in Form.__struct_fields__
        if name != "kinds"
    }
    kinds = tuple(kind for kind in map(str, fields.getall("kinds", [])) if kind in {k.value for k in KINDS})
    return Form(kinds=kinds, **one)


def first_form() -> Form:
    """What stands in the form before anybody has typed."""
    return Form(since=str(clock.today() - timedelta(days=DAYS_SHOWN - 1)), until=str(clock.today()))


async def understand(
    connection: Connection, *, by: StaffActor, units: list[int] | None, form: Form, limit: int
) -> Understood:
    """The search behind a form. Raises Invalid with the field that cannot be read, NotFound never."""
    person_id = await _person(connection, by, form.number) if form.number else None
    staff = await _staff(connection, by, form.staff, units) if form.staff else None
    since, until = _days(form, narrow=person_id is not None or staff is not None)
    unit_id = whole(form.unit, 9)
    kinds = {Kind(kind) for kind in form.kinds}
    asked = Asked(
        units=units,
        person_ids=await same_persons(connection, [person_id]) if person_id is not None else None,
        staff_id=staff.staff_id if staff else None,
        unit_id=unit_id,
        actions=of_kinds(kinds) if kinds else None,
        with_reason={"with": True, "without": False}.get(form.reason),
        marker=form.marker if form.marker in MARKERS else "",
        since=midnight(since),
        until=midnight(until + timedelta(days=1)),
        limit=limit,
    )
    if place := place_in(form.before):
        asked = msgspec.structs.replace(asked, before=place)
    told = _said(form, since, until, staff, unit_id, person_id)
    return Understood(asked=asked, person_id=person_id, staff=staff, reason=told)


async def _person(connection: Connection, by: StaffActor, typed: str) -> int:
    try:
        number = identity.parse(typed, on=clock.today()).compact
    except identity.BadNumber as fault:
        raise Invalid("number", fault.message) from None
    found = await by_number(connection, by=by, number=number)
    if found is None:
        raise Invalid("number", "Ingen patient hos vårdgivaren har det numret.")
    return found


async def _staff(connection: Connection, by: StaffActor, typed: str, units: Sequence[int] | None) -> Member:
    """The one that the typed name or HSA-id means. Raises Invalid where it is nobody, or several."""
    before, _, after = typed.rpartition("(")
    wanted = after.rstrip(")") if before and typed.endswith(")") else typed
    found = await queries.staff_named(connection, by=by, typed=wanted, units=units, limit=STAFF_OFFERED)
    exact = [one for one in found if one.hsa_id == wanted] or found
    if not exact:
        raise Invalid("staff", "Ingen hos vårdgivaren heter så. Välj ur listan som visas när du skriver.")
    if len(exact) > 1:
        raise Invalid("staff", "Flera heter så. Välj ur listan som visas när du skriver.")
    return exact[0]


def _days(form: Form, *, narrow: bool) -> tuple[date, date]:
    """The first and the last day. Raises Invalid for days that cannot be, or too many of them."""
    today = clock.today()
    until = day_in(form.until) if form.until else today
    if until is None:
        raise Invalid("until", "Skriv dagen som ÅÅÅÅ-MM-DD.")
    since = (
        day_in(form.since) if form.since else (LONG_AGO if narrow else until - timedelta(days=DAYS_SHOWN - 1))
    )
    if since is None:
        raise Invalid("since", "Skriv dagen som ÅÅÅÅ-MM-DD.")
    if since > until:
        raise Invalid("since", "Den första dagen är efter den sista.")
    if form.marker and (until - since).days >= MOST_MARKED_DAYS:
        raise Invalid("since", "Välj högst {days} dagar när du söker efter ett märke.", days=MOST_MARKED_DAYS)
    if not narrow and (until - since).days >= MOST_DAYS:
        raise Invalid("since", "Välj en patient, en medarbetare eller högst ett år.")
    return since, until


def _said(
    form: Form, since: date, until: date, staff: Member | None, unit_id: int | None, person_id: int | None
) -> str:
    """The search for the log: what was asked for, without anybody's name or number."""
    parts = [f"{since}–{until}" if since > LONG_AGO else f"till {until}"]
    if person_id is not None:
        parts.append("patient")
    if staff is not None:
        parts.append(f"medarbetare {staff.staff_id}")
    if unit_id is not None:
        parts.append(f"enhet {unit_id}")
    parts += [part for part in (",".join(form.kinds), form.reason, form.marker) if part]
    return "; ".join(parts)


def kind_options(lang: str) -> list[dict[str, str]]:
    """The sorts of action to choose among."""
    return [{"value": kind.value, "label": text(lang, label)} for kind, label in KINDS.items()]


def marker_options(lang: str) -> list[dict[str, str]]:
    """The marks to choose among, with their rules."""
    return [
        {"value": code, "label": text(lang, one.label), "hint": text(lang, one.rule)}
        for code, one in MARKERS.items()
    ]


def typed_again(form: Form) -> Mapping[str, Any]:
    """The form for its template."""
    return {name: getattr(form, name) for name in Form.__struct_fields__} | {"kinds": list(form.kinds)}
