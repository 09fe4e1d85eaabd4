"""Clients that write through every face at once, and a ledger of what they were told is stored.

    with Traffic(server.url, clients=8) as traffic:
        traffic.wait_for_more(500)
        server.kill()
        server.start()
        traffic.wait_for_more(500)
    traffic.check(server.url)

REST (batches of spans and traces, messages that come late, PATCH, scores, files if `files`), OTLP
in protobuf, and calls of the gateway, some streamed. A client goes on whatever comes back: it
connects again, and sends something new. `refusals` counts answers other than 2xx, by status,
`answers` keeps some of them, and `broken` counts what had no answer.
"""

import gzip
import http.client
import json
import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple
from urllib.parse import urlencode, urlsplit

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from tests.crash import ledger as told
from tests.crash.ledger import OPEN, REFUSED, STORED, Comparison, Key, Ledger, Snapshot
from tests.crash.reading import Reader

FACES = ("rest", "otlp", "gateway")
_API = "/api/v1/private"
_START = "2026-11-22T03:46:12.367037Z"
_START_NS = 1_795_319_172_367_037_000
_OWN = 40  # Things of its own that a client still changes.
_KEPT_ANSWERS = 200
_ON_ITS_WAY_S = 120
_FAILED = b'"finish_reason":"error"'

_Keys = list[tuple[Key, int]]


class Refusal(NamedTuple):
    path: str
    status: int
    headers: dict[str, str]  # names in lower case
    body: bytes


class Traffic:
    """The clients; `stop` waits until each has its last answer."""

    def __init__(
        self,
        url: str,
        *,
        clients: int = 8,
        project: str = "traffic",
        faces: Sequence[str] = FACES,
        model: str = "sightline/echo",
        batch: int = 20,
        text_bytes: int = 400,
        files: bool = False,
        timeout_s: float = 30,
        pause_s: float = 0,
        headers: Mapping[str, str] | None = None,
        seed: int = 1,
    ) -> None:
        self.project = project
        self.ledger = Ledger()
        self.statuses: Counter[int] = Counter()
        self.refusals: Counter[int] = Counter()
        self.answers: list[Refusal] = []
        self.broken: Counter[str] = Counter()
        self.slowest_s = 0.0
        self.url = url
        self.faces, self.model, self.batch = tuple(faces), model, batch
        self.text_bytes, self.files = text_bytes, files
        self.timeout_s, self.pause_s = timeout_s, pause_s
        self.headers = dict(headers or {})
        self.stopping = threading.Event()
        self._guard = threading.Lock()
        self._failed: list[BaseException] = []
        self._threads = [
            threading.Thread(target=self._run, args=(_Client(self, seed * 1000 + n),), daemon=True)
            for n in range(clients)
        ]

    def __enter__(self) -> "Traffic":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        """End the clients. Raises `AssertionError` when one hangs or failed by itself."""
        self.stopping.set()
        for thread in self._threads:
            thread.join(self.timeout_s + 30)
            assert not thread.is_alive(), f"a client hangs: no answer in {self.timeout_s} s"
        if self._failed:
            raise self._failed[0]

    @property
    def acknowledged(self) -> int:
        """Messages that were answered with success."""
        return self.ledger.acknowledged.total()

    def wait_for_more(self, messages: int, longest_s: float = 60) -> None:
        """Wait until so many more messages are acknowledged, some of them through each face."""
        before = Counter(self.ledger.acknowledged)
        until = time.monotonic() + longest_s
        while True:
            if self._failed:
                raise self._failed[0]
            now = Counter(self.ledger.acknowledged)
            if now.total() - before.total() >= messages and all(
                now[face] > before[face] for face in self.faces
            ):
                return
            assert time.monotonic() < until, (
                f"{now.total() - before.total()} messages were acknowledged in {longest_s} s; "
                f"by face {dict(now - before)}; refused {dict(self.refusals)}; "
                f"broken {dict(self.broken)}"
            )
            time.sleep(0.02)

    def snapshot(self) -> Snapshot:
        """Return what is acknowledged now."""
        return self.ledger.snapshot()

    def compare(self, url: str | None = None, since: Snapshot | None = None) -> Comparison:
        """Compare what is stored at a server with what was sent, or with a snapshot of it."""
        reader = Reader(url or self.url, self.project, self.headers)
        if self.stopping.is_set():
            if "gateway" in self.faces:
                reader.settle()
            return self.ledger.compare(reader, since)
        # While calls come, those of the last moments are on their way to the store.
        must, until = since or self.snapshot(), time.monotonic() + _ON_ITS_WAY_S
        while True:
            result = self.ledger.compare(reader, must)
            if not result.lost or time.monotonic() > until:
                return result

    def check(self, url: str | None = None, since: Snapshot | None = None) -> Comparison:
        """Assert that all that was acknowledged is there, once and as it was sent, and that
        nothing else is."""
        result = self.compare(url, since)
        assert result.is_good, "\n".join([str(result), *result.faults])
        return result

    def note(self, path: str, answer: http.client.HTTPResponse, body: bytes, took_s: float) -> None:
        if answer.getheader("x-proxy"):
            # It has nobody to send a request to, or who had it is gone.
            self.note_broken(ConnectionError())
            return
        with self._guard:
            self.statuses[answer.status] += 1
            self.slowest_s = max(self.slowest_s, took_s)
            if answer.status >= 300:
                self.refusals[answer.status] += 1
                if len(self.answers) < _KEPT_ANSWERS:
                    headers = {name.lower(): value for name, value in answer.getheaders()}
                    self.answers.append(Refusal(path, answer.status, headers, body))

    def note_broken(self, error: Exception) -> None:
        with self._guard:
            self.broken[type(error).__name__] += 1

    def _run(self, client: "_Client") -> None:
        try:
            client.run()
        except BaseException as error:  # noqa: BLE001 - `stop` raises it where it is seen
            self._failed.append(error)


class _Own(NamedTuple):
    """A trace or span of this client that it may still change: its last version, and its ids."""

    kind: Any
    name: str
    id: str
    trace_id: str
    version: int


class _Client:
    """Sends one thing after another on a connection of its own."""

    def __init__(self, traffic: Traffic, seed: int) -> None:
        self._traffic = traffic
        self._ledger = traffic.ledger
        self._rng = random.Random(seed)
        self._seed = seed
        self._count = 0
        self._size = traffic.text_bytes
        self._own: list[_Own] = []
        self._connection: http.client.HTTPConnection | None = None
        self._address = urlsplit(traffic.url)

    def run(self) -> None:
        rest: list[Callable[[], None]] = [self._spans] * 4 + [self._traces] * 2
        rest += [self._patch] * 2 + [self._late, self._scores]
        if self._traffic.files:
            rest.append(self._file)
        actions = {
            "rest": rest,
            "otlp": [self._export],
            "gateway": [self._call, self._streamed_call],
        }
        while not self._traffic.stopping.is_set():
            if self._connection is None and not self._connect():
                self._traffic.stopping.wait(0.05)
                continue
            self._rng.choice(actions[self._rng.choice(self._traffic.faces)])()
            if self._traffic.pause_s:
                self._traffic.stopping.wait(self._traffic.pause_s)
        if self._connection is not None:
            self._connection.close()

    def _connect(self) -> bool:
        connection = http.client.HTTPConnection(
            self._address.hostname or "",
            self._address.port or 80,
            timeout=self._traffic.timeout_s,
        )
        try:
            connection.connect()
        except OSError:
            return False
        self._connection = connection
        return True

    # Through REST.

    def _spans(self) -> None:
        self._batch("spans", [self._item("spans") for _ in range(self._traffic.batch)])

    def _traces(self) -> None:
        self._batch("traces", [self._item("traces") for _ in range(self._traffic.batch)])

    def _batch(self, kind: Any, items: list[_Own]) -> None:
        keys = [(Key(kind, item.name), item.version) for item in items]
        body = {kind: [self._body(item) for item in items]}
        fate = self._json("POST", f"{_API}/{kind}/batch", body, keys)
        if fate == STORED:
            self._own += self._rng.sample(items, min(4, len(items)))
            del self._own[:-_OWN]

    def _late(self) -> None:
        """Send whole messages again, with another output, as a client that ends what it began."""
        taken = [item for item in (self._take(), self._take()) if item is not None]
        by_kind: dict[str, list[_Own]] = {}
        for item in taken:
            by_kind.setdefault(item.kind, []).append(item._replace(version=item.version + 1))
        for kind, items in by_kind.items():
            self._batch(kind, items)

    def _patch(self) -> None:
        item = self._take()
        if item is None:
            return
        item = item._replace(version=item.version + 1)
        body: dict[str, Any] = {
            "project_name": self._traffic.project,
            "output": told.output(item.name, item.version, self._size),
        }
        if item.kind == "spans":
            body["trace_id"] = item.trace_id
        keys = [(Key(item.kind, item.name), item.version)]
        if self._json("PATCH", f"{_API}/{item.kind}/{item.id}", body, keys) == STORED:
            self._own.append(item)

    def _scores(self) -> None:
        items = [item for item in (self._take(), self._take(), self._take()) if item is not None]
        by_kind: dict[str, list[_Own]] = {}
        for item in items:
            by_kind.setdefault(item.kind, []).append(item)
        for kind, some in by_kind.items():
            name = f"s{self._next()}"
            keys = [(Key("scores", f"{item.name}/{name}"), 0) for item in some]
            scores = [
                {
                    "id": item.id,
                    "project_name": self._traffic.project,
                    "name": name,
                    "value": 0,
                    "source": "sdk",
                }
                for item in some
            ]
            self._json("PUT", f"{_API}/{kind}/feedback-scores", {"scores": scores}, keys)

    def _file(self) -> None:
        """Log a trace and then a file to it."""
        item = self._item("traces", ending="+file")
        key = Key("traces", item.name)
        body = {"traces": [self._body(item)]}
        if self._json("POST", f"{_API}/traces/batch", body, [(key, 0)]) != STORED:
            return
        query = urlencode(
            {
                "file_name": "picture.bin",
                "entity_type": "trace",
                "entity_id": item.id,
                "project_name": self._traffic.project,
                "mime_type": "application/octet-stream",
            }
        )
        name = f"{item.name}/picture.bin"
        path = f"{_API}/attachment/upload?{query}"
        self._send("PUT", path, told.picture(name), [(Key("attachments", name), 0)], "rest")

    def _item(self, kind: Any, ending: str = "") -> _Own:
        name = f"rest-{self._next()}{ending}"
        return _Own(kind, name, new_id(self._rng), new_id(self._rng), 0)

    def _body(self, item: _Own) -> dict[str, Any]:
        body: dict[str, Any] = {
            "id": item.id,
            "project_name": self._traffic.project,
            "name": item.name,
            "start_time": _START,
            "end_time": "2026-11-22T03:46:13.000001Z",
            "input": told.input_(item.name, self._size),
            "output": told.output(item.name, item.version, self._size),
        }
        if item.kind == "spans":
            body["trace_id"] = item.trace_id
        return body

    def _take(self) -> _Own | None:
        """Take something of this client's own. What has an open end is not put back: whether a
        change that had no answer comes before or after the next one, nobody could say."""
        if not self._own:
            return None
        return self._own.pop(self._rng.randrange(len(self._own)))

    # Through OTLP.

    def _export(self) -> None:
        message = ExportTraceServiceRequest()
        scope = message.resource_spans.add().scope_spans.add()
        keys: _Keys = []
        for _ in range(max(1, self._traffic.batch // 5)):
            trace_id, root = self._rng.randbytes(16), b""
            for _ in range(5):
                name = f"otlp-{self._next()}"
                span = scope.spans.add(trace_id=trace_id, span_id=self._rng.randbytes(8), name=name)
                span.start_time_unix_nano = _START_NS
                span.end_time_unix_nano = _START_NS + 250_000_000
                said = told.input_(name, self._size), told.output(name, 0, self._size)
                for field, value in zip(("input", "output"), said, strict=True):
                    text = json.dumps(value)
                    span.attributes.add(key=f"{field}.value").value.string_value = text
                keys.append((Key("spans", name), 0))
                if root:
                    span.parent_span_id = root
                else:
                    # A span that has no parent is a trace, too.
                    root = span.span_id
                    keys.append((Key("traces", name), 0))
        body, headers = message.SerializeToString(), {"Content-Type": "application/x-protobuf"}
        if self._rng.random() < 0.3:
            body, headers["Content-Encoding"] = gzip.compress(body, 1), "gzip"
        headers["projectName"] = self._traffic.project
        # Refused in the middle, its traces may be there and its spans not: it is sent again whole.
        self._send("POST", "/v1/traces", body, keys, "otlp", headers, refused=OPEN)

    # Through the gateway.

    def _call(self, *, stream: bool = False) -> None:
        name = f"gateway-{self._next()}"
        body = {
            "model": self._traffic.model,
            "messages": [{"role": "user", "content": told.prompt(name, self._size)}],
            "stream": stream,
            "trace": {"trace_name": name, "generation_name": name},
        }
        keys: _Keys = [(Key("traces", name), 0), (Key("spans", name), 0)]
        headers = {
            "Content-Type": "application/json",
            "opik_project_name": self._traffic.project,
        }
        # A call that fails is a trace, too, without an answer.
        self._send(
            "POST",
            "/v1/chat/completions",
            json.dumps(body).encode(),
            keys,
            "gateway",
            headers,
            refused=OPEN,
        )

    def _streamed_call(self) -> None:
        self._call(stream=True)

    # Both ways.

    def _json(self, method: str, path: str, body: Any, keys: _Keys) -> int:
        return self._send(method, path, json.dumps(body).encode(), keys, "rest")

    def _send(
        self,
        method: str,
        path: str,
        body: bytes,
        keys: _Keys,
        face: str,
        headers: Mapping[str, str] | None = None,
        *,
        refused: int = REFUSED,
    ) -> int:
        """Send a request; note and return how it ended. `refused` is what a 4xx leaves behind."""
        if self._connection is None and not self._connect():
            return REFUSED
        assert self._connection is not None
        sent = {"Content-Type": "application/json", **self._traffic.headers, **(headers or {})}
        self._ledger.begin(keys, face, self._size)
        begun = time.monotonic()
        try:
            self._connection.request(method, path, body, sent)
            answer = self._connection.getresponse()
            data = _whole(answer)
        except (OSError, http.client.HTTPException) as error:
            self._traffic.note_broken(error)
            self._connection.close()
            self._connection = None
            return OPEN
        self._traffic.note(path, answer, data, time.monotonic() - begun)
        fate = STORED if answer.status < 300 else OPEN if answer.status >= 500 else refused
        if face == "gateway" and fate == STORED and _FAILED in data:
            # A stream that had begun says in its last value that its call could not be kept.
            fate = OPEN
        self._ledger.note(keys, fate, face, self._size)
        if fate != STORED:
            self._traffic.stopping.wait(0.05)
        if answer.will_close:
            self._connection.close()
            self._connection = None
        return fate

    def _next(self) -> str:
        self._count += 1
        return f"{self._seed}-{self._count}"


def _whole(answer: http.client.HTTPResponse) -> bytes:
    """Return the body of an answer; a stream that said that it ends here is whole."""
    try:
        return answer.read()
    except http.client.IncompleteRead as error:
        if error.partial.rstrip().endswith(b"data: [DONE]"):
            answer.will_close = True
            return error.partial
        raise


def new_id(rng: random.Random) -> str:
    """Return a UUIDv7 of now."""
    ms, h = time.time_ns() // 1_000_000, rng.getrandbits(74)
    text = f"{ms:012x}7{h >> 62:03x}{0x8000 | (h >> 48 & 0x3FFF):04x}{h & (1 << 48) - 1:012x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"
