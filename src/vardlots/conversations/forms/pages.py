"""The card of a form alone, for a conversation that looks again; mounted for patients and for staff."""

from typing import Any

from litestar import Response, get
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from vardlots.access.web import Web
from vardlots.audit.log import access
from vardlots.cases import web
from vardlots.conversations.forms import queries
from vardlots.conversations.forms.cards import card_of
from vardlots.conversations.pages import ActorOf
from vardlots.platform import pages


def card_routes(prefix: str, actor_of: ActorOf) -> list[ControllerRouterHandler]:
    """The handler below `{prefix}/{ref}/forms`."""

    @get(f"{prefix}/{{ref:str}}/forms/{{request_id:int}}/card")
    async def card(request: Web, request_id: FromPath[int]) -> Response[Any]:
        by = await actor_of(request)
        ref = web.ref(request)
        async with web.house(request).database.transaction(by.scope) as connection:
            case, found = await queries.card(connection, by=by, ref=ref, request_id=request_id)
        await web.read_log(request).record(
            access(
                by,
                "read_messages",
                provider_id=ref.provider_id,
                person_id=case.person_id,
                case_id=ref.case_id,
            )
        )
        context = {"card": card_of(found, case, by, f"{prefix}/{ref}")}
        return pages.page(request, "conversations/form_card.html", context)

    return [card]
