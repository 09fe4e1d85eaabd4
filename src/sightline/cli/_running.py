"""Finds the server that holds a data folder, and asks it over HTTP."""

import contextlib
import fcntl
import http.client
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, NamedTuple
from urllib.parse import urlsplit

from sightline.cli._sockets import ports
from sightline.core.errors import ConfigurationError
from sightline.settings import Settings

# What a server writes into the lock of its data folder.
_OWNER = re.compile(r"process (?P<pid>\d+)(?: at (?P<url>\S+))?")


class Running(NamedTuple):
    """A process that holds the data folder; `url` is None when it does not listen (yet)."""

    pid: int | None
    url: str | None

    def __str__(self) -> str:
        who = f"process {self.pid}" if self.pid else "a process"
        return f"{who} at {self.url}" if self.url else who


def find(settings: Settings) -> Running | None:
    """Return who holds the data folder, None when nobody does. Changes nothing."""
    try:
        with held(Path(settings.server.data)):
            return None
    except FileNotFoundError:
        return None
    except BlockingIOError as error:
        return _owner(str(error), settings)


@contextlib.contextmanager
def held(folder: Path) -> Iterator[IO[str]]:
    """Hold the folder's lock, so that no server starts on it meanwhile.

    Raises `FileNotFoundError` where no server ever was, `BlockingIOError` with the owner's words.
    """
    with (folder / "lock").open() as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise BlockingIOError(lock.read()) from None
        yield lock


def _owner(text: str, settings: Settings) -> Running:
    match = _OWNER.search(text)
    if match is None:
        return Running(None, None)
    pid = int(match["pid"])
    if match["url"]:
        return Running(pid, match["url"])
    # The address may have come by a flag of that process, so its sockets know better than we.
    listening = ports(pid)
    if not listening:
        return Running(pid, None)
    port = settings.server.port if settings.server.port in listening else listening[0]
    return Running(pid, f"http://{local(settings.server.host)}:{port}")


def local(host: str) -> str:
    """Return an address at which this machine reaches a server that listens on `host`."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - compared only
    return f"[{host}]" if ":" in host else host


def send(
    url: str, method: str, path: str, headers: dict[str, str] | None = None, timeout_s: float = 10
) -> http.client.HTTPResponse:
    """Send a request; the answer is still to be read. Raises `OSError` when nobody answers."""
    parts = urlsplit(url)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(parts.hostname or "", parts.port, timeout=timeout_s)
    try:
        connection.request(method, parts.path.rstrip("/") + path, headers=headers or {})
        return connection.getresponse()
    except http.client.HTTPException as error:
        connection.close()
        raise ConnectionError(f"no HTTP answer: {error!r}") from error


def health(url: str) -> dict[str, Any]:
    """Return what `/health` says. Raises `OSError` when it does not say that all is well."""
    with send(url, "GET", "/health") as answer:
        body = answer.read()
        if answer.status != 200:
            raise ConnectionError(f"/health answered {answer.status}")
    try:
        found = json.loads(body)
    except ValueError:
        raise ConnectionError("/health did not answer as Sightline does") from None
    return found if isinstance(found, dict) else {}


def refuse_running(settings: Settings, what: str) -> None:
    """Raise `ConfigurationError` when a server holds the data folder."""
    running = find(settings)
    if running is not None:
        folder = Path(settings.server.data).resolve()
        raise ConfigurationError(
            f"`{folder}` is in use by {running}; {what}", hint="Stop that server first"
        )
