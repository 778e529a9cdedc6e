"""*Profil*: picture, names, title and mobile number, as patients and colleagues read them."""

from typing import Any

import msgspec
from litestar import Response, get, post

from vardlots.access import web
from vardlots.access.actor import StaffActor
from vardlots.access.sessions import Sessions
from vardlots.access.web import Web
from vardlots.cases.web import house
from vardlots.conversations.files import uploaded
from vardlots.platform import i18n, pages
from vardlots.platform.errors import Invalid, Refusal, WrongState
from vardlots.platform.numbers import whole
from vardlots.platform.pages import see
from vardlots.platform.phones import read_mobile
from vardlots.preferences import actions, frame, pictures, queries
from vardlots.preferences.model import NAME_MAX, TITLE_MAX, Profile
from vardlots.triage.words import initials, mobile_words

FIELDS = ("given_name", "family_name", "title", "mobile")


class _Sent(msgspec.Struct, frozen=True):
    """The form as it was sent: what was typed, whether the picture is to go, which save it is based on."""

    typed: dict[str, str]
    remove_picture: bool
    rev: int


@get("/staff/settings")
async def profile(request: Web) -> Response[str]:
    """What one tells of oneself."""
    by = await web.staff(request)
    return await _draw(request, by)


@post("/staff/settings", status_code=303)
async def save_profile(request: Web) -> Response[Any]:
    """Keep it. What is wrong is said beside its field, and everything typed stays."""
    by = await web.staff(request)
    form = await request.form()
    rev = str(form.get("rev", ""))
    sent = _Sent(
        {field: str(form.get(field, "")) for field in FIELDS},
        form.get("remove_picture") == "1",
        whole(rev, 9) or 0,
    )
    faults: dict[str, Refusal] = {}
    if files := uploaded(form, "picture"):
        # First, and for itself: a browser cannot put a chosen file back into a form that is shown again.
        try:
            await pictures.keep(request, files[0], by=by)
        except Refusal as refusal:
            faults["picture"] = refusal
    elif sent.remove_picture:
        await pictures.remove(request, by=by)
    try:
        await _save(request, by, sent)
    except Invalid as refusal:
        faults[refusal.field] = refusal
    except WrongState as refusal:
        faults["rev"] = refusal
    sessions: Sessions = request.app.state.sessions
    sessions.forget(by.session_id)
    if not faults:
        return see("/staff/settings?saved=1")
    return await _draw(request, by, sent=sent, faults=faults)


async def _save(request: Web, by: StaffActor, sent: _Sent) -> None:
    number = sent.typed["mobile"].strip()
    mobile = read_mobile(number) if number else None
    if number and mobile is None:
        raise Invalid(
            "mobile", "Numret ser inte ut som ett mobilnummer. Kontrollera det, eller lämna fältet tomt."
        )
    await actions.save_profile(
        house(request).database,
        by=by,
        given_name=sent.typed["given_name"],
        family_name=sent.typed["family_name"],
        title=sent.typed["title"],
        mobile=mobile,
        rev=sent.rev,
    )


async def _draw(
    request: Web, by: StaffActor, *, sent: _Sent | None = None, faults: dict[str, Refusal] | None = None
) -> Response[str]:
    faults = faults or {}
    async with house(request).database.transaction(by.scope) as connection:
        shell = await frame.frame(request, connection, by, frame.PROFILE)
        kept = await queries.profile(connection, by=by)
    lang = shell["lang"]
    stored = _stored(kept)
    typed = sent.typed if sent else stored
    told = {field: i18n.text(lang, fault.message, **fault.values) for field, fault in faults.items()}
    stale = "rev" in faults
    context = shell | {
        "kept": kept,
        "initials": initials(f"{kept.given_name} {kept.family_name}"),
        "typed": typed,
        # After a change from elsewhere: what is kept now, beside what was typed here.
        "other": {
            name: stored[name] or i18n.text(lang, "tomt") for name in FIELDS if typed[name] != stored[name]
        }
        if stale
        else {},
        "stale": stale,
        "rev": kept.rev if sent is None or stale else sent.rev,
        "faults": told,
        "errors": [{"id": field, "text": words} for field, words in told.items() if field != "rev"],
        "directory": f"{kept.directory_given_name} {kept.directory_family_name}",
        "renamed": (kept.given_name, kept.family_name)
        != (kept.directory_given_name, kept.directory_family_name),
        "name_max": NAME_MAX,
        "title_max": TITLE_MAX,
        "saved": request.query_params.get("saved") == "1",
    }
    status = max((fault.status for fault in faults.values()), default=200)
    return pages.page(request, "preferences/profile.html", context, status=status)


def _stored(kept: Profile) -> dict[str, str]:
    return {
        "given_name": kept.given_name,
        "family_name": kept.family_name,
        "title": kept.title,
        "mobile": mobile_words(kept.mobile),
    }
