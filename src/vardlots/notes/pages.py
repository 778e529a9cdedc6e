"""The search for a diagnosis while it is typed. The note itself is a part of the visit's page."""

from typing import Any

from litestar import Response, get

from vardlots.access import web
from vardlots.access.web import Web
from vardlots.notes import codebook
from vardlots.platform import pages

TYPED_MOST = 80


@get("/staff/codes")
async def codes(request: Web) -> Response[Any]:
    """The best diagnoses for `?q=` as options of a list; `?for=others` when several may be chosen."""
    await web.staff(request)
    typed = request.query_params.get("q", "")[:TYPED_MOST]
    many = request.query_params.get("for") == "others"
    found = await codebook.search(typed) if typed.strip() else []
    if not many:
        found = [code for code in found if code.may_be_main]
    return pages.page(request, "notes/codes.html", {"codes": found, "many": many})
