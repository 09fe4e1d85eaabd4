"""Fills this server with the demo's traffic, at the request of somebody who looks at an empty one.

Through the server's own HTTP face, as `sightline demo` does from outside, in the name of whoever
asked. One run at a time in a process.
"""

import asyncio
import threading
from collections.abc import Mapping
from typing import Literal

from sightline.core.clock import Clock
from sightline.core.errors import ConflictError, SightlineError
from sightline.core.log import get_logger
from sightline.core.tasks import TaskGroup
from sightline.demo import plan, send
from sightline.demo.client import Client

log = get_logger(__name__)

_SEED = 7

State = Literal["idle", "running", "done", "failed"]


class DemoTraffic:
    """One run of the demo and how far it is. `sent` and `total` count traces, spans, scores…"""

    def __init__(self, url: str, clock: Clock) -> None:
        self._url = url
        self._clock = clock
        self._tasks = TaskGroup()
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
        self._tasks.spawn("demo.send", self._run(workspace, dict(credentials)))

    async def stop(self) -> None:
        """End what runs: at the next batch."""
        self._stopping.set()
        await self._tasks.stop()

    async def _run(self, workspace: str, credentials: dict[str, str]) -> None:
        try:
            await asyncio.to_thread(self._send, workspace, credentials)
        except SightlineError as error:
            self.state, self.error = "failed", error.message
            log.warning("demo.failed", code=error.code)
        except BaseException:
            self.state, self.error = "failed", "The demo traffic could not be sent"
            raise
        else:
            self.state = "done"
            log.info("demo.sent", items=self.sent)

    def _send(self, workspace: str, credentials: dict[str, str]) -> None:
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
