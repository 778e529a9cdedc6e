"""*Formulär* in the visit: which can be sent, and how those that were sent stand."""

from typing import Any
from uuid import uuid4

from vardlots.access.actor import StaffActor
from vardlots.cases import policy
from vardlots.cases.model import Verb
from vardlots.cases.states import allows
from vardlots.configuration import book
from vardlots.conversations.forms import queries
from vardlots.conversations.forms.cards import card_of
from vardlots.conversations.forms.sendable import gives, questions_in, sendable
from vardlots.forms.text import say
from vardlots.platform import clock
from vardlots.platform.db import Connection
from vardlots.worklist.visit_draw import base_of
from vardlots.worklist.visit_read import Visit


async def read_forms(connection: Connection, by: StaffActor, found: Visit, lang: str) -> dict[str, Any]:
    """What may be sent, for the panel; what has been, for the patient's panel."""
    base, case = base_of(found), found.case
    may_send = allows(case.phase, Verb.SEND_FORM) and (
        policy.may(by, Verb.SEND_FORM, case, clock.now(), found.rights) is None
    )
    sent = [card_of(one, case, by, base) for one in await queries.cards(connection, case.ref)]
    forms = sendable(await book.opened(connection, by.provider_id)) if may_send else {}
    offered = [
        {
            "code": code,
            "title": say(form.title, lang),
            "about": say(form.description, lang) if form.description else "",
            "questions": questions_in(form),
            "gives": gives(form),
            "key": str(uuid4()),
        }
        for code, form in forms.items()
    ]
    return {
        "forms": {
            "may_send": may_send,
            "offered": sorted(offered, key=lambda one: str(one["title"]).casefold()),
            "sent": sent,
            "base": base,
            "topic": f"case:{case.ref}" if any(one["moves"] for one in sent) else "",
        }
    }
