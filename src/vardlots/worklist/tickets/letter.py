"""*Skriv brev*: a neutral letter to somebody who has not opened what was sent to them (requirement G3).

It says who wants to be reached and on which number, never why: whoever opens the envelope may be somebody else.
"""

from pathlib import Path
from typing import Any

from litestar import Response, get

from vardlots.access import web
from vardlots.access.web import Web
from vardlots.audit.log import access
from vardlots.cases.web import house, read_log
from vardlots.families.acting import acting_for
from vardlots.people.queries import person
from vardlots.platform import clock, typeset
from vardlots.platform.errors import Forbidden
from vardlots.platform.i18n import shared, text
from vardlots.tickets.words import day_in_words
from vardlots.worklist.tickets.one import View, read_view, ref_in

TEMPLATE = Path(__file__).parent / "documents" / "letter.typ"


@get("/staff/tickets/{ref:str}/letter")
async def letter(request: Web) -> Response[Any]:
    """The letter as PDF, in the patient's language; that it was written is logged."""
    by, ref = await web.carer(request), ref_in(request)
    async with house(request).database.transaction(by.scope) as connection:
        found = await read_view(connection, by=by, ref=ref)
        acts = await acting_for(connection, provider_id=by.provider_id, person_id=found.person.person_id)
        reader = await person(connection, acts) if acts is not None else None
    if found.person.protected:
        raise Forbidden("Skicka inget brev. Patienten har skyddade personuppgifter.", code="protected")
    row = access(by, "write_letter", provider_id=ref.provider_id, person_id=found.ticket.person_id)
    await read_log(request).record(row)
    lang = shared((reader or found.person).language)
    to_guardian = reader is not None and reader.main_id != found.person.main_id
    made = await typeset.pdf(TEMPLATE, content(found, to_guardian, lang))
    headers = {"cache-control": "no-store", "content-disposition": 'attachment; filename="brev.pdf"'}
    return Response(made, media_type="application/pdf", headers=headers)


def content(found: View, to_guardian: bool, lang: str) -> dict[str, Any]:
    """What the letter says, in a language of the reader's."""
    unit, name = found.from_unit, found.person.name
    phone = unit.phone or ""
    ask = text(
        lang,
        "Logga in på {service} för att läsa den, eller ring oss på {phone} så hjälper vi dig.",
        service="Vårdlots",
        phone=phone,
    )
    if not phone:
        ask = text(lang, "Logga in på {service} för att läsa den.", service="Vårdlots")
    return {
        "lang": lang,
        "region": "se" if lang == "sv" else "gb",
        "title": text(lang, "Brev från {unit}", unit=unit.name),
        "author": unit.provider_name,
        "logo": typeset.LOGO.read_text(encoding="utf-8"),
        "provider": unit.provider_name,
        "unit": unit.name,
        "address": unit.address or "",
        "phone": phone,
        "day": day_in_words(clock.today(), lang),
        "to": text(lang, "Till vårdnadshavare för {name}", name=name) if to_guardian else name,
        "lines": [
            text(lang, "Vi har skickat en inbjudan till dig, men ser inte att du har läst den."),
            ask,
            text(lang, "Har du redan hört av dig kan du bortse från det här brevet."),
        ],
        "greeting": text(lang, "Vänliga hälsningar"),
        "call": text(lang, "Telefon"),
    }
