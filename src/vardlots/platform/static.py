"""Static files, kept in memory and compressed once; the version in the address lets browsers keep them for ever."""

import gzip
import hashlib
import mimetypes
from functools import cache
from typing import Any, NamedTuple

from litestar import Request, Response, get

from vardlots.platform.errors import NotFound
from vardlots.platform.pages import STATIC

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
def _file(path: str) -> _File | None:
    file = (STATIC / path).resolve()
    if not file.is_relative_to(STATIC.resolve()) or not file.is_file():
        return None
    plain = file.read_bytes()
    packed = gzip.compress(plain, 9, mtime=0) if file.suffix in _COMPRESSED else None
    media_type = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
    return _File(plain, packed, media_type, f'"{hashlib.sha256(plain).hexdigest()[:16]}"')


@get("/static/{path:path}", sync_to_thread=False)
def static_file(request: Request[Any, Any, Any]) -> Response[bytes]:
    """A file of the product's own: style, script, font, icon. Raises NotFound."""
    found = _file(str(request.path_params["path"]).lstrip("/"))
    if found is None:
        raise NotFound()
    lasting = "public, max-age=31536000, immutable" if "v" in request.query_params else "public, max-age=300"
    headers = {"cache-control": lasting, "etag": found.etag, "vary": "accept-encoding"}
    if request.headers.get("if-none-match") == found.etag:
        return Response(b"", status_code=304, headers=headers)
    if found.packed is not None and "gzip" in request.headers.get("accept-encoding", ""):
        return Response(
            found.packed, media_type=found.media_type, headers={**headers, "content-encoding": "gzip"}
        )
    return Response(found.plain, media_type=found.media_type, headers=headers)
