"""A call on its way through the gateway: what came, and what is known of it so far."""

from collections.abc import Mapping
from typing import Any, Protocol

import msgspec

from sightline.core import codec
from sightline.core.clock import Clock
from sightline.core.ids import Id, new_id
from sightline.domain.gateway import Caller, Endpoint
from sightline.domain.generation import (
    ApiType,
    Attempt,
    CallError,
    Cost,
    Generation,
    Usage,
    UsedApp,
    generation_id,
)
from sightline.services.gateway.hints import Hints
from sightline.services.gateway.routing import Plan
from sightline.wire.openai import texts

NO_HEADERS: Mapping[bytes, bytes] = {}


class Call:
    """One request. `body` is the caller's, decoded; `headers` have lower-case names."""

    __slots__ = (
        "api",
        "body",
        "caller",
        "headers",
        "id",
        "span_id",
        "started_us",
    )

    def __init__(
        self,
        api: ApiType,
        body: dict[str, Any],
        caller: Caller,
        headers: Mapping[bytes, bytes] = NO_HEADERS,
        *,
        started_us: int,
        span_id: Id | None = None,
        id: str | None = None,
    ) -> None:
        self.api: ApiType = api
        self.body = body
        self.caller = caller
        self.headers = headers
        self.started_us = started_us
        self.span_id = span_id or new_id()
        self.id = id or generation_id(self.span_id)

    @property
    def created(self) -> int:
        """Unix seconds, as answers say them."""
        return self.started_us // 1_000_000

    @property
    def is_stream(self) -> bool:
        return self.body.get("stream") is True and self.api != "embeddings"


class Reply(msgspec.Struct, frozen=True, kw_only=True):
    """An answer that is sent as a whole; `headers` beside those of every answer."""

    status: int
    body: bytes
    headers: Mapping[str, str] = {}


class Sink(Protocol):
    """Where a stream goes. Nothing is raised when the caller has gone: that cancels the call."""

    @property
    def has_started(self) -> bool: ...

    async def start(self, headers: Mapping[str, str]) -> None:
        """Send status 200 and the headers of an event stream."""
        ...

    async def write(self, data: bytes, *, is_last: bool = False) -> None:
        """Send whole events; nothing follows the last."""
        ...


class Draft:
    """What is known of a call, until it is a generation."""

    __slots__ = (
        "answer",
        "attempts",
        "cache_source_id",
        "call",
        "cancelled",
        "cost",
        "dropped",
        "endpoint",
        "error",
        "finish_reason",
        "first_token_us",
        "hints",
        "in_flight",
        "native_finish_reason",
        "plan",
        "preset",
        "provider",
        "provider_slug",
        "slug",
        "status",
        "upstream_cost_usd",
        "upstream_id",
        "upstream_model",
        "usage",
    )

    def __init__(self, call: Call, hints: Hints) -> None:
        self.call = call
        self.hints = hints
        self.plan: Plan | None = None
        self.preset: str | None = None
        self.endpoint: Endpoint | None = None
        self.in_flight: Endpoint | None = None
        self.slug = ""
        self.provider = ""
        self.provider_slug = ""
        self.upstream_model = ""
        self.attempts: list[Attempt] = []
        self.dropped: tuple[str, ...] = ()
        self.answer: dict[str, Any] | None = None
        self.usage: Usage | None = None
        self.cost: Cost | None = None
        self.finish_reason: str | None = None
        self.native_finish_reason: str | None = None
        self.upstream_cost_usd: float | None = None
        self.upstream_id: str | None = None
        self.first_token_us: int | None = None
        self.cache_source_id: str | None = None
        self.cancelled = False
        self.status = 200
        self.error: CallError | None = None

    def served_by(self, endpoint: Endpoint, slug: str) -> None:
        """Note the endpoint that answers."""
        self.endpoint = endpoint
        self.slug = slug
        self.provider = endpoint.provider_name
        self.provider_slug = endpoint.provider
        self.upstream_model = endpoint.upstream_model

    def generation(self, clock: Clock, app: UsedApp) -> Generation:
        """Return the record of the call, as it ended now."""
        call, hints, body = self.call, self.hints, self.call.body
        output = completion = reasoning = tool_calls = None
        if self.answer is not None:
            output = texts.output_of(call.api, self.answer)
            completion, reasoning, tool_calls = texts.read(call.api, self.answer)
        tier = None if self.answer is None else self.answer.get("service_tier")
        tier = tier or body.get("service_tier")
        requested = body.get("model")
        if self.plan is not None:
            requested = self.plan.requested
        return Generation(
            id=call.id,
            workspace_id=call.caller.workspace_id,
            api_type=call.api,
            model_requested=requested if isinstance(requested, str) else "",
            model=self.slug,
            upstream_model=self.upstream_model,
            provider=self.provider,
            provider_slug=self.provider_slug,
            started_us=call.started_us,
            ended_us=clock.now_us(),
            first_token_us=self.first_token_us,
            streamed=call.is_stream,
            cancelled=self.cancelled,
            status=self.status,
            error=self.error,
            finish_reason=self.finish_reason,
            native_finish_reason=self.native_finish_reason,
            input=texts.input_of(body),
            output=output,
            completion=completion,
            reasoning=reasoning,
            tool_calls=tool_calls,
            parameters=texts.parameters(body),
            dropped_parameters=self.dropped,
            has_tools=bool(body.get("tools")),
            usage=self.usage,
            cost=self.cost,
            attempts=tuple(self.attempts),
            strategy="direct" if self.plan is None else self.plan.strategy,
            preset=self.preset,
            user=hints.user,
            session_id=hints.session_id,
            trace=hints.trace,
            opik=hints.opik,
            metadata=hints.metadata,
            key=call.caller.key,
            app=app,
            upstream_id=self.upstream_id,
            service_tier=tier if isinstance(tier, str) else None,
            is_byok=self.endpoint is not None and self.endpoint.is_byok,
            cache_source_id=self.cache_source_id,
            source=hints.source,
        )


def router_metadata(draft: Draft) -> dict[str, Any]:
    """Return the block `openrouter_metadata` of an answer whose caller asked for it."""
    plan = draft.plan
    known = [] if plan is None else [(c.slug, e) for c in plan.choices for e in c.endpoints]
    is_used = draft.endpoint
    dropped = {"dropped_parameters": list(draft.dropped)} if draft.dropped else {}
    attempts = [
        {"provider": attempt.provider, "model": attempt.model, "status": attempt.status}
        for attempt in draft.attempts
    ]
    return {
        "requested": "" if plan is None else plan.requested,
        "strategy": "direct" if plan is None else plan.strategy,
        "region": None,
        "summary": f"{draft.slug} by {draft.provider}, attempt {len(attempts)} of {len(known)}",
        "attempt": len(attempts),
        "is_byok": is_used is not None and is_used.is_byok,
        "endpoints": {
            "total": len(known),
            "available": [
                {"provider": e.provider_name, "model": slug, "selected": e is is_used}
                for slug, e in known
            ],
        },
        "attempts": attempts,
        **dropped,
    }


def encoded(value: dict[str, Any]) -> bytes:
    """Return the JSON of an answer or a stream's value."""
    return codec.encode(value)
