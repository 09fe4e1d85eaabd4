"""An LLM call as a program reports it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

import msgspec

from sightline.core.ids import new_id
from sightline.domain.generation import (
    CallError,
    Cost,
    Generation,
    OpikHints,
    TraceHints,
    Usage,
    generation_id,
)

_encoder = msgspec.json.Encoder(enc_hook=str, decimal_format="number")


@dataclass(frozen=True, kw_only=True)
class LLMCall:
    """One call that has ended just now.

    `duration` is seconds or a timedelta, `cost` USD (None: unknown). `messages` are what was sent,
    `response` the answer: its text, or the provider's object. `error` says why it failed, empty
    when it did not. `metadata` is whatever helps to find the call again. `session_id` joins calls
    to a conversation, `trace_id` to a trace where the destination has such.
    """

    model: str
    provider: str = ""
    input_tokens: int = 0
    output_tokens: int = 0
    duration: float | timedelta = 0
    cost: Decimal | float | None = None
    messages: Sequence[Mapping[str, Any]] | None = None
    response: Mapping[str, Any] | str | None = None
    error: str = ""
    metadata: Mapping[str, Any] | None = None
    name: str | None = None
    """Of the trace; `provider/model` when left out."""
    user: str | None = None
    session_id: str | None = None
    trace_id: str | None = None
    tags: Sequence[str] = ()


def to_generation(call: LLMCall, now_us: int) -> Generation:
    """Return the call as destinations take it; it ended now."""
    seconds = (
        call.duration.total_seconds()
        if isinstance(call.duration, timedelta)
        else float(call.duration)
    )
    started_us = now_us - max(round(seconds * 1_000_000), 0)
    name = call.name or (f"{call.provider}/{call.model}" if call.provider else call.model)
    return Generation(
        id=generation_id(new_id(started_us)),
        model_requested=call.model,
        model=call.model,
        upstream_model=call.model,
        provider=call.provider,
        provider_slug=call.provider,
        started_us=started_us,
        ended_us=now_us,
        status=500 if call.error else 200,
        error=CallError(type="error", message=call.error) if call.error else None,
        input=None if call.messages is None else _json({"messages": list(call.messages)}),
        output=None if call.response is None else _json({"response": call.response}),
        completion=_completion(call.response),
        usage=_usage(call),
        cost=None if call.cost is None else Cost(total=Decimal(str(call.cost))),
        user=call.user,
        session_id=call.session_id,
        trace=TraceHints(trace_id=call.trace_id, trace_name=name, generation_name=name),
        opik=OpikHints(tags=tuple(call.tags)),
        metadata=None if call.metadata is None else _json(call.metadata),
    )


def _json(value: Any) -> str:
    # What JSON does not know is told as it prints itself: no call is lost for an object in it.
    return _encoder.encode(value).decode()


def _completion(response: Mapping[str, Any] | str | None) -> str | None:
    if isinstance(response, str):
        return response
    content = response.get("content") if response else None
    return content if isinstance(content, str) else None


def _usage(call: LLMCall) -> Usage | None:
    if not call.input_tokens and not call.output_tokens:
        return None
    return Usage(
        prompt_tokens=call.input_tokens,
        completion_tokens=call.output_tokens,
        total_tokens=call.input_tokens + call.output_tokens,
    )
