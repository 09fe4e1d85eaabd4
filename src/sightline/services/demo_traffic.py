"""Fills this server with the demo's traffic, at the request of somebody who looks at an empty one.

Through the server's own HTTP face, as `sightline demo` does from outside, in the name of whoever
asked. One run at a time in a process.
"""

import threading
from collections.abc import Mapping
from typing import Literal

from sightline.core.clock import Clock
from sightline.core.errors import ConflictError, SightlineError
from sightline.core.log import get_logger

log = get_logger(__name__)

_SEED = 7

State = Literal["idle", "running", "done", "failed"]


class DemoTraffic:
    """One run of the demo and how far it is. `sent` and `total` count traces, spans, scores…"""

    def __init__(self, url: str, clock: Clock) -> None:
        self._url = url
        self._clock = clock
        self._guard = threading.Lock()
        self._stopping = threading.Event()
        self.state: State = "idle"
        self.sent = 0
        self.total = 0
        self.error: str | None = None

    def start(self, workspace: str, credentials: Mapping[str, str]) -> None:
        """Begin to send; `credentials` are headers that let the sender write to the workspace.

        Raises `ConflictError` while another run goes on.
        """
        if self.state == "running":
            raise ConflictError("The demo traffic is being sent already")
        self.state, self.sent, self.total, self.error = "running", 0, 0, None
        # A thread that nobody waits for: making the traffic up takes seconds, and a server that
        # stops has no use for it. What was sent is whole, and sent again it is there once.
        threading.Thread(
            target=self._run, args=(workspace, dict(credentials)), name="demo", daemon=True
        ).start()

    def stop(self) -> None:
        """End what runs, at the next batch at the latest."""
        self._stopping.set()

    def _run(self, workspace: str, credentials: dict[str, str]) -> None:
        state: State = "failed"
        error: str | None = "The demo traffic could not be sent; the log says why"
        try:
            self._send(workspace, credentials)
            state, error = "done", None
            log.info("demo.sent", items=self.sent)
        except SightlineError as failure:
            error = failure.message
            if not self._stopping.is_set():
                log.warning("demo.failed", code=failure.code)
        finally:
            self.state, self.error = state, error

    def _send(self, workspace: str, credentials: dict[str, str]) -> None:
        # Few servers ever send it, so none loads it at its start.
        from sightline.demo import plan, send  # noqa: PLC0415
        from sightline.demo.client import Client  # noqa: PLC0415

        client = Client(self._url, workspace=workspace, headers=credentials)
        until_us, salt = send.anchor(client, self._clock.now_us(), again=False)
        book = plan.tell(_SEED, until_us, salt)
        self.total = send.count(book)
        self._moved(0)
        send.prepare(client, until_us)
        send.send(client, book, lambda _: None, self._moved)

    def _moved(self, count: int) -> None:
        if self._stopping.is_set():
            raise ConflictError("The server stops")
        with self._guard:
            self.sent += count
