"""The screens: a folder of built files, served at every path that is no API.

Outside the framework: a page is asked for by any path, an API's answers must not change for that.
"""

import asyncio
import hashlib
import mimetypes
import re
from collections.abc import Collection
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

from sightline.api.console import _welcome
from sightline.api.kit.accepts import accepted
from sightline.api.kit.services import Services

FOLDER = Path(__file__).parents[2] / "ui"

# The build's names with a hash of the content in them: such a file never changes.
_HASHED = re.compile(r"-[A-Za-z0-9_-]{8}\.[a-z0-9]+$")
# One folder deep, and no name that begins with a dot: nothing leads out of the folder.
_NAME = re.compile(r"/(?:assets/)?[A-Za-z0-9_-][A-Za-z0-9_.-]*")
_SUFFIXES = {"br": ".br", "gzip": ".gz"}
_FOREVER = b"public, max-age=31536000, immutable"
_ASK_FIRST = b"no-cache"
_POLICY = "; ".join(
    (
        "default-src 'self'",
        "script-src 'self'",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data: blob: https:",
        "media-src 'self' data: blob: https:",
        "connect-src 'self'",
        "worker-src 'self' blob:",
        "frame-src 'self' blob:",
        "frame-ancestors 'none'",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
    )
).encode()
_PLAIN_POLICY = b"default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"
_GUARDS = [
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
]
_TYPES = {".js": "text/javascript", ".woff2": "font/woff2", ".map": "application/json"}

Headers = list[tuple[bytes, bytes]]


class Screens:
    """ASGI wrapper: GET and HEAD of a path that no API has go to the built files.

    `taken` are the first parts of the paths that routes have. A path without a file of its own is
    a page and gets `index.html`; a file that is not there is for `app` to refuse.
    The folder is looked at on each request, so that a new build shows on reload.
    """

    def __init__(
        self, app: Any, services: Services, taken: Collection[str], folder: Path = FOLDER
    ) -> None:
        self.app = app
        self._services = services
        self._taken = frozenset(taken)
        self._folder = folder

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http" or scope["method"] not in {"GET", "HEAD"}:
            await self.app(scope, receive, send)
            return
        path: str = scope["path"]
        if path.lstrip("/").partition("/")[0] in self._taken:
            await self.app(scope, receive, send)
            return
        asked = dict(scope["headers"])
        found = await asyncio.to_thread(self._find, path, asked)
        if found is None and _is_file(path):
            await self.app(scope, receive, send)
            return
        status, headers, data = found or self._welcome(scope, asked)
        if status != 304:
            headers.append((b"content-length", str(len(data)).encode()))
        await send({"type": "http.response.start", "status": status, "headers": headers})
        body = b"" if scope["method"] == "HEAD" else data
        await send({"type": "http.response.body", "body": body, "more_body": False})

    def _find(self, path: str, asked: dict[bytes, bytes]) -> tuple[int, Headers, bytes] | None:
        """Return status, headers and bytes for a path; None without a file or a build."""
        file = self._folder / path[1:]
        if not _NAME.fullmatch(path) or path.endswith((".br", ".gz")) or not file.is_file():
            if _is_file(path):
                return None
            file = self._folder / "index.html"
        encoding, data = _read(file, asked.get(b"accept-encoding", b"").decode("latin-1"))
        if data is None:
            return None
        headers = _headers(file.suffix)
        headers.append((b"vary", b"accept-encoding"))
        if encoding:
            headers.append((b"content-encoding", encoding.encode()))
        if file.parent.name == "assets" and _HASHED.search(file.name):
            headers.append((b"cache-control", _FOREVER))
            return 200, headers, data
        tag = f'"{hashlib.sha256(data).hexdigest()[:20]}"'.encode()
        headers += [(b"cache-control", _ASK_FIRST), (b"etag", tag)]
        if tag in asked.get(b"if-none-match", b""):
            return 304, [h for h in headers if h[0] != b"content-encoding"], b""
        return 200, headers, data

    def _welcome(self, scope: Any, asked: dict[bytes, bytes]) -> tuple[int, Headers, bytes]:
        host = asked.get(b"host", b"").decode("latin-1")
        query = parse_qs(scope["query_string"].decode("latin-1")[:2048])
        data = _welcome.page(
            f"http://{host}" if host else self._services.public_url,
            keys_required=self._services.gate.required,
            trace=query.get("trace", [None])[0],
        )
        headers = [h for h in _headers(".html") if h[0] != b"content-security-policy"]
        headers += [(b"content-security-policy", _PLAIN_POLICY), (b"cache-control", b"no-store")]
        return 200, headers, data


def _is_file(path: str) -> bool:
    """Say whether a path can only be meant as a file: `/assets/…`, `/favicon.ico`."""
    return path.startswith("/assets/") or ("." in path and path.count("/") == 1)


def _read(file: Path, accept_encoding: str) -> tuple[str, bytes | None]:
    """Return the encoding and bytes of the smallest form that the client takes."""
    for encoding in accepted(accept_encoding, _SUFFIXES):
        try:
            return encoding, file.with_name(file.name + _SUFFIXES[encoding]).read_bytes()
        except OSError:
            continue
    try:
        return "", file.read_bytes()
    except OSError:
        return "", None


def _headers(suffix: str) -> Headers:
    kind = _TYPES.get(suffix) or mimetypes.types_map.get(suffix) or "application/octet-stream"
    if kind.startswith("text/") or kind == "application/json":
        kind += "; charset=utf-8"
    return [(b"content-type", kind.encode()), (b"content-security-policy", _POLICY), *_GUARDS]
