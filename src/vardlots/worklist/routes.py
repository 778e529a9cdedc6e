"""The handlers of the staff's desk."""

from litestar.types import ControllerRouterHandler

from vardlots.access import web
from vardlots.conversations.pages import conversation_routes
from vardlots.notes import pages as notes
from vardlots.worklist import (
    asynchronous,
    days,
    guest_list,
    leaving,
    leaving_verbs,
    lists,
    note_verbs,
    resources,
    search,
    start,
    visit,
    visit_door,
    visit_fhir,
    visit_handover_verbs,
    visit_pause_verbs,
    visit_verbs,
)


def staff_routes() -> list[ControllerRouterHandler]:
    """Every page of the desk, the conversation of a visit, and the search for a diagnosis."""
    return [
        start.start,
        start.start_parts,
        start.menu_list,
        lists.drop_in,
        lists.drop_in_rows,
        lists.drop_in_head,
        days.days,
        days.day_rows,
        days.day_head,
        guest_list.guest_list,
        guest_list.guest_rows,
        asynchronous.asynchronous,
        asynchronous.async_rows,
        asynchronous.async_head,
        search.search,
        resources.choose,
        resources.search,
        visit.visit,
        visit.visit_part,
        visit_fhir.answers_as_fhir,
        visit.own_cases,
        visit_verbs.accept,
        visit_verbs.take_over,
        visit_verbs.seen,
        visit_door.open_case_anyway,
        visit_door.lift,
        visit_verbs.start,
        visit_verbs.release,
        visit_verbs.priority,
        visit_verbs.end,
        visit_verbs.done,
        visit_handover_verbs.hand_over,
        visit_handover_verbs.accept,
        visit_handover_verbs.decline,
        visit_handover_verbs.withdraw,
        visit_pause_verbs.pause,
        visit_pause_verbs.resume,
        leaving.leaving,
        leaving_verbs.hand_over,
        leaving_verbs.withdraw,
        leaving_verbs.pause,
        leaving_verbs.release,
        note_verbs.autosave,
        note_verbs.copy_text,
        note_verbs.save_note,
        notes.codes,
        *conversation_routes("/staff/cases", web.carer, visit.redraw),
    ]
