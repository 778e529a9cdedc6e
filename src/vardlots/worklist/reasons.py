"""*Sökorsak* as staff choose it: found by typing among what the provider has configured.

    chosen = read_reason(form, practice, lang)       # of a form that was sent
    {"reason": reason_field(chosen, fault, ...)}     # for `worklist/reason_field.html`

What is typed is posted, since it tells of a patient and no address is to hold it. Without script the form's own button
finds: what comes near is offered as choices.
"""

from collections.abc import Mapping
from typing import Any

import msgspec
from litestar import Response, post

from vardlots.access import web
from vardlots.access.web import Web
from vardlots.cases.web import house
from vardlots.clinics.tree import fold
from vardlots.platform import pages
from vardlots.triage.configured import Practice, practice_of
from vardlots.triage.services import CASE_KIND, kind_of

TYPED_MOST = 80
SHOWN = 12


class Wanted(msgspec.Struct, frozen=True):
    """What stands in the field: the reason's code ("" where none is chosen), the words, what came near them."""

    code: str = ""
    typed: str = ""
    found: tuple[tuple[str, str], ...] = ()


def find_reasons(practice: Practice, typed: str, lang: str) -> list[tuple[str, str]]:
    """Codes and names of the reasons that can be chosen whose name or search words hold every word typed, by name.

    Names come before search words; nothing typed finds everything.
    """
    words = fold(typed).split()
    names = practice.names(lang)
    found = []
    for code, reason in practice.reasons.items():
        if not reason.active:
            continue
        name = fold(names[code])
        more = fold(" ".join((reason.label, reason.label_en, *reason.words, *reason.words_en)))
        if all(word in name or word in more for word in words):
            found.append((not all(word in name for word in words), name, code, names[code]))
    return [(code, label) for _, _, code, label in sorted(found)]


def read_reason(form: Mapping[str, Any], practice: Practice, lang: str) -> Wanted:
    """The reason of a form: the one chosen, or the only one that is near what was typed."""
    typed = " ".join(str(form.get("reason_q", "")).split())[:TYPED_MOST]
    names = practice.names(lang)
    for field in ("reason_pick", "reason"):
        code = str(form.get(field, ""))
        known = practice.reasons.get(code)
        # Whoever chose one and then typed something else wants something else.
        if known is not None and known.active and (field == "reason_pick" or typed in ("", names[code])):
            return Wanted(code, names[code])
    near = find_reasons(practice, typed, lang) if typed else []
    same = [code for code, label in near if label.casefold() == typed.casefold()] or [
        code for code, _ in near
    ]
    if len(same) == 1:
        return Wanted(same[0], names[same[0]])
    return Wanted("", typed, tuple(near[:SHOWN]))


def named(code: str, practice: Practice, lang: str) -> Wanted:
    """The field with a reason in it from the beginning; empty where the code is nobody's."""
    return Wanted(code, practice.names(lang)[code]) if code in practice.reasons else Wanted()


def is_errand(practice: Practice, code: str) -> bool:
    """Whether a reason is an administrative errand."""
    reason = practice.reasons.get(code)
    protocol = practice.protocols.get(reason.protocol or "") if reason is not None else None
    return protocol is not None and kind_of(protocol) == "service"


def kind_for(practice: Practice, code: str) -> str:
    """Care or administrative, as the reason suggests."""
    return CASE_KIND if is_errand(practice, code) else "care"


def reason_field(wanted: Wanted, fault: str = "", hint: str = "") -> dict[str, Any]:
    """What `worklist/reason_field.html` draws."""
    return {
        "value": wanted.code,
        "typed": wanted.typed,
        "found": [{"value": code, "label": label} for code, label in wanted.found],
        "fault": fault,
        "hint": hint,
    }


@post("/staff/reasons", status_code=200)
async def reasons(request: Web) -> Response[Any]:
    """The reasons near `q`, as options of a list."""
    by = await web.carer(request)
    form = await request.form()
    typed = str(form.get("q", ""))[:TYPED_MOST]
    async with house(request).database.transaction(by.scope) as connection:
        practice = await practice_of(connection, by.provider_id)
    found = find_reasons(practice, typed, pages.language_of(request))[:SHOWN]
    options = [{"value": code, "label": label} for code, label in found]
    return pages.page(request, "worklist/reason_options.html", {"options": options})
