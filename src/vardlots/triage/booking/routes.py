"""Every handler of the patient's booking."""

from litestar.types import ControllerRouterHandler

from vardlots.triage.booking.rebook import rebook_routes
from vardlots.triage.booking.ticket_choice import ticket_choice_routes
from vardlots.triage.booking.visit_pages import visit_routes


def booking_routes() -> list[ControllerRouterHandler]:
    """Choosing a time, the booked time, changing it."""
    return [*ticket_choice_routes(), *rebook_routes(), *visit_routes()]
