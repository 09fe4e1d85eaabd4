"""Reads a project back through the API, as somebody who looks would."""

import hashlib
import http.client
import json
import time
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlencode, urlsplit

_PAGE = 2000
_API = "/api/v1/private"


class Reader:
    """One project of a server at `url`."""

    def __init__(self, url: str, project: str, headers: Mapping[str, str]) -> None:
        address = urlsplit(url)
        self._host, self._port = address.hostname or "", address.port or 80
        self._project = project
        self._headers = headers
        self._project_id: str | None = None

    def settle(self, longest_s: float = 60) -> None:
        """Wait until the calls that the gateway took are stored."""
        until = time.monotonic() + longest_s
        empty = 0
        while time.monotonic() < until:
            lines = self._ask("GET", "/metrics").decode().splitlines()
            empty = empty + 1 if "sightline_gateway_spool_bytes 0" in lines else 0
            # Behind a proxy each answer is of the next process, of which there are three.
            if empty == 3:
                return
            time.sleep(0.05)
        raise AssertionError(f"calls are not stored after {longest_s} s")

    def lines(self, kind: str) -> Iterator[dict[str, Any]]:
        """Yield every trace or span of the project, as it is in its store."""
        last: str | None = None
        while True:
            body = {"project_name": self._project, "limit": _PAGE, "truncate": False}
            if last is not None:
                body["last_retrieved_id"] = last
            data = self._ask("POST", f"{_API}/{kind}/search", json.dumps(body).encode())
            lines = [json.loads(line) for line in data.splitlines() if line.strip()]
            yield from lines
            if len(lines) < _PAGE:
                return
            assert lines[-1]["id"] != last, "the stream does not move on"
            last = lines[-1]["id"]

    def files(self, trace_id: str) -> Iterator[tuple[str, str]]:
        """Yield name and SHA-256 of the files that a trace has."""
        of = {"project_id": self._id(), "entity_type": "trace", "entity_id": trace_id}
        query = urlencode({**of, "path": "", "page": 1, "size": 100})
        found = json.loads(self._ask("GET", f"{_API}/attachment/list?{query}"))
        for file in found["content"]:
            asked = {
                "container_id": self._id(),
                "entity_type": "trace",
                "entity_id": trace_id,
                "file_name": file["file_name"],
                "mime_type": file["mime_type"],
            }
            data = self._ask("GET", f"{_API}/attachment/download?{urlencode(asked)}")
            yield file["file_name"], hashlib.sha256(data).hexdigest()

    def _id(self) -> str:
        if self._project_id is None:
            query = urlencode({"name": self._project})
            found = json.loads(self._ask("GET", f"{_API}/projects?{query}"))["content"]
            exact = [p["id"] for p in found if p["name"] == self._project]
            assert len(exact) == 1, f"{len(exact)} projects have the name {self._project}"
            self._project_id = exact[0]
        return self._project_id

    def _ask(self, method: str, path: str, body: bytes | None = None) -> bytes:
        connection = http.client.HTTPConnection(self._host, self._port, timeout=120)
        try:
            headers = {**self._headers, "Content-Type": "application/json"}
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            data = answer.read()
            assert answer.status == 200, (method, path, answer.status, data[:500])
            return data
        finally:
            connection.close()
