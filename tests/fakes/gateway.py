"""A gateway in this process, on a port of its own.

The engine, its hot path and its recorder are as they are; the catalogue, the callers and the trace
store, which are ports, are in memory.

    async with gateway(tmp_path, [model("m", upstream.base_url)]) as it:
        status, headers, body = await it.post("/api/v1/chat/completions", {...})
        await it.recorder.drained()
        it.store.traces, it.store.spans
"""

import json
import socket
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

import aiohttp
import msgspec

import sightline.providers
from sightline.api.kit.bodies import BodyBudget
from sightline.api.kit.memory import Memory
from sightline.api.openrouter._calls import Calls
from sightline.core.clock import SystemClock
from sightline.core.ids import Id
from sightline.core.registry import discover
from sightline.core.secret import Secret
from sightline.domain.gateway import (
    Caller,
    Endpoint,
    Model,
    Preset,
    RouterOptions,
    Snapshot,
    TokenPrices,
)
from sightline.domain.generation import Generation, UsedKey
from sightline.domain.workspace import DEFAULT_WORKSPACE, DEFAULT_WORKSPACE_ID, Principal
from sightline.domain.writes import SpanWrite, TraceWrite
from sightline.listener import Listener
from sightline.net.outbound import Outbound, OutboundOptions
from sightline.pricing.price_book import default_price_book
from sightline.providers.base import Dialect
from sightline.services.gateway.engine import Engine
from sightline.services.gateway.options import GatewayOptions
from sightline.services.gateway.recorder import Recorder
from sightline.stores.spool.spool import Spool, SpoolOptions

PRICES = TokenPrices(prompt=Decimal("0.000001"), completion=Decimal("0.000002"))
CALLER = Caller(
    workspace_id=DEFAULT_WORKSPACE_ID,
    workspace_name=DEFAULT_WORKSPACE,
    user="tests",
    key=UsedKey(hash="ab" * 32, name="test key", label="sk-sl-v1-abc...wxyz"),
)


def endpoint(base_url: str, upstream_model: str, **more: Any) -> Endpoint:
    """Return an OpenAI-compatible endpoint; its provider is named after the model."""
    fields: dict[str, Any] = {
        "id": f"{upstream_model}@{base_url}",
        "model": upstream_model,
        "provider": "openai",
        "provider_name": "OpenAI",
        "base_url": base_url,
        "upstream_model": upstream_model,
        "api_key": Secret("sk-upstream-secret"),
        "prices": PRICES,
        "allows_private": True,
    }
    return Endpoint(**{**fields, **more})


def model(slug: str, *endpoints: Endpoint, **more: Any) -> Model:
    return Model(slug=slug, name=slug, endpoints=endpoints, **more)


class MemoryCatalogue:
    """A `Catalogue` whose models and presets a test sets."""

    def __init__(self, models: Sequence[Model], router: RouterOptions) -> None:
        self.snapshots = Snapshot(models={m.slug: m for m in models}, router=router)
        self.presets: dict[str, Preset] = {}

    async def snapshot(self, workspace_id: Id) -> Snapshot:
        return self.snapshots

    async def preset(self, workspace_id: Id, slug: str) -> Preset | None:
        return self.presets.get(slug)


class MemoryCallers:
    """`Callers` and `Spending`: anybody is the caller that a test set."""

    def __init__(self) -> None:
        self.caller = CALLER
        self.refuse: Exception | None = None
        self.authorizations: list[str | None] = []
        self.total_usd = Decimal(0)
        self.recorded: dict[str, int] = {}

    async def identify(
        self, authorization: str | None, workspace: str | None, *, session: str | None = None
    ) -> Caller:
        self.authorizations.append(authorization)
        return self.caller

    async def admit(self, caller: Caller) -> None:
        if self.refuse is not None:
            raise self.refuse

    def spent(self, caller: Caller, cost_usd: Decimal, *, is_byok: bool, tokens: int = 0) -> None:
        self.total_usd += cost_usd

    async def record_spend(self, generations: Sequence[Generation], batch_key: str) -> None:
        self.recorded.setdefault(batch_key, len(generations))


class MemoryStore:
    """A `TraceStore`, a `TraceLedger` and a `Broadcast` that keep what they get."""

    def __init__(self) -> None:
        self.traces: dict[Id, list[TraceWrite]] = {}
        self.spans: dict[Id, list[SpanWrite]] = {}
        self.known: dict[bytes, Id] = {}
        self.offered: dict[str, list[Generation]] = {}
        self.failing: Exception | None = None

    async def write_traces(self, who: Principal, writes: Sequence[TraceWrite]) -> None:
        if self.failing is not None:
            raise self.failing
        for write in writes:
            self.traces.setdefault(write.id, []).append(write)

    async def write_spans(
        self, who: Principal, writes: Sequence[SpanWrite], *, whole: bool = False
    ) -> None:
        assert whole
        for write in writes:
            self.spans.setdefault(write.id, []).append(write)

    async def settle(self, workspace_id: Id, proposed: Mapping[bytes, Id]) -> Mapping[bytes, Id]:
        return {key: self.known.setdefault(key, id) for key, id in proposed.items()}

    async def offer(self, generations: Sequence[Generation], batch_key: str) -> None:
        self.offered.setdefault(batch_key, list(generations))

    @property
    def generations(self) -> list[Generation]:
        return [g for batch in self.offered.values() for g in batch]


class Gateway:
    """What a test holds of a gateway that is served."""

    def __init__(self, port: int, session: aiohttp.ClientSession, **parts: Any) -> None:
        self.port = port
        self.url = f"http://127.0.0.1:{port}"
        self.session = session
        self.catalogue: MemoryCatalogue = parts["catalogue"]
        self.callers: MemoryCallers = parts["callers"]
        self.store: MemoryStore = parts["store"]
        self.recorder: Recorder = parts["recorder"]
        self.engine: Engine = parts["engine"]

    async def post(
        self, path: str, body: Any, headers: Mapping[str, str] | None = None
    ) -> tuple[int, Mapping[str, str], Any]:
        """Return status, headers, and the body: decoded JSON, or text that is none."""
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        async with self.session.post(self.url + path, data=data, headers=headers) as answer:
            text = await answer.text()
            kind = answer.headers.get("content-type", "")
            value = json.loads(text) if kind.startswith("application/json") else text
            return answer.status, answer.headers, value

    async def chat(
        self, model: str, *, headers: Mapping[str, str] | None = None, **more: Any
    ) -> tuple[int, Mapping[str, str], Any]:
        body = {"model": model, "messages": [{"role": "user", "content": "Say hello"}], **more}
        return await self.post("/api/v1/chat/completions", body, headers)

    async def kept(self) -> list[Generation]:
        """Return the generations that were recorded so far."""
        await self.recorder.drained()
        return self.store.generations


def events_of(text: str) -> list[Any]:
    """Return the values of an event stream, without comments and `[DONE]`."""
    lines = [line[6:] for line in text.splitlines() if line.startswith("data: ")]
    return [json.loads(line) for line in lines if line != "[DONE]"]


async def not_found(scope: Any, receive: Any, send: Any) -> None:
    """Stand where the rest of the application stands."""
    await send({"type": "http.response.start", "status": 404, "headers": []})
    await send({"type": "http.response.body", "body": b"inner app", "more_body": False})


@asynccontextmanager
async def gateway(
    folder: Path,
    models: Sequence[Model],
    *,
    router: RouterOptions | None = None,
    options: GatewayOptions | None = None,
    outbound: Outbound | None = None,
    store: MemoryStore | None = None,
) -> AsyncIterator[Gateway]:
    """Serve a gateway until the block ends."""
    clock, options = SystemClock(), options or GatewayOptions(flush_interval_s=0.01)
    catalogue = MemoryCatalogue(models, router or RouterOptions(num_retries=0))
    callers, store = MemoryCallers(), store or MemoryStore()
    spool = Spool(folder / "spool", clock, SpoolOptions(max_bytes=options.max_spool_bytes))
    recorder = Recorder(spool, store, store, callers, store, options.flush_interval_s)
    outbound = outbound or Outbound(OutboundOptions())
    dialects = discover(sightline.providers, "DIALECT", Dialect)  # type: ignore[type-abstract]
    engine = Engine(
        catalogue, callers, recorder, outbound, dialects, default_price_book(), clock, options
    )
    budget = BodyBudget(options.max_inflight_bytes, options.max_body_bytes, Memory(4 << 30, 0))
    calls = Calls(not_found, engine, callers, clock, budget)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    listener = Listener(calls, "127.0.0.1", port)
    recorder.start()
    await listener.open()
    session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=30))
    try:
        yield Gateway(
            port,
            session,
            catalogue=catalogue,
            callers=callers,
            store=store,
            recorder=recorder,
            engine=engine,
        )
    finally:
        await session.close()
        await listener.close(5)
        await engine.stop()
        await recorder.stop(5)
        await outbound.close()


def as_dict(value: msgspec.Struct) -> dict[str, Any]:
    """Return a struct as plain values."""
    return {name: getattr(value, name) for name in value.__struct_fields__}
