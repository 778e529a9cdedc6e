"""What page handlers of this subject and later ones reach for in a request."""

from vardlots.access import web
from vardlots.access.actor import StaffActor
from vardlots.access.web import Web
from vardlots.audit.log import ReadLog
from vardlots.cases.model import CaseRef
from vardlots.cases.turn import House
from vardlots.platform.files import FileStore


def house(request: Web) -> House:
    """The database and the live signals."""
    found: House = request.app.state.house
    return found


def read_log(request: Web) -> ReadLog:
    """The access log of pages that are read."""
    found: ReadLog = request.app.state.read_log
    return found


def files(request: Web) -> FileStore:
    """The file store."""
    found: FileStore = request.app.state.files
    return found


def ref(request: Web) -> CaseRef:
    """The case that the address names. Raises NotFound for a mangled one."""
    return CaseRef.parse(str(request.path_params["ref"]))


async def pressed(request: Web) -> tuple[StaffActor, CaseRef, dict[str, str]]:
    """What a member of staff pressed in a case: who, which case, and the form's fields.

    Fields of the machinery (`_csrf`) are left out, and line breaks are one sign, as they are kept. Raises what
    `web.carer` and `ref` raise.
    """
    by, at = await web.carer(request), ref(request)
    form = await request.form()
    return (
        by,
        at,
        {name: str(value).replace("\r\n", "\n") for name, value in form.items() if not name.startswith("_")},
    )
