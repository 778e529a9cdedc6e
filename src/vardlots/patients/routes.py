"""The handlers of the patients' pages for staff."""

from litestar.types import ControllerRouterHandler

from vardlots.patients import (
    begin,
    begin_book,
    begin_ticket,
    blocked,
    consult,
    contacts,
    family,
    pages,
    tickets,
)
from vardlots.patients.assisted import outcome_pages, question_pages, start_pages
from vardlots.patients.from_consultation import from_consultation_routes
from vardlots.patients.new import new_patient_routes
from vardlots.people.register import PopulationRegister


def patient_routes(register: PopulationRegister) -> list[ControllerRouterHandler]:
    """Find, add, read; consents and blocks. `register` is the population register that newcomers are looked up in."""
    return [
        *pages.HANDLERS,
        *family.HANDLERS,
        *blocked.HANDLERS,
        *tickets.HANDLERS,
        *contacts.HANDLERS,
        *begin.HANDLERS,
        *consult.HANDLERS,
        *begin_ticket.HANDLERS,
        *begin_book.HANDLERS,
        *start_pages.HANDLERS,
        *question_pages.HANDLERS,
        *outcome_pages.HANDLERS,
        *new_patient_routes(register),
        *from_consultation_routes(register),
    ]
