"""The handlers of the access log: the patient's own page, the reviewers' search, their reviews, an extract on paper."""

from litestar.types import ControllerRouterHandler

from vardlots.review.extract_pages import extract_page_routes
from vardlots.review.own_log import own_log_routes
from vardlots.review.review_pages import review_page_routes
from vardlots.review.search_pages import search_page_routes


def review_routes() -> list[ControllerRouterHandler]:
    """Every page of the access log."""
    return [*own_log_routes(), *search_page_routes(), *extract_page_routes(), *review_page_routes()]
