"""The patient's pages of a form that staff have sent into a conversation, `/my/cases/1-42/forms/7` (`form_walk`)."""

from collections.abc import Mapping
from typing import Any

from litestar import Response, get, post
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from vardlots.access.actor import PatientActor
from vardlots.access.web import Web, patient
from vardlots.cases import web
from vardlots.cases.model import Case, CaseRef
from vardlots.conversations.forms import actions, queries
from vardlots.conversations.forms.actions import Change
from vardlots.conversations.forms.cards import is_over
from vardlots.conversations.forms.filled import Kept
from vardlots.conversations.forms.model import FormRequest
from vardlots.people.queries import person
from vardlots.platform import i18n
from vardlots.platform.errors import Forbidden, NotFound, WrongState
from vardlots.triage.case_pages import note_reading, refuse_kindly_if_grown
from vardlots.triage.form_drawing import Stand
from vardlots.triage.form_walk import Walked, keep, seek_url, shell_of, show
from vardlots.triage.queries import responsible


class InCase(Walked):
    """A form in a conversation."""

    case: Case
    request_form: FormRequest

    def __init__(self, request: Web, by: PatientActor, ref: CaseRef, request_id: int) -> None:
        super().__init__(request, by)
        self.ref, self.request_id = ref, request_id

    @property
    def form(self) -> FormRequest:
        return self.request_form

    @property
    def stand(self) -> Stand:
        base = f"/my/cases/{self.ref}"
        return Stand(self.form, f"{base}/forms/{self.request_id}", base, self.by.lang)

    @property
    def is_over(self) -> bool:
        return is_over(self.case)

    async def read(self) -> None:
        async with web.house(self.request).database.transaction(self.by.scope) as connection:
            self.case, self.request_form = await queries.request(
                connection, by=self.by, ref=self.ref, request_id=self.request_id
            )

    async def note(self) -> None:
        await note_reading(self.request, self.by, self.case, "read_form")

    def refuse_onlookers(self) -> None:
        if not responsible(self.by, self.case):
            raise Forbidden(
                "Den som sökte vård svarar på formuläret. Du kan läsa svaren när de är skickade.",
                code="not_responsible",
            )

    async def open(self) -> None:
        house = web.house(self.request)
        await actions.open_form(house, by=self.by, ref=self.ref, request_id=self.request_id)

    async def fill_in(self, *, rev: int, raw: Mapping[str, object], change: Change | None) -> Kept:
        return await actions.fill_in(
            web.house(self.request),
            by=self.by,
            ref=self.ref,
            request_id=self.request_id,
            rev=rev,
            raw=raw,
            change=change,
        )

    async def send(self, *, rev: int) -> str:
        await actions.answer_form(
            web.house(self.request), by=self.by, ref=self.ref, request_id=self.request_id, rev=rev
        )
        return f"/my/cases/{self.ref}/forms/{self.request_id}?sent=1"

    async def shell(self) -> dict[str, Any]:
        async with web.house(self.request).database.transaction(self.by.scope) as connection:
            about = await person(connection, self.case.person_id)
        if about is None:
            raise NotFound()
        return shell_of(self.by, self.form, about, self.case.person_id)

    def beside_answers(self) -> dict[str, Any]:
        # Back in the conversation, at the row that tells of it.
        row = self.form.answered_n or self.form.n
        return {
            "chat_url": f"{self.stand.leave}#e{row}",
            "seek_url": seek_url(self.by, self.case.person_id),
        }

    def is_late(self, refusal: WrongState, /) -> bool:
        return refusal.code == "phase_over"

    def why_not(self, _refusal: WrongState, /) -> str:
        return i18n.text(
            self.by.lang,
            "Ärendet väntar på att någon tar emot det igen. Svaren är sparade, skicka dem om en stund.",
        )


@get("/my/cases/{ref:str}/forms/{request_id:int}")
async def form_page(request: Web, request_id: FromPath[int]) -> Response[Any]:
    """Where the form stands."""
    by, ref = await patient(request), web.ref(request)
    await refuse_kindly_if_grown(request, by, ref)
    return await show(InCase(request, by, ref, request_id))


@post("/my/cases/{ref:str}/forms/{request_id:int}")
async def keep_page(request: Web, request_id: FromPath[int]) -> Response[Any]:
    """Keep a page and go on, or send it all in."""
    return await keep(InCase(request, await patient(request), web.ref(request), request_id))


def form_routes() -> list[ControllerRouterHandler]:
    """The handlers of this file."""
    return [form_page, keep_page]
