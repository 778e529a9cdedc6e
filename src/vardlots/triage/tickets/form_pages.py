"""The patient's pages of a form that came with a ticket: `/my/tickets/1-42/forms/2` (see `form_walk`)."""

from collections.abc import Mapping
from typing import Any

from litestar import Response, get, post
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from vardlots.access.actor import PatientActor
from vardlots.access.web import Web, patient
from vardlots.audit.log import access
from vardlots.cases import web
from vardlots.conversations.forms.actions import Change
from vardlots.conversations.forms.filled import Kept
from vardlots.forms.answering import Fault
from vardlots.forms.compare import is_declined
from vardlots.people.queries import person
from vardlots.platform import clock, i18n
from vardlots.platform.errors import Forbidden, WrongState
from vardlots.platform.phones import read_mobile
from vardlots.tickets import policy
from vardlots.tickets.forms import actions
from vardlots.tickets.forms.model import TicketForm
from vardlots.tickets.forms.queries import form_of
from vardlots.tickets.model import Deed, Ticket, TicketRef
from vardlots.tickets.queries import own_ticket
from vardlots.triage import words
from vardlots.triage.actions import set_mobile
from vardlots.triage.form_drawing import Stand
from vardlots.triage.form_walk import Walked, keep, seek_url, shell_of, show
from vardlots.triage.queueing import MOBILE
from vardlots.triage.tickets.forms import address

_NO_MOBILE = {
    lang: i18n.text(
        lang, "Numret ser inte ut som ett mobilnummer. Kontrollera det, eller välj att inte lämna något."
    )
    for lang in i18n.LANGUAGES
}


class OnTicket(Walked):
    """A form of a ticket."""

    ticket: Ticket
    ticket_form: TicketForm

    def __init__(self, request: Web, by: PatientActor, place: int) -> None:
        super().__init__(request, by)
        self.ref, self.place = TicketRef.parse(str(request.path_params["ref"])), place

    @property
    def form(self) -> TicketForm:
        return self.ticket_form

    @property
    def stand(self) -> Stand:
        return Stand(self.form, address(self.form), f"/my/tickets/{self.ref}", self.by.lang)

    @property
    def is_over(self) -> bool:
        return not self.ticket.waits_at(clock.now())

    @property
    def _asks_number(self) -> bool:
        """The receiver's own questions take a number that a text message reaches."""
        return self.form.kind == "post"

    async def read(self) -> None:
        async with web.house(self.request).database.transaction(self.by.scope) as connection:
            self.ticket = await own_ticket(connection, by=self.by, ref=self.ref)
            self.ticket_form = await form_of(connection, self.ref, self.place)

    async def note(self) -> None:
        found = self.ticket
        await web.read_log(self.request).record(
            access(self.by, "read_form", provider_id=found.provider_id, person_id=found.person_id)
        )

    def refuse_onlookers(self) -> None:
        if policy.may(self.by, Deed.ANSWER, self.ticket) is not None:
            raise Forbidden(
                "Du kan läsa biljetten. Ring enheten om den ska användas.", code="not_responsible"
            )

    async def open(self) -> None:
        await actions.open_form(web.house(self.request), by=self.by, ref=self.ref, place=self.place)

    async def fill_in(self, *, rev: int, raw: Mapping[str, object], change: Change | None) -> Kept:
        return await actions.fill_in(
            web.house(self.request),
            by=self.by,
            ref=self.ref,
            place=self.place,
            rev=rev,
            raw=raw,
            change=change,
        )

    async def send(self, *, rev: int) -> str:
        """Back to the ticket, where what comes next is."""
        await actions.answer(web.house(self.request), by=self.by, ref=self.ref, place=self.place, rev=rev)
        await self._keep_number()
        return f"/my/tickets/{self.ref}?sent=1"

    async def _keep_number(self) -> None:
        """The number among the receiver's own questions is kept with the person, as before any queue."""
        await self.read()
        if not self._asks_number or MOBILE not in self.form.answers:
            return
        given = self.form.answers[MOBILE] or []
        number = None if not given or is_declined(given) else read_mobile(str(given[0]))
        house, there = web.house(self.request), self.ticket.to_provider_id
        await set_mobile(house, by=self.by, mobile=number, seeking_at=there)

    async def shell(self) -> dict[str, Any]:
        async with web.house(self.request).database.transaction(self.by.scope) as connection:
            about = await person(connection, self.ticket.person_id)
            actor = await person(connection, self.by.person_id) if self._asks_number else None
        number = words.mobile_words(actor.mobile) if actor is not None else ""
        return shell_of(self.by, self.form, about, self.ticket.person_id) | {"own_number": number}

    def beside_answers(self) -> dict[str, Any]:
        return {
            "leave_label": i18n.text(self.by.lang, "Till biljetten"),
            "seek_url": seek_url(self.by, self.ticket.person_id),
        }

    def is_late(self, _refusal: WrongState, /) -> bool:
        return True

    def why_not(self, refusal: WrongState, /) -> str:
        return i18n.text(self.by.lang, refusal.message, **refusal.values)

    def faults_in(self, raw: Mapping[str, object], /) -> tuple[Fault, ...]:
        number = raw.get(MOBILE)
        if not self._asks_number or not isinstance(number, list) or not any(number):
            return ()
        return () if read_mobile(str(number[0])) else (Fault(MOBILE, "", text=_NO_MOBILE),)

    def stands_there(self, shell: Mapping[str, Any], /) -> Mapping[str, Any]:
        return {MOBILE: shell["own_number"]} if shell["own_number"] else {}


@get("/my/tickets/{ref:str}/forms/{place:int}")
async def ticket_form_page(request: Web, place: FromPath[int]) -> Response[Any]:
    """Where the form stands."""
    return await show(OnTicket(request, await patient(request), place))


@post("/my/tickets/{ref:str}/forms/{place:int}")
async def keep_ticket_form(request: Web, place: FromPath[int]) -> Response[Any]:
    """Keep a page and go on, or send it all in."""
    return await keep(OnTicket(request, await patient(request), place))


def ticket_form_routes() -> list[ControllerRouterHandler]:
    """The handlers of this file."""
    return [ticket_form_page, keep_ticket_form]
