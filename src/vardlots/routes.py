"""Every route of the product, subject by subject."""

from litestar.types import ControllerRouterHandler

from vardlots.access import web
from vardlots.access.door import oidc_door
from vardlots.access.pages import sign_in_routes
from vardlots.admin.routes import admin_routes
from vardlots.conversations.forms.pages import card_routes
from vardlots.conversations.pages import conversation_routes
from vardlots.notifications.routes import notice_routes
from vardlots.patients.routes import patient_routes
from vardlots.platform import health
from vardlots.platform.settings import Settings
from vardlots.platform.static import static_file
from vardlots.preferences.pages import preference_routes
from vardlots.review.routes import review_routes
from vardlots.triage.anew.pages import anew_routes
from vardlots.triage.before import before_routes
from vardlots.triage.booking.routes import booking_routes
from vardlots.triage.care import care_routes
from vardlots.triage.case_pages import case_routes, redraw
from vardlots.triage.consents import consent_routes
from vardlots.triage.contacts.pages import contact_routes
from vardlots.triage.form_pages import form_routes
from vardlots.triage.home import home_routes
from vardlots.triage.own_lists import list_routes
from vardlots.triage.pages import interview_routes
from vardlots.triage.profile import profile_routes
from vardlots.triage.result_pages import result_routes
from vardlots.triage.review_pages import review_routes as read_through_routes
from vardlots.triage.service_pages import service_routes
from vardlots.triage.ticket_pages import ticket_routes
from vardlots.triage.tickets.form_pages import ticket_form_routes
from vardlots.triage.tickets.pages import other_ticket_routes
from vardlots.triage.waiting_pages import waiting_routes
from vardlots.worklist.routes import staff_routes
from vardlots.worklist.stream import live


def routes(settings: Settings) -> list[ControllerRouterHandler]:
    """The handlers to serve; the demonstration's own pages exist in demo mode only."""
    found: list[ControllerRouterHandler] = [health.healthz, health.readyz, health.metrics, static_file, live]
    found += conversation_routes("/my/cases", web.patient, redraw)
    found += [
        *home_routes(),
        *list_routes(),
        *profile_routes(),
        *care_routes(),
        *interview_routes(),
        *result_routes(),
    ]
    found += [*service_routes(), *read_through_routes()]
    found += [
        *before_routes(),
        *case_routes(),
        *form_routes(),
        *card_routes("/my/cases", web.patient),
        *waiting_routes(),
        *anew_routes(),
        *consent_routes(),
        *ticket_routes(),
        *other_ticket_routes(),
        *ticket_form_routes(),
        *booking_routes(),
        *contact_routes(),
    ]
    found += staff_routes()
    found += admin_routes()
    found += review_routes()
    found += preference_routes()
    found += notice_routes()
    if settings.demo:
        from vardlots.demo.pages import demo_door, demo_routes

        door = demo_door(settings)
        found += demo_routes(settings)
    else:
        door = oidc_door(settings)
    return [*found, *sign_in_routes(door), *patient_routes(door.register)]
