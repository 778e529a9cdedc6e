"""Claims as a person: OIDC Sweden's attributes for patients, Inera's for staff.

Sources: OIDC Sweden, *Claims and Scopes Specification* (prefix `https://id.oidc.se/claim/`); Inera, *IdP
attribute list*. A claim that is there but cannot be read is a refusal, never a guess.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

import msgspec

from vardlots.access.faults import MissingClaims, UncertainIdentity
from vardlots.people.identity import FHIR_SYSTEMS, BadNumber, NumberKind, parse
from vardlots.platform import clock

PREFIX = "https://id.oidc.se/claim/"
PREVIOUS, LEVEL = f"{PREFIX}previousCoordinationNumber", f"{PREFIX}coordinationNumberLevel"
# In no scope of the profile: they come only when they are asked for by name (§2.1.2.2 of the specification).
ASKED_BY_NAME = (PREVIOUS, LEVEL)
LEVELS = ("confirmed", "probable", "uncertain")


class PatientIdentity(msgspec.Struct, frozen=True, kw_only=True):
    """Who a patient is. `number` is twelve characters without a hyphen, `system` the FHIR system of the number.

    `previous_number` is the coordination number that the person had before this one (to merge accounts by).
    """

    system: str
    number: str
    given_name: str
    family_name: str
    birth_date: date
    acr: str = ""
    previous_number: str | None = None


class Commission(msgspec.Struct, frozen=True):
    """A commission (*medarbetaruppdrag*) as the identity provider tells it: its HSA-id, its name, its care unit's."""

    hsa_id: str
    name: str = ""
    unit_hsa_id: str | None = None


class StaffIdentity(msgspec.Struct, frozen=True, kw_only=True):
    """Who a member of staff is: one or more HSA-ids, and the commissions that the provider vouches for.

    `commissions` is None where the provider says nothing of them: our own directory then decides alone.
    """

    hsa_ids: tuple[str, ...]
    commissions: tuple[Commission, ...] | None = None
    acr: str = ""


def patient_from(claims: Mapping[str, Any]) -> PatientIdentity:
    """The patient behind verified claims. Raises MissingClaims, UncertainIdentity."""
    told = _text(claims, f"{PREFIX}personalIdentityNumber") or _text(claims, f"{PREFIX}coordinationNumber")
    if told is None:
        raise MissingClaims(detail="no number")
    try:
        number = parse(told, on=clock.today())
    except BadNumber:
        raise MissingClaims(detail="number") from None
    if number.kind not in (NumberKind.PERSONNUMMER, NumberKind.SAMORDNINGSNUMMER):
        raise MissingClaims(detail="kind of number")
    if number.kind is NumberKind.SAMORDNINGSNUMMER:
        _check_level(claims)
    given, family = _text(claims, "given_name"), _text(claims, "family_name")
    if given is None or family is None:
        raise MissingClaims(detail="names")
    born = _date(claims.get("birthdate")) or number.birth_date
    if born is None:
        raise MissingClaims(detail="birth date")
    return PatientIdentity(
        system=FHIR_SYSTEMS[number.kind],
        number=number.compact,
        given_name=given,
        family_name=family,
        birth_date=born,
        acr=_text(claims, "acr") or "",
        previous_number=_previous(claims),
    )


def _check_level(claims: Mapping[str, Any]) -> None:
    """A coordination number whose holder nobody knows (prop. 2021/22:276) opens nobody's record."""
    level = _text(claims, LEVEL)
    if level is not None and level not in LEVELS:
        raise MissingClaims(detail="level of the number")
    if level == "uncertain":
        raise UncertainIdentity()


def _previous(claims: Mapping[str, Any]) -> str | None:
    """The coordination number before this one. Raises MissingClaims for one that cannot be read."""
    told = _text(claims, PREVIOUS)
    if told is None:
        return None
    try:
        number = parse(told, on=clock.today())
    except BadNumber:
        raise MissingClaims(detail="previous number") from None
    if number.kind is not NumberKind.SAMORDNINGSNUMMER:
        raise MissingClaims(detail="kind of previous number")
    return number.compact


def staff_from(claims: Mapping[str, Any]) -> StaffIdentity:
    """The member of staff behind verified claims. Raises MissingClaims."""
    told = claims.get("employeeHsaId")
    hsa_ids = tuple(
        one for one in (told if isinstance(told, list) else [told]) if isinstance(one, str) and one
    )
    if not hsa_ids:
        raise MissingClaims(detail="no employeeHsaId")
    return StaffIdentity(hsa_ids=hsa_ids, commissions=_commissions(claims), acr=_text(claims, "acr") or "")


def _commissions(claims: Mapping[str, Any]) -> tuple[Commission, ...] | None:
    """The one chosen at the provider, else all that it lists, else None. Raises MissingClaims."""
    if _text(claims, "commissionHsaId") is not None:
        return (_commission(claims),)
    listed = claims.get("allCommissions")
    if isinstance(listed, str):
        try:
            listed = msgspec.json.decode(listed)
        except msgspec.DecodeError:
            raise MissingClaims(detail="allCommissions") from None
    if listed is None:
        return None
    if not isinstance(listed, list):
        raise MissingClaims(detail="allCommissions")
    return tuple(_commission(one if isinstance(one, dict) else {"commissionHsaId": one}) for one in listed)


def _commission(told: Mapping[str, Any]) -> Commission:
    hsa_id = _text(told, "commissionHsaId")
    if hsa_id is None:
        raise MissingClaims(detail="commissionHsaId")
    return Commission(hsa_id, _text(told, "commissionName") or "", _text(told, "healthCareUnitHsaId"))


def _text(claims: Mapping[str, Any], name: str) -> str | None:
    value = claims.get(name)
    return value.strip() or None if isinstance(value, str) else None


def _date(value: object) -> date | None:
    """ISO 8601; OIDC allows the year 0000 for one that is not told, and that is no date to us."""
    try:
        return date.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
