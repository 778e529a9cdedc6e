"""*Mätvärden*: what the patient's answered forms say in figures, the latest of each kind and those before it.

Of the same patient at the same provider. What is blocked is not told of at all; what is of a case behind a door opens
with that case, and the tab says that there is something.
"""

from datetime import datetime
from typing import Any

import msgspec

from vardlots.access.actor import StaffActor
from vardlots.access.web import Web
from vardlots.audit.log import access
from vardlots.blocks.queries import blocked_cases
from vardlots.cases import policy
from vardlots.cases.model import CaseRef
from vardlots.cases.queries import case_at_the_door
from vardlots.cases.web import house, read_log
from vardlots.conversations.forms.measures import NAMES, Observation, Source, observations
from vardlots.conversations.forms.model import FormRequest
from vardlots.conversations.forms.queries import answered_by_case
from vardlots.forms.text import say
from vardlots.people import queries as people
from vardlots.platform import clock, pages
from vardlots.platform.db import Connection
from vardlots.platform.i18n import text
from vardlots.platform.pages import clock_time, day_words
from vardlots.worklist.visit_read import Visit

MOST_EARLIER = 20


class Readable(msgspec.Struct, frozen=True):
    """The answered forms that the actor may read, and whether there are some behind a door."""

    forms: list[FormRequest]
    behind_door: bool


async def read_measures(request: Web, by: StaffActor, found: Visit) -> dict[str, Any]:
    """The tab's context. The reading is in the log, for every case that something is read of, when this returns."""
    lang = pages.language_of(request)
    async with house(request).database.transaction(by.scope) as connection:
        readable = await forms_of(connection, by, found)
    cases = {form.case_id for form in readable.forms} or {found.case.case_id}
    await read_log(request).record(
        *(
            access(
                by,
                "read_measures",
                provider_id=by.provider_id,
                person_id=found.case.person_id,
                case_id=case_id,
            )
            for case_id in sorted(cases)
        )
    )
    told = [one for form in readable.forms for one in observations(form.form, form.answers, _source(form))]
    return {"measures": {"kinds": by_kind(told, by.provider_id, lang), "behind_door": readable.behind_door}}


def _source(form: FormRequest) -> Source:
    return Source(form.request_id, form.case_id, form.answered_at or form.changed_at)


async def forms_of(connection: Connection, by: StaffActor, found: Visit) -> Readable:
    """The patient's answered forms at the provider, the newest first, as far as the actor may read their cases."""
    persons = await people.same_persons(connection, [found.case.person_id])
    forms = await answered_by_case(connection, by.provider_id, persons)
    others = sorted({form.case_id for form in forms} - {found.case.case_id})
    blocked = await blocked_cases(connection, by=by, case_ids=others)
    open_cases, behind_door = {found.case.case_id}, False
    for case_id in others:
        if case_id in blocked:
            continue
        case, stands = await case_at_the_door(connection, by=by, ref=CaseRef(by.provider_id, case_id))
        if policy.may_read(by, case, stands) is None:
            open_cases.add(case_id)
        else:
            behind_door = True
    return Readable([form for form in forms if form.case_id in open_cases], behind_door)


def by_kind(told: list[Observation], provider_id: int, lang: str) -> list[dict[str, Any]]:
    """The values by what they measure, in the order in which they are read; the newest stands first in each."""
    found = []
    for kind, name in NAMES.items():
        values = [one for one in told if one.kind == kind]
        if not values:
            continue
        drawn = [_drawn(one, provider_id, lang) for one in values[: MOST_EARLIER + 1]]
        found.append({"kind": kind, "name": text(lang, name), "latest": drawn[0], "earlier": drawn[1:]})
    return found


def _drawn(one: Observation, provider_id: int, lang: str) -> dict[str, Any]:
    return {
        "said": one.said(lang),
        "unit": one.unit,
        "declined": one.declined,
        "at": _day(one.at, lang),
        "datetime": one.at.isoformat(timespec="seconds"),
        "form": say(one.form, lang),
        "href": f"/staff/cases/{provider_id}-{one.case_id}/forms/{one.request_id}",
    }


def _day(at: datetime, lang: str) -> str:
    """The day with its year where that is not this one, and the time."""
    year = clock.local(at).year
    day = day_words(at, lang) if year == clock.today().year else f"{day_words(at, lang)} {year}"
    return f"{day} {clock_time(at)}"
