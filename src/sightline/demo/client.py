"""A small HTTP client for Opik's API, as an application's SDK would speak it: gzip, keep-alive."""

import base64
import gzip
import http.client
import json
import threading
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode, urlsplit

from sightline.core import codec
from sightline.core.errors import (
    AuthenticationError,
    ConfigurationError,
    NotFoundError,
    SightlineError,
)

_TRIES = 4
_TIMEOUT_S = 60
# Below this gzip costs more than it saves; the Opik client draws the line there too.
_GZIP_FROM = 256


class Client:
    """Sends requests on one connection for each thread. Raises `SightlineError` for answers ≥ 400.

    Waits and sends again when the server says that it is full, and once on a new connection when
    an idle one was closed.
    """

    def __init__(
        self,
        url: str,
        api_key: str | None = None,
        workspace: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        parts = urlsplit(url if "//" in url else f"http://{url}")
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ConfigurationError(f"`{url}` is no http(s) URL")
        # Also right when somebody gives the address that an SDK takes.
        path = parts.path.rstrip("/").removesuffix("/api")
        self.url = f"{parts.scheme}://{parts.netloc}{path}"
        self.workspace = workspace
        self._parts, self._prefix = parts, path
        self._headers = {"Accept": "application/json", **(headers or {})}
        if api_key:
            self._headers["Authorization"] = api_key
        if workspace:
            self._headers["Comet-Workspace"] = workspace
        self._local = threading.local()

    def send(self, method: str, path: str, body: Any = None) -> Any:
        """Send JSON to a path below `/api/v1/private/` and return the JSON that comes back."""
        data = b"" if body is None else codec.encode(body)
        headers = {"Content-Type": "application/json"}
        if len(data) >= _GZIP_FROM:
            data, headers["Content-Encoding"] = gzip.compress(data, 4), "gzip"
        answer = self._request(method, f"/api/v1/private/{path}", data, headers)
        return json.loads(answer) if answer.strip() else None

    def upload(
        self, entity: str, id: str, project: str, name: str, mime_type: str, data: bytes
    ) -> None:
        """Attach a small file, by the two steps that Opik's clients take."""
        about = {"file_name": name, "mime_type": mime_type, "entity_type": entity, "entity_id": id}
        start = {**about, "project_name": project, "num_of_file_parts": 1}
        start["path"] = base64.b64encode(f"{self.url}/api/".encode()).decode()
        self.send("POST", "attachment/upload-start", start)
        query = urlencode({**about, "project_name": project})
        path = f"/api/v1/private/attachment/upload?{query}"
        self._request("PUT", path, data, {"Content-Type": mime_type})

    def _request(self, method: str, path: str, data: bytes, headers: dict[str, str]) -> bytes:
        for attempt in range(1, _TRIES + 1):
            try:
                answer, body = self._once(method, path, data, headers)
            except (OSError, http.client.HTTPException) as error:
                self._local.connection = None
                if attempt > 1:
                    raise ConfigurationError(
                        f"{self.url} does not answer: {error}",
                        hint="Start it with `sightline serve`, or name another with --url",
                    ) from error
                continue
            if answer.status == 429 and attempt < _TRIES:
                time.sleep(min(30, int(answer.headers.get("Retry-After") or 1)))
                continue
            if answer.status >= 400:
                raise _refused(method, path, answer.status, body)
            return body
        raise AssertionError("unreachable: the last try returns or raises")

    def _once(
        self, method: str, path: str, data: bytes, headers: dict[str, str]
    ) -> tuple[http.client.HTTPResponse, bytes]:
        connection = getattr(self._local, "connection", None)
        if connection is None:
            secure = self._parts.scheme == "https"
            kind = http.client.HTTPSConnection if secure else http.client.HTTPConnection
            connection = kind(self._parts.hostname or "", self._parts.port, timeout=_TIMEOUT_S)
            self._local.connection = connection
        connection.request(method, self._prefix + path, data, self._headers | headers)
        answer = connection.getresponse()
        return answer, answer.read()


def _refused(method: str, path: str, status: int, body: bytes) -> SightlineError:
    try:
        text = str(json.loads(body)["message"])
    except (ValueError, KeyError, TypeError):
        text = body[:200].decode(errors="replace")
    what = f"{method} {path.partition('?')[0]} was answered {status}: {text}"
    if status in {401, 403}:
        return AuthenticationError(what, hint="Give a key with --api-key and its --workspace")
    if status == 404:
        return NotFoundError(what)
    return SightlineError(what)
