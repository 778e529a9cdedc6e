"""Static files, kept in memory, made small and compressed once.

An address holds a version made from the content, so browsers keep the file for ever. Scripts import each other by
relative addresses, so the version of all of them together is a folder in the path: `/static/@1f2e3d/js/app.js`.
"""

import gzip
import hashlib
import mimetypes
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import rcssmin
import rjsmin
from litestar import Request, Response, get

from vardlots.platform.errors import NotFound

STATIC = Path(__file__).parent.parent / "static"
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
    file = STATIC / path
    version = _digest(file.read_bytes()) if file.is_file() else "missing"
    return f"/static/{path}?v={version}"


@cache
def scripts_version() -> str:
    """The version of all scripts together."""
    return _digest(b"".join(file.read_bytes() for file in sorted(STATIC.rglob("*.js"))))


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:12]


def _file(path: str) -> _File | None:
    """A file by its address. Only what is there is kept: addresses that lead nowhere are without number."""
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
    plain = smaller(file)
    packed = gzip.compress(plain, 9, mtime=0) if file.suffix in _COMPRESSED else None
    media_type = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
    return _File(plain, packed, media_type, f'"{_digest(plain)}"')


def smaller(file: Path) -> bytes:
    """The file as it is sent: our own scripts and styles without comments and needless space."""
    if "vendor" in file.relative_to(STATIC).parts:
        return file.read_bytes()
    if file.suffix == ".js":
        return str(rjsmin.jsmin(file.read_text(encoding="utf-8"))).encode()
    if file.suffix == ".css":
        return str(rcssmin.cssmin(file.read_text(encoding="utf-8"))).encode()
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
