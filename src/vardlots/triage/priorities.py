"""*Prioriteter* of a provider: what each is called, means and leads to. Which there are, its scheme says."""

from collections.abc import Mapping
from typing import Annotated

import msgspec

from vardlots.configuration import kinds
from vardlots.configuration.book import Book
from vardlots.configuration.model import Kind, Problem, Standing
from vardlots.platform.db import Connection
from vardlots.platform.i18n import N_
from vardlots.triage import content
from vardlots.triage.schemes import Scheme, Step, WayIn

KEY = "provider"
# The patient is always telephoned [seed: user manual].
ALWAYS_TELEPHONED = (1, 2)


class Priority(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One priority as a provider words it. The minutes are each unit's own (`escalation`)."""

    priority: Annotated[int, msgspec.Meta(title=N_("Prioritet"), extra_json_schema={"readonly": True})]
    label: Annotated[str, msgspec.Meta(title=N_("Namn på svenska"), min_length=1, max_length=40)]
    label_en: Annotated[str, msgspec.Meta(title=N_("Namn på engelska"), min_length=1, max_length=40)]
    meaning: Annotated[str, msgspec.Meta(title=N_("Betydelse på svenska"), min_length=1, max_length=200)]
    meaning_en: Annotated[str, msgspec.Meta(title=N_("Betydelse på engelska"), min_length=1, max_length=200)]
    way_in: Annotated[
        WayIn,
        msgspec.Meta(
            title=N_("Väg in"),
            extra_json_schema={
                "labels": {
                    "emergency": N_("Ring 112"),
                    "drop_in": N_("Drop in"),
                    "self_care_then_choice": N_("Egenvård först, drop in efter eget val"),
                    "booking_ticket": N_("Bokningsbiljett"),
                }
            },
        ),
    ]
    telephone: Annotated[bool, msgspec.Meta(title=N_("Patienten rings alltid upp"))]
    notice: Annotated[bool, msgspec.Meta(title=N_("Enhetens telefon meddelas"))]


class Priorities(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The provider's priorities, one row for each of its scheme."""

    rows: Annotated[list[Priority], msgspec.Meta(title=N_("Prioriteter"), extra_json_schema={"fixed": True})]


def standing_priorities(scheme: Scheme) -> Priorities:
    """The scheme's own words."""
    return Priorities(
        [
            Priority(
                step.priority,
                step.label["sv"],
                step.label["en"],
                step.meaning["sv"],
                step.meaning["en"],
                step.way_in,
                telephone=step.telephone,
                notice=step.notice,
            )
            for step in scheme.priorities
        ]
    )


def scheme_of(saved: Book, code: str) -> Scheme:
    """A scheme as the provider words it. What was saved for a scheme that the provider has left is not used."""
    scheme = content.schemes()[code]
    chosen = saved.saved(PRIORITY, Priorities).get(KEY)
    if chosen is None or problems(scheme, chosen):
        return scheme
    return _worded(scheme, chosen)


def _worded(scheme: Scheme, chosen: Priorities) -> Scheme:
    rows = {row.priority: row for row in chosen.rows}
    return Scheme(
        code=scheme.code,
        title=scheme.title,
        source=scheme.source,
        priorities=tuple(_step(step, rows[step.priority]) for step in scheme.priorities),
        reads_as=scheme.reads_as,
    )


def _step(step: Step, row: Priority) -> Step:
    return msgspec.structs.replace(
        step,
        # In languages that administrators do not write, the scheme's own word as long as theirs is the scheme's.
        label={
            **(step.label if step.label["sv"] == row.label else {}),
            "sv": row.label,
            "en": row.label_en,
        },
        meaning={"sv": row.meaning, "en": row.meaning_en},
        way_in=row.way_in,
        notice=row.notice,
        telephone=row.telephone,
    )


def problems(scheme: Scheme, value: Priorities) -> list[Problem]:
    """What no type can find: other priorities than the scheme's, ways in that do not fit them."""
    wanted = [step.priority for step in scheme.priorities]
    if [row.priority for row in value.rows] != wanted:
        listed = ", ".join(str(priority) for priority in wanted)
        return [
            Problem(
                "rows", N_("Det ska finnas en rad för var och en av {priorities}."), {"priorities": listed}
            )
        ]
    found = []
    for n, (row, step) in enumerate(zip(value.rows, scheme.priorities, strict=True)):
        kept = (WayIn.EMERGENCY, WayIn.BOOKING_TICKET)
        if row.way_in is not step.way_in and (row.way_in in kept or step.way_in in kept):
            found.append(Problem(f"rows.{n}.way_in", N_("Den här prioriteten kan inte få den vägen in.")))
        if row.priority in ALWAYS_TELEPHONED and not row.telephone:
            found.append(Problem(f"rows.{n}.telephone", N_("Prioritet 1 och 2 rings alltid upp.")))
    return found


async def _scheme(connection: Connection, provider_id: int) -> Scheme:
    code = await connection.fetchval("SELECT scheme FROM provider WHERE provider_id = $1", provider_id)
    return content.schemes()[code]


async def _standing(connection: Connection, provider_id: int) -> Mapping[str, Standing]:
    body = msgspec.to_builtins(standing_priorities(await _scheme(connection, provider_id)))
    return {KEY: Standing(body)}


async def _check(connection: Connection, provider_id: int, _key: str, value: Priorities) -> list[Problem]:
    return problems(await _scheme(connection, provider_id), value)


PRIORITY = kinds.register(
    Kind(
        code="priority",
        label=N_("Prioriteter"),
        group="flow",
        about=N_(
            "Vad prioriteterna heter och betyder, och vad som händer vid var och en. Gäller hela vårdgivaren."
        ),
        shape=Priorities,
        title=lambda _value: "",
        one_each=True,
        standing=_standing,
        check=_check,
    )
)
