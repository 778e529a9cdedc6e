"""The handlers of consultations for staff."""

from litestar.types import ControllerRouterHandler

from vardlots.worklist.consultations import from_visit, lists, one, verbs


def consultation_routes() -> list[ControllerRouterHandler]:
    """The lists, one consultation with what is pressed in it, and what is sent from a visit."""
    return [
        lists.consultations,
        lists.consultation_rows,
        one.consultation,
        one.consultation_parts,
        verbs.accept,
        verbs.answer,
        verbs.decline,
        verbs.withdraw,
        verbs.end,
        verbs.go,
        verbs.read,
        verbs.file,
        from_visit.consult,
        from_visit.send_consultation,
    ]
