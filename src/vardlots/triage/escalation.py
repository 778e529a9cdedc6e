"""*Eskaleringstider* of a unit: by when a waiting case should be taken, and when more are shown it (screen a1)."""

from collections.abc import Mapping
from typing import Annotated

import msgspec

from vardlots.clinics import queries as clinics
from vardlots.configuration import book, kinds
from vardlots.configuration.book import Book
from vardlots.configuration.model import Kind, Problem, Standing
from vardlots.platform.db import Connection
from vardlots.platform.i18n import N_
from vardlots.triage.priorities import scheme_of
from vardlots.triage.schemes import Scheme, WayIn

MOST = 1440
# Used for a priority that the scheme gives no target: every case is taken within 15 minutes [seed: user manual].
TARGET_MINUTES = 15


class Times(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The minutes of one priority, each counted from when the case came in. `step_2` None: there is no such step."""

    priority: Annotated[int, msgspec.Meta(title=N_("Prioritet"), extra_json_schema={"readonly": True})]
    target: Annotated[
        int,
        msgspec.Meta(title=N_("Mål för att ta emot"), ge=1, le=MOST, extra_json_schema={"widget": "minutes"}),
    ]
    step_1: Annotated[
        int,
        msgspec.Meta(
            title=N_("Steg 1: samarbetande enheter"), ge=1, le=MOST, extra_json_schema={"widget": "minutes"}
        ),
    ]
    step_2: (
        Annotated[
            int,
            msgspec.Meta(
                title=N_("Steg 2: digital jour"), ge=1, le=MOST, extra_json_schema={"widget": "minutes"}
            ),
        ]
        | None
    ) = None
    sms: Annotated[bool, msgspec.Meta(title=N_("Sms"))] = False


class EscalationTimes(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A unit's minutes, one row for each priority that waits in its queue."""

    rows: Annotated[list[Times], msgspec.Meta(title=N_("Tider"), extra_json_schema={"fixed": True})]


def standing_times(scheme: Scheme) -> EscalationTimes:
    """What holds where nobody has chosen: the scheme's target and its step, which is assumed, and no second step."""
    return EscalationTimes(
        [
            Times(
                step.priority,
                target=step.target_minutes or TARGET_MINUTES,
                step_1=step.escalate_minutes or step.target_minutes or TARGET_MINUTES,
                sms=step.notice,
            )
            for step in scheme.priorities
            if step.way_in is not WayIn.BOOKING_TICKET
        ]
    )


def problems(scheme: Scheme, value: EscalationTimes) -> list[Problem]:
    """What no type can find: steps that do not rise, priorities that are not the scheme's."""
    found = []
    wanted = [row.priority for row in standing_times(scheme).rows]
    if [row.priority for row in value.rows] != wanted:
        listed = ", ".join(str(priority) for priority in wanted)
        found.append(
            Problem(
                "rows", N_("Det ska finnas en rad för var och en av {priorities}."), {"priorities": listed}
            )
        )
    for n, row in enumerate(value.rows):
        if row.step_1 < row.target:
            found.append(Problem(f"rows.{n}.step_1", N_("Steg 1 kan inte komma före målet.")))
        if row.step_2 is not None and row.step_2 <= row.step_1:
            found.append(Problem(f"rows.{n}.step_2", N_("Steg 2 ska komma efter steg 1.")))
    return found


def targets_of(saved: Book) -> dict[int, dict[int, int]]:
    """Unit → priority → minutes, for the units that have chosen their own."""
    return {
        int(key): {row.priority: row.target for row in value.rows}
        for key, value in saved.saved(ESCALATION, EscalationTimes).items()
    }


async def times_of(connection: Connection, provider_id: int, unit_id: int) -> dict[int, Times]:
    """A unit's minutes by priority, as they are in force."""
    saved = await book.opened(connection, provider_id)
    chosen = saved.saved(ESCALATION, EscalationTimes).get(str(unit_id))
    if chosen is None:
        chosen = standing_times(scheme_of(saved, await _scheme_code(connection, provider_id)))
    return {row.priority: row for row in chosen.rows}


async def _scheme_code(connection: Connection, provider_id: int) -> str:
    return str(await connection.fetchval("SELECT scheme FROM provider WHERE provider_id = $1", provider_id))


async def _standing(connection: Connection, provider_id: int) -> Mapping[str, Standing]:
    saved = await book.opened(connection, provider_id)
    scheme = scheme_of(saved, await _scheme_code(connection, provider_id))
    body = msgspec.to_builtins(standing_times(scheme))
    units = await clinics.units_of(connection, provider_id)
    return {str(unit.unit_id): Standing(body, unit.unit_id) for unit in units}


async def _check(
    connection: Connection, provider_id: int, _key: str, value: EscalationTimes
) -> list[Problem]:
    saved = await book.opened(connection, provider_id)
    return problems(scheme_of(saved, await _scheme_code(connection, provider_id)), value)


ESCALATION = kinds.register(
    Kind(
        code="escalation",
        label=N_("Eskaleringstider"),
        group="flow",
        about=N_(
            "När ett drop in-ärende inte tas emot i tid visas det för fler. Varje steg räknas från när ärendet kom in. "
            "Tiderna som gäller från början är antagna: ingen källa anger dem."
        ),
        shape=EscalationTimes,
        title=lambda _value: "",
        per_unit=True,
        one_each=True,
        standing=_standing,
        check=_check,
    )
)
