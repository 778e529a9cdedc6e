"""What *Konsultera* offers to choose among: providers, places, visits with their files."""

from typing import Any

from vardlots.access.actor import StaffActor
from vardlots.blocks.queries import blocked_cases
from vardlots.cases import policy
from vardlots.cases.model import CASE_COLUMNS, case_from
from vardlots.cases.queries import standing
from vardlots.clinics.queries import resources_of, roles_of, units_of
from vardlots.clinics.tree import Chosen, fold
from vardlots.configuration.consult_rules import ConsultRules
from vardlots.people.queries import same_persons
from vardlots.platform.db import Connection
from vardlots.platform.i18n import text
from vardlots.platform.pages import when_words
from vardlots.triage.configured import Practice
from vardlots.worklist import resources
from vardlots.worklist.rows import words
from vardlots.worklist.search import phase_name

MOST_VISITS = 12


async def providers(connection: Connection, own_id: int, lang: str) -> list[dict[str, str]]:
    """Every provider by name, one's own first."""
    rows = await connection.fetch("SELECT provider_id, name FROM provider")
    rows.sort(key=lambda row: (row["provider_id"] != own_id, fold(row["name"])))
    return [
        {
            "value": str(row["provider_id"]),
            "label": text(lang, "{name} (din vårdgivare)", name=row["name"])
            if row["provider_id"] == own_id
            else row["name"],
        }
        for row in rows
    ]


async def own_tree(connection: Connection, by: StaffActor, value: str, lang: str) -> dict[str, Any]:
    """The resource tree of one's own provider: a role at a unit."""
    return await resources.tree(connection, by, lang=lang, may=("role",), which="provider", value=value)


async def places_of(connection: Connection, provider_id: int, value: str, lang: str) -> list[dict[str, Any]]:
    """The roles at the units of another provider, unit by unit. Who works there is theirs to know."""
    roles = await roles_of(connection, provider_id)
    places = await resources_of(connection, provider_id)
    groups: list[dict[str, Any]] = []
    for one in await units_of(connection, provider_id):
        if not one.active:
            continue
        here = {
            place.role: place for place in places if place.unit_id == one.unit_id and place.staff_id is None
        }
        named = sorted(
            (fold(name), role, name)
            for role, place in here.items()
            if roles.of(role).cares and (name := place.name or roles.said(role, lang))
        )
        if named:
            options = [
                {"value": (at := str(Chosen(one.unit_id, role))), "label": name, "chosen": at == value}
                for _, role, name in named
            ]
            groups.append({"label": one.name, "options": options})
    return groups


async def role_name(connection: Connection, provider_id: int, role: str, lang: str) -> str:
    """What a role is called at a provider."""
    return (await roles_of(connection, provider_id)).said(role, lang)


def rule_words(rules: ConsultRules, lang: str, *, errand: bool) -> str:
    """The rules of the provider that is asked, said before anybody chooses."""
    if errand:
        return text(lang, "Ärendet är administrativt och går alltid till administratören.")
    if rules.pooled_for_specialised:
        return text(
            lang,
            "Administrativa ärenden går till administratören. Frågor till specialiserad vård går till den "
            "gemensamma drop in-resursen.",
        )
    return text(lang, "Administrativa ärenden går till administratören.")


async def visits(
    connection: Connection, by: StaffActor, person_id: int, practice: Practice, lang: str
) -> list[dict[str, Any]]:
    """The person's visits at one's own provider, the newest first, each with the files that the actor may send on.

    What the patient has blocked is told as blocked, and cannot be chosen.
    """
    rows = await connection.fetch(
        f"SELECT {CASE_COLUMNS} FROM care_case WHERE provider_id = $1 AND person_id = ANY ($2::bigint[]) "
        "ORDER BY arrived_at DESC LIMIT $3",
        by.provider_id,
        await same_persons(connection, [person_id]),
        MOST_VISITS,
    )
    cases = [case_from(row) for row in rows]
    hidden = await blocked_cases(connection, by=by, case_ids=[case.case_id for case in cases])
    found = []
    for case in cases:
        if case.case_id in hidden:
            found.append(
                {"case_id": case.case_id, "blocked": True, "label": words(lang).veiled_case, "files": []}
            )
            continue
        stands = await standing(connection, by=by, case=case)
        readable = policy.may_read(by, case, stands) is None
        state = phase_name(lang, case.phase, case.booked_from is not None)
        found.append(
            {
                "case_id": case.case_id,
                "blocked": False,
                "label": practice.name(case.reason, lang),
                "line": text(lang, "{time}. {state}", time=when_words(case.arrived_at, lang), state=state),
                "files": await _files(connection, by, case.case_id) if readable else [],
            }
        )
    return found


async def _files(connection: Connection, by: StaffActor, case_id: int) -> list[dict[str, str]]:
    rows = await connection.fetch(
        "SELECT attachment_id, name FROM attachment WHERE provider_id = $1 AND case_id = $2 AND audience = 'patient' "
        "ORDER BY at LIMIT 20",
        by.provider_id,
        case_id,
    )
    return [{"id": str(row["attachment_id"]), "name": row["name"]} for row in rows]
