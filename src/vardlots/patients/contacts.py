"""A patient's contacts for staff: who is asked at one's own unit, said and ended, with what was before (row F3)."""

from typing import Any

from litestar import Response, post

from vardlots.access import web
from vardlots.access.web import Web
from vardlots.cases.web import house
from vardlots.contacts import actions
from vardlots.contacts.model import ContactRef
from vardlots.patients.pages import demand_open, person_in, show
from vardlots.platform.errors import Invalid, NotFound, Refusal
from vardlots.platform.numbers import id_sent
from vardlots.platform.pages import see


@post("/staff/patients/{person:str}/contacts", status_code=303)
async def set_contact(request: Web) -> Response[Any]:
    """Say who the patient's contact is at one's unit: a person with a role there, or a role alone."""
    by = await web.carer(request)
    person_id = person_in(request)
    form = await request.form()
    typed = {"contact": str(form.get("contact", ""))}
    staff, _, role = typed["contact"].partition(":")
    try:
        await demand_open(request, by, person_id)
        if not role:
            raise Invalid("contact", "Välj en person eller en roll i listan.")
        staff_id = id_sent(staff) if staff else None
        await actions.set_contact(house(request), by=by, person_id=person_id, role=role, staff_id=staff_id)
    except Refusal as refusal:
        if isinstance(refusal, NotFound):
            raise
        return await show(request, by, person_id, refusal, typed)
    return see(f"/staff/patients/{person_id}#contacts")


@post("/staff/patients/{person:str}/contacts/{contact:str}/end", status_code=303)
async def end_contact(request: Web) -> Response[Any]:
    """End a contact of one's own unit."""
    by = await web.carer(request)
    person_id = person_in(request)
    try:
        await demand_open(request, by, person_id)
        ref = ContactRef.parse(str(request.path_params["contact"]))
        await actions.end_contact(house(request), by=by, person_id=person_id, ref=ref)
    except Refusal as refusal:
        if isinstance(refusal, NotFound):
            raise
        return await show(request, by, person_id, refusal, {})
    return see(f"/staff/patients/{person_id}#contacts")


HANDLERS = (set_contact, end_contact)
