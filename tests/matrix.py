"""Every kind of actor before every route: the world they meet in, and the table of the answers.

`tests/access_matrix.txt` holds one line per method and route of the application, one column per actor. A route
that has no line fails `test_matrix.py`; so does an answer that is another than the table's.
"""

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from uuid import uuid4

import msgspec
from litestar.routes import HTTPRoute
from tests.cast import PERSONNUMMER, Cast, a_colleague
from tests.pictures import jpeg
from tests.site import Browser, Site

from vardlots.access.actor import PatientActor, StaffActor
from vardlots.cases.actions import accept, open_case, start
from vardlots.cases.guests.actions import invite
from vardlots.cases.model import CaseRef
from vardlots.clinics import queries as clinics
from vardlots.consultations.actions import send as send_consultation
from vardlots.consultations.model import NewConsultation
from vardlots.conversations.forms.actions import send_form
from vardlots.conversations.forms.queries import cards as form_cards
from vardlots.notes import actions as notes
from vardlots.notes.model import NoteFields
from vardlots.people.actions import Known, relate, remember
from vardlots.platform.db import NOBODY
from vardlots.tickets.actions import issue
from vardlots.tickets.model import Contact, Information, NewTicket
from vardlots.triage.assisted.actions import start_assisted
from vardlots.triage.assisted.model import Call, Caller

TABLE = Path(__file__).parent / "access_matrix.txt"
# The case is Tuva's (6 years), sought by Elin, owned by Ylva at Ängsviken; in its chat is `guest`, of another unit.
ACTORS = (
    "nobody",
    "owner",
    "colleague",
    "other_role",
    "secretary",
    "other_unit",
    "guest",
    "other_provider",
    "head",
    "administrator",
    "reviewer",
    "guardian",
    "other_guardian",
    "blocked_guardian",
    "sibling_13",
    "stranger",
)
STAFF = frozenset(ACTORS[1:11])
_serial = iter(range(5000, 9000))


@dataclass
class World:
    """The cast with those whom only the matrix needs: a guardian who is blocked, a child who signs in itself, and a
    colleague of another unit who is a guest in every case."""

    given: Cast
    site: Site
    birk: PatientActor
    vera: PatientActor
    gun: StaffActor

    @classmethod
    async def make(cls, given: Cast, site: Site) -> "World":
        birk = await _person(given, "Birk", date(1985, 1, 9))
        vera = await _person(given, "Vera", date(2011, 2, 3))
        await relate(given.database, guardian_id=birk, children=[(given.tuva, True)])
        await relate(
            given.database,
            guardian_id=given.elin.person_id,
            children=[(given.tuva, False), (given.nils, False), (vera, False)],
        )
        async with given.database.transaction(NOBODY) as connection:
            gun = await a_colleague(connection, "Gun", "Sundby", "Sjuksköterska", "nurse", given.strandgatan)
        return cls(given, site, PatientActor(birk, "Birk Sjöqvarn"), PatientActor(vera, "Vera Sjöqvarn"), gun)

    def actor(self, kind: str) -> StaffActor | PatientActor | None:
        """Who stands in a column."""
        given = self.given
        return {
            "nobody": None,
            "owner": given.ylva,
            "colleague": given.hamid,
            "other_role": given.siri,
            "secretary": given.petra,
            "other_unit": given.olle,
            "guest": self.gun,
            "other_provider": given.nora,
            "head": given.helga,
            "administrator": given.astrid,
            "reviewer": given.rune,
            "guardian": given.elin,
            "other_guardian": given.matti,
            "blocked_guardian": self.birk,
            "sibling_13": self.vera,
            "stranger": given.ruben,
        }[kind]

    async def case(self) -> CaseRef:
        """A visit of Tuva's that is going on, with a row from each side."""
        given = self.given
        new = await given.new_case(given.elin, person_id=given.tuva)
        # One active case per reason: each of these has a reason of its own, over the same answers.
        new = msgspec.structs.replace(new, reason=f"reason_{next(_serial)}")
        ref = (await open_case(given.house, by=given.elin, new=new)).ref
        await accept(given.house, by=given.ylva, ref=ref)
        await start(given.house, by=given.ylva, ref=ref, welcome="Hej och välkommen.")
        await invite(given.house, by=given.ylva, ref=ref, staff_id=self.gun.staff_id, mode="chat")
        return ref

    async def note(self, ref: CaseRef) -> str:
        """A note that Ylva has signed in the case."""
        given = self.given
        written = NoteFields(status="Opåverkad.")
        saved = await notes.save_draft(given.house, by=given.ylva, ref=ref, rev=0, fields=written)
        await notes.sign(given.house, by=given.ylva, ref=ref, rev=saved.rev)
        return str(saved.note_id)

    async def form(self, ref: CaseRef) -> str:
        """A form that Ylva has sent in the case."""
        await send_form(self.given.house, by=self.given.ylva, ref=ref, code="pain", key=str(uuid4()))
        async with self.given.database.transaction(self.given.ylva.scope) as connection:
            return str((await form_cards(connection, ref))[-1].request_id)

    async def ticket(self) -> str:
        """A booking ticket of Tuva's at Ängsviken, that Elin has got for her."""
        given = self.given
        new = NewTicket(
            provider_id=given.angsviken.provider_id,
            unit_id=given.angsviken.unit_id,
            person_id=given.tuva,
            interview_id=await given.interview(given.elin, person_id=given.tuva),
            interview_rev=1,
            contact=Contact.PHYSICAL,
            role="nurse",
            priority=8,
            reason=f"reason_{next(_serial)}",
            valid_until=None,
            information=Information(),
            history={},
        )
        return str((await issue(given.house, by=given.elin, new=new)).ref)

    async def consultation(self) -> str:
        """What Ylva asks the nurses of the other unit about a visit of Tuva's."""
        given, ref = self.given, await self.case()
        asked = NewConsultation(
            person_id=given.tuva,
            to_provider_id=given.strandgatan.provider_id,
            unit_id=given.strandgatan.unit_id,
            role="nurse",
            reason="shoulder_pain",
            priority=3,
            problem="Kan ni ta över?",
            from_case=ref,
            related=(ref.case_id,),
        )
        consulted = await send_consultation(given.house, by=given.ylva, new=asked, key=str(uuid4()))
        return str(consulted.ref)

    async def assisted(self) -> str:
        """What Ylva asks about Tuva on the phone, not answered yet."""
        given = self.given
        async with given.database.transaction(given.ylva.scope) as connection:
            unit = await clinics.unit(connection, given.angsviken.unit_id)
        assert unit is not None
        ref = await start_assisted(
            given.house,
            by=given.ylva,
            unit=unit,
            person_id=given.tuva,
            reason="sore_throat",
            kind="complaint",
            call=Call(Caller.GUARDIAN, given.elin.name, given.elin.person_id, "+46701740612"),
        )
        return str(ref)

    async def interview(self, ref: CaseRef) -> str:
        """The answers behind the case, as their addresses name them."""
        async with self.given.database.transaction(self.given.ylva.scope) as connection:
            interview_id = await connection.fetchval(
                "SELECT interview_id FROM care_case WHERE provider_id = $1 AND case_id = $2", *ref
            )
        return f"{ref.provider_id}-{interview_id}"

    async def file(self, ref: CaseRef) -> str:
        """A picture that Elin has sent in the case."""
        elin = await self.site.browser(self.given.elin)
        sent = await elin.call(f"/my/cases/{ref}/files", files=[("file", ("a.jpg", jpeg(), "image/jpeg"))])
        assert sent.status_code in (200, 201), sent.text[:200]
        return str(sent.json()["id"])


async def _person(given: Cast, name: str, born: date) -> int:
    number = f"{born:%Y%m%d}{next(_serial)}"
    return await remember(
        given.database,
        known=Known(
            system=PERSONNUMMER, number=number, given_name=name, family_name="Sjöqvarn", birth_date=born
        ),
    )


def routes(site: Site) -> list[tuple[str, str]]:
    """Every method and path that the application serves, in order."""
    found = {
        (method, route.path_format)
        for route in site.app.routes
        if isinstance(route, HTTPRoute)
        for method in route.methods - {"OPTIONS", "HEAD"}
    }
    return sorted(found, key=lambda one: (one[1], one[0]))


# What a form must hold to be looked at; every other is sent empty.
FORMS = {"read": {"n": "1"}}
FILES = {"files": [("file", ("a.jpg", jpeg(), "image/jpeg"))]}


async def ask(browser: Browser, method: str, path: str) -> int:
    """The answer to a page opened, or to a form sent."""
    if method == "GET":
        return (await browser.get(path)).status_code
    last = path.rsplit("/", 1)[1]
    return (await browser.submit(path, FORMS.get(last), FILES.get(last, ()))).status_code


def read_table() -> dict[tuple[str, str], dict[str, int]]:
    """The answers that are expected, by method and path, then by actor."""
    lines = [line for line in TABLE.read_text(encoding="utf-8").splitlines() if line and line[0] != "#"]
    columns = lines[0].split()
    assert tuple(columns) == ACTORS, "the columns of the table are the actors, in order"
    table = {}
    for line in lines[1:]:
        *codes, method, path = line.split()
        table[method, path] = dict(zip(columns, map(int, codes), strict=True))
    return table


def write_table(found: dict[tuple[str, str], dict[str, int]]) -> str:
    """The table as text."""
    lines = [
        "# What each kind of actor is answered by each route; see tests/matrix.py. A case of a child, sought by its",
        "# guardian, owned by `owner`; forms are sent empty. 200 shown, 303 led on, 401 sign in, 403 may not, 404 is",
        "# not there, 409 not now, 422 fill in. Change a line only when the answer is meant to change.",
        " ".join(ACTORS),
    ]
    for (method, path), answers in found.items():
        lines.append(" ".join(str(answers[actor]) for actor in ACTORS) + f" {method} {path}")
    return "\n".join(lines) + "\n"
