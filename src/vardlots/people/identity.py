"""The numbers a person is known by in Swedish care: read, checked, shown.

Four kinds are known: *personnummer*, *samordningsnummer*, the national reserve number (NRID) and
Gävleborg's local reserve number. Everything here is pure; whoever needs "today" passes it in
(`platform.clock.today()`), because a short number's century depends on it.

Sources: SKV 704 (personnummer, samordningsnummer, check digit); HL7 Sweden base profiles (FHIR systems and
OIDs); Inera, *Nationellt reservidformat* (century + 3, + 6 …, sex in the eleventh place). The letter values
of the national reserve number's check digit are not public enough to rely on, so it is not checked.
"""

import re
from datetime import date
from enum import StrEnum
from typing import ClassVar

import msgspec
from personnummer import personnummer

from vardlots.platform import i18n
from vardlots.platform.i18n import N_

_DIGITS = re.compile(r"^(\d{2})?(\d{6})([-+]?)(\d{4})$", re.ASCII)
# Letters I, O, Q, V and W are not used: they are mistaken for other signs.
_NATIONAL = re.compile(r"^\d{8}-?([A-HJ-NPR-UX-Z]{2}\d{2}|[A-HJ-NPR-UX-Z]{3}\d)$", re.ASCII)
_GAVLEBORG = re.compile(r"^\d{8}-\d{2}[MKX]\d$", re.ASCII)
_SPACES = re.compile(r"[\s\u00a0\u202f]+")
_DASHES = str.maketrans({"\u2010": "-", "\u2011": "-", "\u2012": "-", "\u2013": "-", "\u2212": "-"})

_FHIR = "http://electronichealth.se/identifier/"


class NumberKind(StrEnum):
    """Which of the known series a number belongs to."""

    PERSONNUMMER = "personnummer"
    SAMORDNINGSNUMMER = "samordningsnummer"
    NATIONAL_RESERVE = "national_reserve"
    GAVLEBORG_RESERVE = "gavleborg_reserve"


class Sex(StrEnum):
    """What the number itself says; legal sex in the register may differ from it."""

    FEMALE = "female"
    MALE = "male"
    UNKNOWN = "unknown"


FHIR_SYSTEMS: dict[NumberKind, str] = {
    NumberKind.PERSONNUMMER: _FHIR + "personnummer",
    NumberKind.SAMORDNINGSNUMMER: _FHIR + "samordningsnummer",
    NumberKind.NATIONAL_RESERVE: _FHIR + "nationelltReservnummer",
}
"""FHIR identifier system per kind. A region's local series has no national one: it is a setting."""

OIDS: dict[NumberKind, str] = {
    NumberKind.PERSONNUMMER: "1.2.752.129.2.1.3.1",
    NumberKind.SAMORDNINGSNUMMER: "1.2.752.129.2.1.3.3",
    NumberKind.NATIONAL_RESERVE: "1.2.752.74.9.1",
}


class BadNumber(ValueError):
    """The text is no person number. `reason` is `shape`, `date`, `check_digit` or `future`."""

    MESSAGES: ClassVar[dict[str, str]] = {
        "shape": N_("Skriv numret med tolv siffror, ÅÅÅÅMMDD-NNNN."),
        "date": N_("Datumet i numret finns inte. Kontrollera år, månad och dag."),
        "check_digit": N_("Numret stämmer inte. Kontrollera att alla siffror är rätt."),
        "future": N_("Numret har ett födelsedatum som inte har varit än."),
    }

    def __init__(self, reason: str) -> None:
        super().__init__(self.MESSAGES[reason])
        self.reason = reason
        self.message = self.MESSAGES[reason]


class PersonNumber(msgspec.Struct, frozen=True):
    """A checked number. `compact` is the twelve signs that are stored and sent to other systems."""

    compact: str
    kind: NumberKind

    @property
    def display(self) -> str:
        """As people read it: YYYYMMDD-NNNN."""
        return f"{self.compact[:8]}-{self.compact[8:]}"

    @property
    def masked(self) -> str:
        """The date without the last four, for pages that need not show who it is: YYYYMMDD-****."""
        return f"{self.compact[:8]}-****"

    @property
    def birth_date(self) -> date | None:
        """The day in the number, or None where a reserve number was given to someone of unknown birth."""
        if self.kind is NumberKind.NATIONAL_RESERVE:
            return _national_birth_date(self.compact)
        day = int(self.compact[6:8])
        if self.kind is NumberKind.SAMORDNINGSNUMMER:
            day -= 60
        return _date(int(self.compact[:4]), int(self.compact[4:6]), day)

    @property
    def sex(self) -> Sex:
        """From the last digit but one (odd: male), or the letter M, K, X of the local series."""
        sign = self.compact[10]
        if self.kind is NumberKind.GAVLEBORG_RESERVE:
            return {"M": Sex.MALE, "K": Sex.FEMALE}.get(sign, Sex.UNKNOWN)
        if not sign.isdigit():
            return Sex.UNKNOWN
        return Sex.MALE if int(sign) % 2 else Sex.FEMALE

    @property
    def fhir_system(self) -> str | None:
        """FHIR identifier system, None for a local series."""
        return FHIR_SYSTEMS.get(self.kind)

    @property
    def oid(self) -> str | None:
        """OID of the series where it is national and known."""
        return OIDS.get(self.kind)

    def __str__(self) -> str:
        """Masked: a number that slips into a log or an error text tells as little as it can."""
        return self.masked


def parse(text: str, *, on: date) -> PersonNumber:
    """Read what somebody typed or another system sent.

    Takes ten or twelve digits with or without `-`/`+`, spaces and typographic dashes, lower case letters.
    `on` is today in Sweden: ten digits mean the latest such birthday that has been. With `+` they mean somebody who
    turns a hundred this year or has, from the first day of the year on (SKV 704).

    Raises BadNumber, with a reason and a sentence that can be shown.
    """
    clean = _SPACES.sub("", text).translate(_DASHES).upper()
    digits = _DIGITS.match(clean)
    if digits:
        return _parse_digits(*digits.groups(), on=on)
    if _NATIONAL.match(clean):
        return _not_future(PersonNumber(clean.replace("-", ""), NumberKind.NATIONAL_RESERVE), on)
    # Regions write the local series with its dash; other systems send the twelve signs without it.
    dashed = f"{clean[:8]}-{clean[8:]}" if len(clean) == 12 else clean
    if _GAVLEBORG.match(dashed):
        number = PersonNumber(dashed.replace("-", ""), NumberKind.GAVLEBORG_RESERVE)
        if number.birth_date is None:
            raise BadNumber("date")
        return _not_future(number, on)
    raise BadNumber("shape")


def is_valid(text: str, *, on: date) -> bool:
    """Whether `parse` would take it."""
    try:
        parse(text, on=on)
    except BadNumber:
        return False
    return True


def check_digit(digits: str) -> int:
    """The Luhn digit that ends a personnummer, from the nine digits YYMMDDNNN before it."""
    total = 0
    for place, sign in enumerate(digits):
        value = int(sign) * (2 - place % 2)
        total += value - 9 if value > 9 else value
    return -total % 10


def age_years(birth: date, on: date) -> int:
    """Whole years at the start of the day `on`. Born 29 February: a year older on 1 March in common years."""
    return on.year - birth.year - ((on.month, on.day) < (birth.month, birth.day))


def age_months(birth: date, on: date) -> int:
    """Whole months, for the youngest: a month is full on the same day number, or the first day after it."""
    return (on.year - birth.year) * 12 + on.month - birth.month - (on.day < birth.day)


def age_text(birth: date, on: date, lang: str = "sv") -> str:
    """Age as staff read it: days under a month, months under two years, then years."""
    if (months := age_months(birth, on)) < 1:
        return i18n.plural(lang, "{n} dag", "{n} dagar", (on - birth).days)
    if months < 24:
        return i18n.plural(lang, "{n} mån", "{n} mån", months)
    return i18n.text(lang, "{n} år", n=age_years(birth, on))


def _parse_digits(century: str | None, six: str, sign: str, four: str, *, on: date) -> PersonNumber:
    if century is None:
        century = _century(six, older=sign == "+", on=on)
    elif sign == "+" and not _over_hundred(century + six[:2], on):
        raise BadNumber("shape")
    compact = century + six + four
    coordination = int(six[4:6]) > 60
    kind = NumberKind.SAMORDNINGSNUMMER if coordination else NumberKind.PERSONNUMMER
    number = PersonNumber(compact, kind)
    if number.birth_date is None or century not in ("18", "19", "20"):
        raise BadNumber("date")
    try:
        personnummer.parse(compact)
    except personnummer.PersonnummerException:
        raise BadNumber("check_digit") from None
    return _not_future(number, on)


def _century(six: str, *, older: bool, on: date) -> str:
    day = int(six[4:6])
    month_day = (int(six[2:4]), day - 60 if day > 60 else day)
    year = on.year - (on.year - int(six[:2])) % 100
    if older or (year == on.year and month_day > (on.month, on.day)):
        year -= 100
    return str(year)[:2]


def _over_hundred(year: str, on: date) -> bool:
    # The sign changes at the turn of the year in which the person becomes a hundred (SKV 704).
    return on.year - int(year) >= 100


def _not_future(number: PersonNumber, on: date) -> PersonNumber:
    birth = number.birth_date
    if birth is not None and birth > on:
        raise BadNumber("future")
    return number


def _national_birth_date(compact: str) -> date | None:
    first = int(compact[:2])
    if first < 18:
        return None
    # 18-20 plus 3, 6, 9 …: the series begins anew when a day has run out of letters.
    century = 18 + (first - 18) % 3
    return _date(century * 100 + int(compact[2:4]), int(compact[4:6]), int(compact[6:8]))


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
