"""The search for a diagnosis or an action while it is typed. The note itself is a part of the visit's page."""

from typing import Any

from litestar import Response, post

from vardlots.access import web
from vardlots.access.web import Web
from vardlots.notes import codebook
from vardlots.notes.codebook import ListKind
from vardlots.platform import pages

TYPED_MOST = 80


@post("/staff/codes", status_code=200)
async def codes(request: Web) -> Response[Any]:
    """The best codes for `q` as options of a list; `for` is main, others or actions, the last two of several.

    Posted, because what is typed tells of a patient and no address is to hold it (addresses are logged on the way).
    """
    await web.staff(request)
    form = await request.form()
    typed = str(form.get("q", ""))[:TYPED_MOST]
    place = str(form.get("for", "main"))
    kind = ListKind.ACTION if place == "actions" else ListKind.DIAGNOSIS
    found = await codebook.search(typed, kind) if typed.strip() else []
    if place == "main":
        found = [code for code in found if code.may_be_main]
    name = place if place in ("others", "actions") else ""
    return pages.page(request, "notes/codes.html", {"codes": found, "name": name})
