"""The routes of notices: what a member of staff is told of in their page, and receipts of texts."""

from litestar.types import ControllerRouterHandler

from vardlots.notifications.receiving import receive_receipts
from vardlots.notifications.staff.pages import HANDLERS


def notice_routes() -> list[ControllerRouterHandler]:
    """The handlers."""
    return [receive_receipts, *HANDLERS]
