"""From a request to an actor. Handlers begin with one of these; without a signed-in reader the page is a sign-in."""

from typing import Any, TypeAlias

import msgspec
from litestar import Request
from litestar.datastructures import Cookie

from vardlots.access.actor import PatientActor, StaffActor
from vardlots.access.sessions import Sessions
from vardlots.platform import helps, pages
from vardlots.platform.errors import Forbidden, SignInNeeded

Web: TypeAlias = Request[Any, Any, Any]
COOKIE = "__Host-session"
PLAIN_COOKIE = "session"


def cookie_name(secure: bool) -> str:
    """Over https the cookie is bound to this host by its name; the demo on plain http cannot have that."""
    return COOKIE if secure else PLAIN_COOKIE


def session_token(request: Web) -> str | None:
    """The session's token in the cookie, or None. Over https a cookie without our host in its name may be planted."""
    sessions: Sessions = request.app.state.sessions
    return request.cookies.get(cookie_name(sessions.secure))


def session_cookie(token: str, *, secure: bool, max_age: int) -> Cookie:
    """The session's cookie: unreadable for scripts, never sent by other sites' forms."""
    return Cookie(
        key=cookie_name(secure),
        value=token,
        httponly=True,
        secure=secure,
        samesite="lax",
        path="/",
        max_age=max_age,
    )


async def somebody(request: Web, *, touch: bool = True) -> StaffActor | PatientActor:
    """Whoever is signed in. `touch` counts the request as a sign of life. Raises SignInNeeded."""
    sessions: Sessions = request.app.state.sessions
    token = session_token(request)
    actor = await sessions.actor(token, touch=touch and not _fetched_by_itself(request)) if token else None
    if actor is None:
        raise SignInNeeded("Logga in för att fortsätta. Det du har sparat finns kvar.")
    request.scope.setdefault("state", {})["reader"] = (
        f"{'person' if isinstance(actor, PatientActor) else 'staff'}:{actor.actor_id}"
    )
    if isinstance(actor, StaffActor):
        request.scope["state"][helps.ASKED] = actor.shows_help
    return msgspec.structs.replace(actor, lang=pages.language_of(request))


def _fetched_by_itself(request: Web) -> bool:
    """Whether a staff page brings itself up to date: a queue that moves must keep no unattended desk signed in.

    A patient's page does count: whoever waits for hours with it open is still there when they are called.
    """
    return request.method == "GET" and request.url.path.startswith("/staff") and pages.is_fragment(request)


async def patient(request: Web) -> PatientActor:
    """The patient or guardian who is signed in. Raises SignInNeeded, or Forbidden for staff."""
    actor = await somebody(request)
    if not isinstance(actor, PatientActor):
        raise Forbidden(
            "Du är inloggad som personal. Logga ut för att söka vård för egen del.", code="not_patient"
        )
    return actor


async def staff(request: Web) -> StaffActor:
    """The member of staff who is signed in. Raises SignInNeeded, or Forbidden for patients."""
    actor = await somebody(request)
    if not isinstance(actor, StaffActor):
        raise Forbidden("Den här sidan är för vårdpersonal.", code="not_staff")
    return actor


async def carer(request: Web) -> StaffActor:
    """The member of staff whose role opens cases. Raises SignInNeeded, or Forbidden for every other role."""
    actor = await staff(request)
    if not actor.cares:
        raise Forbidden("Din roll öppnar inga ärenden.", code="not_carer")
    return actor


async def administrator(request: Web) -> StaffActor:
    """The member of staff whose role administers a unit or the provider. Raises SignInNeeded, Forbidden."""
    actor = await staff(request)
    if not actor.administers:
        raise Forbidden("Din roll ändrar inga inställningar för enheten.", code="not_administrator")
    return actor


async def reviewer(request: Web) -> StaffActor:
    """The member of staff whose role searches the access log. Raises SignInNeeded, Forbidden."""
    actor = await staff(request)
    if not actor.reviews:
        raise Forbidden("Din roll granskar inte åtkomstloggen.", code="not_reviewer")
    return actor
