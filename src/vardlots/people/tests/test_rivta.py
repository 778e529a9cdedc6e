"""The adapter for GetPersonsForProfile 5 against a service over mutual TLS, and one suite for every register."""

import asyncio
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import msgspec
import pytest
import structlog

from vardlots.cli import checks
from vardlots.cli.faults import CommandFault
from vardlots.people.identity import FHIR_SYSTEMS, NumberKind, check_digit
from vardlots.people.register import LocalRegister, PopulationRegister, RegisteredPerson
from vardlots.people.registers import register_for
from vardlots.people.rivta import RivtaRegister
from vardlots.people.soap import NotUnderstood, SoapClient, client_context, read_xml
from vardlots.people.tests import pu_service as pu
from vardlots.people.tests.pu_service import Record, Service
from vardlots.platform.errors import Unavailable
from vardlots.platform.settings import Settings, SettingsError, load_settings

pytestmark = pytest.mark.slow

PERSONNUMMER = FHIR_SYSTEMS[NumberKind.PERSONNUMMER]
COORDINATION = FHIR_SYSTEMS[NumberKind.SAMORDNINGSNUMMER]


def number(eleven: str) -> str:
    return eleven + str(check_digit(eleven[2:]))


MOTHER, CHILD, HIDDEN, GROWN, DEAD, FORMER = (
    number(f"{born}238") for born in ("19880412", "20190505", "20200606", "20040101", "20180303", "20170707")
)
OLD, RESERVE = number("19880472238"), "19880412AB24"
NOBODY = number("19900101238")
HIDING = number("19860202238")


def records() -> list[Record]:
    """The families of the suite, as the service has them."""
    return [
        Record(
            MOTHER,
            "Anna Elin",
            "Byholm",
            indicator="20",
            born="1988-04-12",
            referred=((pu.SNR, OLD),),
            linked=((pu.NRID, RESERVE),),
            relations=(
                ("VF", CHILD, "2019-05-05", "", ""),
                ("VF", HIDDEN, "", "", ""),
                ("VF", GROWN, "", "", ""),
                ("VF", DEAD, "", "", ""),
                ("VF", FORMER, "", "2020-01-01", ""),
                ("B", number("20160101238"), "", "", ""),
                ("M", HIDING, "", "", ""),
            ),
            contacts=(
                ("090-740 61 23", "1", "true"),
                ("070-174 06 23", "2", "true"),
                ("070-174 06 24", "3", "false"),
            ),
        ),
        Record(OLD, "Anna", "Byholm", root=pu.SNR, reason="GN", referred=((pu.PNR, MOTHER),)),
        Record(CHILD, "Lo", "Byholm", born="2019-05-05"),
        Record(HIDDEN, "Vi", "Byholm", born="2020-06-06", sekretess="true"),
        Record(GROWN, "Bo", "Byholm", born="2004-01-01"),
        Record(DEAD, "Mi", "Byholm", born="2018-03-03", dead=True),
        Record(FORMER, "Si", "Byholm", born="2017-07-07"),
        Record(
            HIDING,
            "Per",
            "Byholm",
            born="1986-02-02",
            gender="1",
            skyddad="true",
            relations=(("VF", CHILD, "", "", ""),),
        ),
    ]


def people() -> list[RegisteredPerson]:
    """The same, as our own register keeps them."""

    def one(key: str, given: str, born: date, **more: Any) -> RegisteredPerson:
        return RegisteredPerson(
            system=PERSONNUMMER,
            number=key,
            given_name=given,
            family_name="Byholm",
            birth_date=born,
            sex="female",
            **more,
        )

    reserve = (FHIR_SYSTEMS[NumberKind.NATIONAL_RESERVE], RESERVE)
    return [
        one(
            MOTHER, "Elin", date(1988, 4, 12), mobile="+46701740623", previous=((COORDINATION, OLD), reserve)
        ),
        one(CHILD, "Lo", date(2019, 5, 5)),
        one(HIDDEN, "Vi", date(2020, 6, 6), protected=True),
        one(GROWN, "Bo", date(2004, 1, 1)),
        one(DEAD, "Mi", date(2018, 3, 3), deceased=True),
        msgspec.structs.replace(one(HIDING, "Per", date(1986, 2, 2), protected=True), sex="male"),
    ]


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> pu.Papers:
    return pu.papers(tmp_path_factory.mktemp("papers"))


@pytest.fixture
def service(files: pu.Papers) -> Iterator[Service]:
    with pu.running(files) as service:
        service.keep(*records())
        yield service
        assert service.wrong == []


def adapter(service: Service, files: pu.Papers, **chosen: Any) -> RivtaRegister:
    pair = chosen.pop("pair", files.client)
    authority = chosen.pop("authority", files.authority)
    timeout = chosen.pop("timeout", 2.0)
    context = client_context(certificate=pair[0], key=pair[1], authority=authority)
    client = SoapClient(service.address, logical_address="SE2321000016", context=context, timeout=timeout)
    return RivtaRegister(client, **chosen)


@pytest.fixture(params=["local", "rivta"])
def register(request: pytest.FixtureRequest, service: Service, files: pu.Papers) -> PopulationRegister:
    """Every adapter, with the same people."""
    if request.param == "local":
        families = {
            MOTHER: [(CHILD, False), (HIDDEN, False), (GROWN, False), (DEAD, False)],
            HIDING: [(CHILD, False)],
        }
        return LocalRegister(people(), families)
    return adapter(service, files)


async def test_port_a_person_with_everything_that_is_known(register: PopulationRegister) -> None:
    found = await register.person(MOTHER)
    assert found is not None
    assert msgspec.structs.replace(found, knows_listing=True) == people()[0]


@pytest.mark.parametrize("asked", [OLD, RESERVE])
async def test_port_an_old_or_linked_number_leads_to_the_person_of_today(
    register: PopulationRegister, service: Service, asked: str
) -> None:
    if asked == RESERVE:
        # Rule 2: a linked reserve identity is answered with its main identity's record.
        service.records[RESERVE] = service.records[MOTHER]
    found = await register.person(asked)
    assert found is not None
    assert (found.number, asked in {value for _, value in found.previous}) == (MOTHER, True)


async def test_port_nobody(register: PopulationRegister) -> None:
    assert await register.person(NOBODY) is None
    assert await register.children(NOBODY) == []


async def test_port_children_under_age_and_alive_with_their_marks(register: PopulationRegister) -> None:
    children = await register.children(MOTHER)
    assert {(one.person.number, one.person.protected, one.blocked) for one in children} == {
        (CHILD, False, False),
        (HIDDEN, True, False),
    }


async def test_port_of_a_protected_guardian_no_family_is_told(register: PopulationRegister) -> None:
    found = await register.person(HIDING)
    assert found is not None
    assert (found.protected, found.sex, found.mobile) == (True, "male", None)
    assert await register.children(HIDING) == []


async def test_port_says_that_it_is_there(register: PopulationRegister) -> None:
    assert await register.reachable()


async def test_the_question_keeps_to_the_contract(service: Service, files: pu.Papers) -> None:
    await adapter(service, files).children(MOTHER)
    # One question about the guardian, one about every child; the ended custody is not asked about.
    assert service.asked == [[MOTHER], [CHILD, HIDDEN, GROWN, DEAD]]
    assert {headers["content-type"] for headers in service.headers} == {"text/xml; charset=utf-8"}


async def test_the_contract_itself_is_checked(service: Service, files: pu.Papers) -> None:
    register = adapter(service, files)
    register._client._logical_address = "SE-somebody-else"
    with pytest.raises(Unavailable):
        await register.person(MOTHER)
    assert service.wrong == ["LogicalAddress"]
    service.wrong.clear()


@pytest.mark.parametrize(
    ("changed", "protected"),
    [
        ({"sekretess": "1"}, True),
        ({"sekretess": "TRUE"}, True),
        ({"skyddad": "1"}, True),
        ({"sekretess": "0", "skyddad": "0"}, False),
        ({"skyddad": "false"}, False),
    ],
)
async def test_a_mark_of_protection_is_never_lost_by_a_slip(
    service: Service, files: pu.Papers, changed: dict[str, Any], protected: bool
) -> None:
    service.keep(Record(CHILD, "Lo", "Byholm", born="2019-05-05", **changed))
    found = await adapter(service, files).person(CHILD)
    service.wrong.clear()
    assert found is not None
    assert found.protected is protected


async def test_a_record_without_its_mark_is_no_answer(service: Service, files: pu.Papers) -> None:
    service.keep(Record(CHILD, "Lo", "Byholm", born="2019-05-05", sekretess=""))
    with pytest.raises(NotUnderstood):
        await adapter(service, files).person(CHILD)
    service.wrong.clear()


@pytest.mark.parametrize(
    ("begins", "ends", "status", "counts"),
    [
        ("", "", "NY", True),
        ("", "2999-01-01", "", True),
        ("", "2020-01-01", "", False),
        ("2999-01-01", "", "", False),
        ("", "", "AS", False),
        ("", "", "AV", False),
        ("", "", "AN", False),
    ],
)
async def test_custody_counts_from_its_first_day_to_its_last(
    service: Service, files: pu.Papers, begins: str, ends: str, status: str, counts: bool
) -> None:
    service.keep(
        Record(MOTHER, "Elin", "Byholm", born="1988-04-12", relations=(("VF", CHILD, begins, ends, status),))
    )
    children = await adapter(service, files).children(MOTHER)
    assert [one.person.number for one in children] == ([CHILD] if counts else [])


async def test_test_persons_count_only_where_the_settings_say_so(service: Service, files: pu.Papers) -> None:
    service.keep(Record(CHILD, "Lo", "Byholm", born="2019-05-05", test="true"))
    assert await adapter(service, files).person(CHILD) is None
    assert await adapter(service, files, test_persons=True).person(CHILD) is not None


async def test_a_number_that_goes_round_in_a_circle_ends(service: Service, files: pu.Papers) -> None:
    service.keep(Record(MOTHER, "Elin", "Byholm", born="1988-04-12", reason="GN", referred=((pu.SNR, OLD),)))
    found = await adapter(service, files).person(OLD)
    assert found is not None
    assert len(service.asked) <= 4


async def test_more_persons_than_one_question_may_hold(service: Service, files: pu.Papers) -> None:
    numbers = [f"20190505{place:04d}" for place in range(501)]
    found = await adapter(service, files)._records(numbers)
    assert [len(asked) for asked in service.asked] == [500, 1]
    assert set(found) == set(numbers)


@pytest.mark.parametrize("code", ["Server", "Client"])
async def test_a_fault_is_no_answer_and_its_words_reach_no_log(
    service: Service, files: pu.Papers, code: str
) -> None:
    service.breaks = lambda _: (500, pu.fault(code))
    with structlog.testing.capture_logs() as logs, pytest.raises(Unavailable) as refusal:
        await adapter(service, files).person(MOTHER)
    assert "Tolvan" not in str(logs) + str(refusal.value)
    assert MOTHER not in str(logs) + str(refusal.value)
    assert len(service.asked) == 1


BOMB = (
    b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">'
    b'<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;">]><x>&c;</x>'
)
OTHER_FILE = b'<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/hostname">]><x>&f;</x>'
SIXTEEN = '<?xml version="1.0" encoding="UTF-16"?><!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>'.encode("utf-16")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>gateway</html>",
        b"<a><b></a>",
        b"\xff\xfe\x00",
        BOMB,
        OTHER_FILE,
        SIXTEEN,
        pu.envelope_of(),
        pu.envelope_of("<q:requestedPersonRecord/>"),
        b"<x>" * 200_000,
        b" " * 9_000_000,
    ],
    ids=[
        "nothing",
        "a page",
        "broken",
        "no text",
        "bomb",
        "a file",
        "utf-16",
        "nobody",
        "unnamed",
        "deep",
        "long",
    ],
)
async def test_what_is_no_answer_is_refused(service: Service, files: pu.Papers, body: bytes) -> None:
    service.breaks = lambda _: (200, body)
    began = time.monotonic()
    with pytest.raises(Unavailable):
        await adapter(service, files).person(MOTHER)
    assert time.monotonic() - began < 5


def test_no_document_type_is_read_however_it_is_written() -> None:
    for raw in (BOMB, OTHER_FILE, SIXTEEN):
        with pytest.raises(NotUnderstood):
            read_xml(raw)
    assert read_xml(b'<a xmlns="urn:x"><b>\xc3\xa5&amp;</b></a>').findtext("{urn:x}b") == "å&"


async def test_an_answer_about_somebody_else_or_about_too_few_is_refused(
    service: Service, files: pu.Papers
) -> None:
    service.breaks = lambda _: (200, pu.envelope_of(service.requested(CHILD)))
    with pytest.raises(NotUnderstood):
        await adapter(service, files).person(MOTHER)
    service.breaks = lambda n: (200, pu.envelope_of(service.requested(CHILD))) if n > 1 else None
    service.asked.clear()
    with pytest.raises(NotUnderstood):
        await adapter(service, files).children(MOTHER)


async def test_a_slow_service_is_given_up_and_asked_once_more(service: Service, files: pu.Papers) -> None:
    service.pause = 1.0
    began = time.monotonic()
    with pytest.raises(Unavailable):
        await adapter(service, files, timeout=0.3).person(MOTHER)
    assert time.monotonic() - began < 2
    await asyncio.sleep(1.2)
    assert len(service.asked) == 2


async def test_what_was_lost_on_the_way_is_asked_once_more(service: Service, files: pu.Papers) -> None:
    service.breaks = lambda n: (503, b"") if n == 1 else None
    found = await adapter(service, files).person(CHILD)
    assert found is not None
    assert len(service.asked) == 2


async def test_a_stranger_is_not_let_in_and_a_false_register_not_believed(
    service: Service, files: pu.Papers
) -> None:
    with pytest.raises(Unavailable):
        await adapter(service, files, pair=files.stranger).person(MOTHER)
    with pytest.raises(Unavailable):
        await adapter(service, files, authority=files.stranger[0]).person(MOTHER)
    assert service.asked == []


async def test_a_service_that_is_not_there(service: Service, files: pu.Papers) -> None:
    service.address = "https://127.0.0.1:9/person"
    with pytest.raises(Unavailable):
        await adapter(service, files).person(MOTHER)


def settings_for(service: Service, files: pu.Papers, folder: Path, **more: str) -> Settings:
    return load_settings(
        {
            "DATABASE_URL": "postgresql://nobody@127.0.0.1/none",
            "VARDLOTS_DEMO": "1",
            "VARDLOTS_DATA_DIR": str(folder),
            "VARDLOTS_REGISTER_URL": service.address,
            "VARDLOTS_REGISTER_LOGICAL_ADDRESS": "SE2321000016",
            "VARDLOTS_REGISTER_CERTIFICATE": str(files.client[0]),
            "VARDLOTS_REGISTER_KEY": str(files.client[1]),
            "VARDLOTS_REGISTER_AUTHORITY": str(files.authority),
            **more,
        }
    )


async def test_the_settings_connect_it_and_the_doctor_asks_it(
    service: Service, files: pu.Papers, tmp_path: Path
) -> None:
    settings = settings_for(service, files, tmp_path)
    found = await register_for(settings).person(CHILD)
    assert found is not None
    assert "GetPersonsForProfile 5 answers" in await checks.register(settings)
    service.breaks = lambda _: (500, pu.fault("Server"))
    with pytest.raises(CommandFault):
        await checks.register(settings)


def test_a_register_needs_its_certificate(service: Service, files: pu.Papers, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="VARDLOTS_REGISTER_KEY"):
        settings_for(service, files, tmp_path, VARDLOTS_REGISTER_KEY="")
