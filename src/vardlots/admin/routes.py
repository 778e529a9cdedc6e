"""The handlers of administration."""

from litestar.types import ControllerRouterHandler

from vardlots.admin import edit_pages, fhir_pages, file_pages, pages, version_pages


def admin_routes() -> list[ControllerRouterHandler]:
    """Every page of administration."""
    return [
        pages.home,
        pages.search_page,
        pages.search,
        pages.kind_list,
        pages.kind_search,
        file_pages.export,
        file_pages.choose_file,
        file_pages.bring_in,
        fhir_pages.choose_fhir,
        fhir_pages.bring_fhir,
        fhir_pages.export_fhir,
        edit_pages.edit,
        edit_pages.change,
        edit_pages.autosave,
        edit_pages.parts,
        edit_pages.discard,
        version_pages.compare,
        version_pages.restore,
        version_pages.merge,
        version_pages.ask_removal,
        version_pages.remove,
        version_pages.export_one,
    ]
