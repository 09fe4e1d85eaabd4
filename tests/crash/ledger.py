"""Clients that write without pause and note what was acknowledged; the ledger is compared later."""

import http.client
import json
import random
import threading
import time
from collections import Counter
from typing import Any

from tests.live import LiveServer

KINDS = {"spans": "/api/v1/private/spans/batch", "traces": "/api/v1/private/traces/batch"}


class Ledger:
    """Ids by their fate: acknowledged, refused, or lost to a broken connection (may be either)."""

    def __init__(self) -> None:
        self.acknowledged: dict[str, dict[str, int]] = {"spans": {}, "traces": {}}
        self.unknown: dict[str, set[str]] = {"spans": set(), "traces": set()}
        self.statuses: Counter[int] = Counter()
        self.refusals: list[dict[str, str]] = []
        self._guard = threading.Lock()

    def note(self, kind: str, items: dict[str, int], status: int | None) -> None:
        """Record how a batch ended; None when no answer came."""
        with self._guard:
            if status is None:
                self.unknown[kind].update(items)
                return
            self.statuses[status] += 1
            if status == 204:
                self.acknowledged[kind].update(items)

    def note_refusal(self, headers: dict[str, str]) -> None:
        with self._guard:
            self.refusals.append(headers)

    @property
    def count(self) -> int:
        return sum(len(ids) for ids in self.acknowledged.values())

    def check(self, server: LiveServer, project: str) -> None:
        """Assert that all that was acknowledged is stored, once, as it was sent."""
        for kind, sent in self.acknowledged.items():
            stored = read_all(server, kind, project)
            doubled = [id for id, found in stored.items() if len(found) > 1]
            assert not doubled, f"{len(doubled)} {kind} are there twice, such as {doubled[:3]}"
            missing = [id for id in sent if id not in stored]
            assert not missing, f"{len(missing)} of {len(sent)} {kind} are missing: {missing[:3]}"
            changed = [id for id, n in sent.items() if stored[id][0] != {"n": n}]
            assert not changed, f"{len(changed)} {kind} changed, such as {changed[:3]}"
            strange = set(stored) - set(sent) - self.unknown[kind]
            assert not strange, f"{len(strange)} {kind} that nobody sent: {list(strange)[:3]}"


class Writers:
    """Threads that each send batch after batch to the server, also while it is away."""

    def __init__(
        self, server: LiveServer, ledger: Ledger, project: str, *, clients: int = 8, batch: int = 25
    ) -> None:
        self._server, self._ledger, self._project = server, ledger, project
        self._batch = batch
        self._stopping = threading.Event()
        self._threads = [
            threading.Thread(target=self._run, args=(random.Random(n),), daemon=True)
            for n in range(clients)
        ]

    def __enter__(self) -> "Writers":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        for thread in self._threads:
            thread.join(60)
            assert not thread.is_alive(), "a client hangs: no answer within 60 s"

    def _run(self, rng: random.Random) -> None:
        connection: http.client.HTTPConnection | None = None
        while not self._stopping.is_set():
            if connection is None:
                connection = self._connect()
                continue
            kind = rng.choice(list(KINDS))
            items = {new_id(rng): rng.randrange(1 << 40) for _ in range(self._batch)}
            body = json.dumps({kind: [self._item(kind, id, n, rng) for id, n in items.items()]})
            try:
                connection.request("POST", KINDS[kind], body, {"Content-Type": "application/json"})
                answer = connection.getresponse()
                answer.read()
            except (OSError, http.client.HTTPException):
                self._ledger.note(kind, items, None)
                connection.close()
                connection = None
                continue
            self._ledger.note(kind, items, answer.status)
            if answer.status == 429:
                self._ledger.note_refusal({k.lower(): v for k, v in answer.getheaders()})
                time.sleep(0.05)

    def _connect(self) -> http.client.HTTPConnection | None:
        connection = http.client.HTTPConnection(self._server.host, self._server.port, timeout=30)
        try:
            connection.connect()
        except OSError:
            time.sleep(0.05)
            return None
        return connection

    def _item(self, kind: str, id: str, n: int, rng: random.Random) -> dict[str, Any]:
        item: dict[str, Any] = {
            "id": id,
            "project_name": self._project,
            "name": f"{kind}-{n}",
            "start_time": "2026-11-22T03:46:12.367037Z",
            "end_time": "2026-11-22T03:46:13.000001Z",
            "input": {"n": n},
            "output": {"text": f"{rng.getrandbits(2000):x}"},
        }
        if kind == "spans":
            item["trace_id"] = new_id(rng)
        return item


def read_all(server: LiveServer, kind: str, project: str) -> dict[str, list[Any]]:
    """Return every input that is stored, by id; an id that comes twice has two."""
    found: dict[str, list[Any]] = {}
    last: str | None = None
    while True:
        body = {"project_name": project, "limit": 2000, "truncate": False}
        if last is not None:
            body["last_retrieved_id"] = last
        answer = server.post(f"/api/v1/private/{kind}/search", body)
        assert answer.status == 200, answer
        lines = answer.lines
        for line in lines:
            found.setdefault(line["id"], []).append(line["input"])
        if len(lines) < 2000:
            return found
        assert lines[-1]["id"] != last, "the stream does not move on"
        last = lines[-1]["id"]


def new_id(rng: random.Random) -> str:
    """Return a UUIDv7 of now."""
    ms, h = time.time_ns() // 1_000_000, rng.getrandbits(74)
    text = f"{ms:012x}7{h >> 62:03x}{0x8000 | (h >> 48 & 0x3FFF):04x}{h & (1 << 48) - 1:012x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"
