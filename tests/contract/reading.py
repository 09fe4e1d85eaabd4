"""What a user reads back over HTTP after a client has written."""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, TypeVar
from urllib.parse import quote, urlencode

from tests.live import LiveServer

T = TypeVar("T")

_DEADLINE_S = 30


class Found(NamedTuple):
    """All that a project holds, oldest first."""

    traces: list[dict[str, Any]]
    spans: list[dict[str, Any]]

    @property
    def trace(self) -> dict[str, Any]:
        """The only trace."""
        assert len(self.traces) == 1, [trace["name"] for trace in self.traces]
        return self.traces[0]

    @property
    def span(self) -> dict[str, Any]:
        """The only span."""
        assert len(self.spans) == 1, [span["name"] for span in self.spans]
        return self.spans[0]

    def named(self, name: str) -> dict[str, Any]:
        """The only span of that name."""
        found = [span for span in self.spans if span["name"] == name]
        assert len(found) == 1, (name, [span["name"] for span in self.spans])
        return found[0]


class Reader:
    """Reads one workspace as a client with these headers."""

    def __init__(self, server: LiveServer, headers: Mapping[str, str] | None = None) -> None:
        self.server = server
        self.headers = dict(headers or {})

    def traces(self, project: str, **query: Any) -> list[dict[str, Any]]:
        return self._list("traces", {"project_name": project, **query})

    def spans(self, project: str | None = None, **query: Any) -> list[dict[str, Any]]:
        """Return the spans of a project, or with `trace_id` those of a trace in any project."""
        named = {} if project is None else {"project_name": project}
        return self._list("spans", {**named, **query})

    def trace(self, id: str) -> dict[str, Any]:
        return self._one("traces", id)

    def span(self, id: str) -> dict[str, Any]:
        return self._one("spans", id)

    def search(
        self, kind: str, project: str, *filters: tuple[str, str, str], key: str = ""
    ) -> list[dict[str, Any]]:
        """Return what `POST {kind}/search` streams for filters of (field, operator, value)."""
        asked = [
            {"field": field, "operator": operator, "key": key, "value": value}
            for field, operator, value in filters
        ]
        body = {"project_name": project, "filters": asked, "limit": 1000, "truncate": False}
        answer = self.server.post(f"/api/v1/private/{kind}/search", body, headers=self.headers)
        assert answer.status == 200, answer
        return answer.lines

    def project(self, name: str) -> Found:
        """Return what the project holds now."""
        # Spans first: a trace read after them has their sums.
        spans = self.spans(name)
        return Found(self.traces(name), spans)

    def wait(self, name: str, *, traces: int = 1, spans: int = 1) -> Found:
        """Return the project once it holds so much; clients send behind the caller's back."""

        def enough() -> Found | None:
            found = self.project(name)
            assert len(found.traces) <= traces, [trace["name"] for trace in found.traces]
            assert len(found.spans) <= spans, [span["name"] for span in found.spans]
            full = len(found.traces) == traces and len(found.spans) == spans
            return found if full else None

        return until(enough, lambda: f"`{name}` holds {_names(self.project(name))}")

    def _list(self, kind: str, query: Mapping[str, Any]) -> list[dict[str, Any]]:
        asked = {
            "size": 1000,
            "truncate": "false",
            **{
                name: json.dumps(value) if isinstance(value, (list, dict)) else value
                for name, value in query.items()
            },
        }
        path = f"/api/v1/private/{kind}?{urlencode(asked)}"
        answer = self.server.get(path, headers=self.headers)
        if answer.status == 404:
            return []  # no such project yet
        assert answer.status == 200, answer
        items: list[dict[str, Any]] = answer.json["content"]
        return sorted(items, key=lambda item: (item["start_time"], item["id"]))

    def _one(self, kind: str, id: str) -> dict[str, Any]:
        answer = self.server.get(f"/api/v1/private/{kind}/{quote(id)}", headers=self.headers)
        assert answer.status == 200, answer
        item: dict[str, Any] = answer.json
        return item


def until(ask: Callable[[], T | None], complaint: Callable[[], str]) -> T:
    """Return the first answer that is true; fail when there is none within half a minute."""
    end = time.monotonic() + _DEADLINE_S
    while True:
        found = ask()
        if found:
            return found
        assert time.monotonic() < end, complaint()
        time.sleep(0.05)


def make_key(server: LiveServer, *, workspace: str = "default", role: str = "write") -> str:
    """Make an API key on the command line, as an operator does; keys are asked for from then on."""
    command = [sys.executable, "-m", "sightline", "keys", "create", "--data", str(server.data)]
    command += ["--workspace", workspace, "--role", role, "--name", f"{workspace}-{role}"]
    made = subprocess.run(
        command,
        env=server.env,
        cwd=server.data.parent,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert made.returncode == 0, made.stderr
    return made.stdout.strip()


def _names(found: Found) -> tuple[list[str], list[str]]:
    return [trace["name"] for trace in found.traces], [span["name"] for span in found.spans]
