"""Static files, kept in memory, made small and compressed once.

An address holds a version made from the content, so browsers keep the file for ever. Scripts import each other by
relative addresses, so the version of all of them together is a folder in the path: `/static/@1f2e3d/js/app.js`.
"""

import gzip
import hashlib
import mimetypes
import re
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import rcssmin
import rjsmin
from litestar import Request, Response, get

from vardlots.platform.errors import NotFound

STATIC = Path(__file__).parent.parent / "static"
# Style sheets that a page always wants together, as one file: on a slow line every request is a long wait.
SHEETS = {
    "css/patient-all.css": (
        "css/tokens.css",
        "css/base.css",
        "css/patient.css",
        "css/patient-pages.css",
        "css/ending.css",
    ),
}
_COMPRESSED = {".css", ".js", ".svg", ".webmanifest", ".json", ".txt"}
mimetypes.add_type("font/woff2", ".woff2")
mimetypes.add_type("application/manifest+json", ".webmanifest")
mimetypes.add_type("text/javascript", ".js")


class _File(NamedTuple):
    plain: bytes
    packed: bytes | None
    media_type: str
    etag: str


@cache
def asset(path: str) -> str:
    """The address of a static file, with its version."""
    if path.endswith(".js"):
        return f"/static/@{scripts_version()}/{path}"
    files = [STATIC / part for part in SHEETS.get(path, (path,))]
    known = all(file.is_file() for file in files)
    return f"/static/{path}?v={_digest(b''.join(smaller(file) for file in files)) if known else 'missing'}"


_FONT = re.compile(r'url\("/static/([^"?]+)"\)')
_IMPORT = re.compile(r'^(?:import|export)\b[^"();]*?"\./([\w-]+\.js)";?$', re.MULTILINE)


@cache
def modules(path: str, *later: str) -> tuple[str, ...]:
    """The addresses of a script and of all that it imports, so that a page can ask for them at once.

    Each import would else be found only when the script before it has come. `later` are scripts that this one fetches
    when a page has use for them.
    """
    found: list[str] = []
    waiting = [path, *later]
    while waiting:
        one = waiting.pop(0)
        if one in found:
            continue
        found.append(one)
        folder = one.rpartition("/")[0]
        waiting += [
            f"{folder}/{name}" for name in _IMPORT.findall((STATIC / one).read_text(encoding="utf-8"))
        ]
    return tuple(asset(one) for one in found)


@cache
def scripts_version() -> str:
    """The version of all scripts together."""
    return _digest(b"".join(file.read_bytes() for file in sorted(STATIC.rglob("*.js"))))


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:12]


def _file(path: str) -> _File | None:
    """A file by its address. Only what is there is kept: addresses that lead nowhere are without number."""
    if path in SHEETS:
        return _sheet(path)
    try:
        file = (STATIC / path).resolve()
        found = file.is_relative_to(STATIC.resolve()) and file.is_file()
    except (OSError, ValueError):
        # Too long for a name, or with a sign that no name has.
        return None
    return _read(file) if found else None


def _kept_files() -> int:
    """How many files are in memory."""
    return _read.cache_info().currsize


@cache
def _read(file: Path) -> _File:
    return _whole(smaller(file), file.name)


@cache
def _sheet(path: str) -> _File:
    return _whole(b"\n".join(smaller(STATIC / part) for part in SHEETS[path]), path)


def _whole(plain: bytes, name: str) -> _File:
    packed = gzip.compress(plain, 9, mtime=0) if Path(name).suffix in _COMPRESSED else None
    media_type = mimetypes.guess_type(name)[0] or "application/octet-stream"
    return _File(plain, packed, media_type, f'"{_digest(plain)}"')


def smaller(file: Path) -> bytes:
    """The file as it is sent: our own scripts and styles without comments and needless space."""
    if "vendor" in file.relative_to(STATIC).parts:
        return file.read_bytes()
    if file.suffix == ".js":
        return str(rjsmin.jsmin(file.read_text(encoding="utf-8"))).encode()
    if file.suffix == ".css":
        # A font is kept for ever as all else is, so its address too carries its version.
        versioned = _FONT.sub(lambda found: f'url("{asset(found[1])}")', file.read_text(encoding="utf-8"))
        return str(rcssmin.cssmin(versioned)).encode()
    return file.read_bytes()


@get("/static/{path:path}", sync_to_thread=False)
def static_file(request: Request[Any, Any, Any]) -> Response[bytes]:
    """A file of the product's own: style, script, font, icon. Raises NotFound."""
    path = str(request.path_params["path"]).lstrip("/")
    version = request.query_params.get("v")
    if path.startswith("@"):
        version, _, path = path[1:].partition("/")
        # A page from before the last change still gets its scripts, but does not keep these under the old name.
        version = version if version == scripts_version() else None
    found = _file(path)
    if found is None:
        raise NotFound()
    lasting = "public, max-age=31536000, immutable" if version else "public, max-age=300"
    headers = {"cache-control": lasting, "etag": found.etag, "vary": "accept-encoding"}
    if request.headers.get("if-none-match") == found.etag:
        return Response(b"", status_code=304, headers=headers)
    if found.packed is not None and "gzip" in request.headers.get("accept-encoding", ""):
        return Response(
            found.packed, media_type=found.media_type, headers={**headers, "content-encoding": "gzip"}
        )
    return Response(found.plain, media_type=found.media_type, headers=headers)
