"""Bodies by which clients write traces and spans become messages.

LiteLLM's metadata and Beluga's span-less traces are read here too.
"""

from decimal import Decimal
from typing import Any

import msgspec

from sightline.core.ids import Id, derived_id, is_v7, new_id, parse_id
from sightline.domain.writes import SpanWrite, TraceWrite
from sightline.wire.opik.bodies import (
    ABSENT,
    SpanIn,
    SpanUpdate,
    TraceIn,
    TraceUpdate,
    Usage,
    Word,
)
from sightline.wire.opik.checked import SPAN_TYPES, Checked, word

_LEAST, _MOST = -(2**63), 2**63 - 1


class _LiteLLMMetadata(msgspec.Struct):
    created_from: str | None = None
    model: str | None = None
    model_group: str | None = None
    cost: Any = None


class _LiteLLMPrice(msgspec.Struct):
    """Where a proxy found the price of a call; its values are read only for costs of zero."""

    model_id: str | None = None
    cache_hit: Any = None
    model_map_information: Any = None


class _CallMetadata(msgspec.Struct):
    """What Beluga's exporter says of a call in the trace's metadata."""

    model: str | None = None
    provider: str | None = None
    input_tokens: int | None = None
    output_tokens: int | None = None
    total_tokens: int | None = None
    cost: float | None = None


_litellm = msgspec.json.Decoder(_LiteLLMMetadata)
_litellm_price = msgspec.json.Decoder(_LiteLLMPrice)
_call = msgspec.json.Decoder(_CallMetadata)


# A call with more than 15 keywords goes through a dict, at several times the cost: the rest of a
# message's fields are set one by one, and only where they are said.


def trace_write(item: TraceIn, fields: Checked, now_us: int) -> TraceWrite:
    """Return the message of a full trace item; `fields` is at it."""
    write = TraceWrite(
        id=fields.id("id", item.id) if item.id else new_id(),
        version_us=now_us
        if item.last_updated_at is None
        else fields.time("last_updated_at", item.last_updated_at),
        project_name=_name(item.project_name),
        project_id=fields.id("project_id", item.project_id) if item.project_id else None,
        name=item.name,
        start_time_us=fields.time("start_time", item.start_time),
        end_time_us=None if item.end_time is None else fields.time("end_time", item.end_time),
        input=None if item.input is ABSENT else fields.json("input", item.input),
        output=None if item.output is ABSENT else fields.json("output", item.output),
        metadata=None if item.metadata is ABSENT else fields.json("metadata", item.metadata),
        tags=None if item.tags is None else fields.tags(item.tags),
        source=item.source,
        visibility_mode=item.visibility_mode,
    )
    if item.error_info is not ABSENT:
        write.error_info = fields.error_info(item.error_info)
    if item.thread_id is not None:
        write.thread_id = _unless_blank(word(item.thread_id))
    if item.ttft is not None:
        write.ttft_ms = fields.not_negative("ttft", item.ttft)
    if item.environment:
        write.environment = fields.environment(item.environment)
    fields.done()
    return write


def span_write(item: SpanIn, fields: Checked, now_us: int) -> SpanWrite:
    """Return the message of a full span item; `fields` is at it."""
    metadata = None if item.metadata is ABSENT else fields.json("metadata", item.metadata)
    cost = item.total_estimated_cost if item.total_estimated_cost is not None else item.total_cost
    model = item.model or None
    if metadata is not None and "litellm" in metadata and "created_from" in metadata:
        model, cost = _litellm_facts(metadata, model, item.provider, cost)
    write = SpanWrite(
        id=fields.id("id", item.id) if item.id else new_id(),
        trace_id=fields.id("trace_id", item.trace_id),
        parent_span_id=fields.id("parent_span_id", item.parent_span_id)
        if item.parent_span_id
        else None,
        version_us=now_us
        if item.last_updated_at is None
        else fields.time("last_updated_at", item.last_updated_at),
        project_name=_name(item.project_name),
        project_id=fields.id("project_id", item.project_id) if item.project_id else None,
        name=item.name,
        type=item.type if item.type in SPAN_TYPES else fields.span_type(item.type),
        start_time_us=fields.time("start_time", item.start_time),
        end_time_us=None if item.end_time is None else fields.time("end_time", item.end_time),
        input=None if item.input is ABSENT else fields.json("input", item.input),
        output=None if item.output is ABSENT else fields.json("output", item.output),
        metadata=metadata,
        tags=None if item.tags is None else fields.tags(item.tags),
        source=item.source,
    )
    if item.error_info is not ABSENT:
        write.error_info = fields.error_info(item.error_info)
    if model is not None:
        write.model = model
    if item.provider:
        write.provider = item.provider
    if item.usage:
        write.usage = _usage(item.usage)
    if cost is not None:
        write.total_estimated_cost = fields.cost(cost)
    if item.total_estimated_cost_version is not None:
        write.total_estimated_cost_version = item.total_estimated_cost_version
    if item.ttft is not None:
        write.ttft_ms = fields.not_negative("ttft", item.ttft)
    if item.environment:
        write.environment = fields.environment(item.environment)
    fields.done()
    return write


def trace_update(id: Id, update: TraceUpdate, now_us: int) -> TraceWrite:
    """Return the message of a PATCH; tags to add and remove are the caller's to settle."""
    fields = Checked("")
    write = TraceWrite(
        id=id,
        version_us=now_us,
        project_name=_name(update.project_name),
        project_id=parse_id(update.project_id, "project_id") if update.project_id else None,
        name=update.name,
        start_time_us=fields.optional_time("start_time", update.start_time),
        end_time_us=fields.optional_time("end_time", update.end_time),
        input=fields.json("input", update.input),
        output=fields.json("output", update.output),
        metadata=fields.json("metadata", update.metadata),
        tags=fields.tags(update.tags),
        error_info=fields.error_info(update.error_info),
        thread_id=_unless_blank(update.thread_id),
        ttft_ms=fields.not_negative("ttft", update.ttft),
        source=update.source,
        environment=fields.environment(update.environment),
        visibility_mode=update.visibility_mode,
    )
    fields.done()
    return write


def span_update(id: Id, trace_id: Id, update: SpanUpdate, now_us: int) -> SpanWrite:
    """Return the message of a PATCH; tags to add and remove are the caller's to settle."""
    fields = Checked("")
    cost = (
        update.total_estimated_cost
        if update.total_estimated_cost is not None
        else update.total_cost
    )
    write = SpanWrite(
        id=id,
        trace_id=trace_id,
        version_us=now_us,
        parent_span_id=parse_id(update.parent_span_id, "parent_span_id")
        if update.parent_span_id
        else None,
        project_name=_name(update.project_name),
        project_id=parse_id(update.project_id, "project_id") if update.project_id else None,
        name=update.name,
        type=fields.span_type(update.type),
        start_time_us=fields.optional_time("start_time", update.start_time),
        end_time_us=fields.optional_time("end_time", update.end_time),
        input=fields.json("input", update.input),
        output=fields.json("output", update.output),
        metadata=fields.json("metadata", update.metadata),
        tags=fields.tags(update.tags),
        error_info=fields.error_info(update.error_info),
        model=update.model or None,
        provider=update.provider or None,
        usage=_usage(update.usage),
        total_estimated_cost=fields.cost(cost),
        ttft_ms=fields.not_negative("ttft", update.ttft),
        source=update.source,
        environment=fields.environment(update.environment),
    )
    fields.done()
    return write


def derived_call(trace: TraceWrite) -> SpanWrite | None:
    """Return the llm span that a span-less exporter's trace stands for, if it is such a one.

    Beluga's exporter sends one call as one trace with a version 4 id, and the model, tokens and
    cost in the metadata; without a span the call would not show in cost views.
    """
    if is_v7(trace.id) or not trace.metadata:
        return None
    try:
        call = _call.decode(trace.metadata)
    except (msgspec.ValidationError, msgspec.DecodeError):
        return None
    if not call.model or (call.input_tokens is None and call.output_tokens is None):
        return None
    prompt, completion = call.input_tokens or 0, call.output_tokens or 0
    start_ms = (trace.start_time_us or trace.version_us) // 1000
    return SpanWrite(
        id=derived_id(start_ms, trace.id.hex(), "call"),
        trace_id=trace.id,
        version_us=trace.version_us,
        project_name=trace.project_name,
        project_id=trace.project_id,
        name=trace.name or call.model,
        type="llm",
        start_time_us=trace.start_time_us,
        end_time_us=trace.end_time_us,
        input=trace.input,
        output=trace.output,
        error_info=trace.error_info,
        model=call.model,
        provider=call.provider or None,
        usage={
            "prompt_tokens": prompt,
            "completion_tokens": completion,
            "total_tokens": call.total_tokens or prompt + completion,
        },
        total_estimated_cost=Decimal(str(call.cost)) if call.cost else None,
        source=trace.source,
        environment=trace.environment,
    )


# Where LiteLLM's callback names the provider in another way than its models' names do.
_LITELLM_PREFIXES = {
    "google_ai": "gemini",
    "google_vertexai": "vertex_ai",
    "anthropic_vertexai": "vertex_ai",
}


def _litellm_facts(
    metadata: str, model: str | None, provider: str | None, cost: Decimal | None
) -> tuple[str | None, Decimal | None]:
    """Return the model and the cost of LiteLLM's span.

    A proxy's span names the alias that the caller used (its `model_group`); the metadata names the
    model behind it, and the cost even where the span does not.
    """
    try:
        facts = _litellm.decode(metadata)
    except (msgspec.ValidationError, msgspec.DecodeError):
        return model, cost
    if facts.created_from != "litellm":
        return model, cost
    if cost == 0 and facts.model_group and not _is_free(metadata):
        cost = None
    if cost is None and isinstance(facts.cost, dict):
        # In spite of its name this is a price in USD.
        price = facts.cost.get("total_tokens")
        if isinstance(price, int | float) and price > 0:
            cost = Decimal(str(price))
    if facts.model and (model is None or model == facts.model_group):
        # `openai/gpt-4o` of a proxy and `gpt-4o` of a direct call are one model.
        prefix = _LITELLM_PREFIXES.get(provider or "", provider)
        model = facts.model.removeprefix(f"{prefix}/") or facts.model
    return model, cost


def _is_free(metadata: str) -> bool:
    """Say whether a proxy's cost of zero is meant.

    A proxy enters each model that it does not know at a price of zero, under the model's name. The
    price of a deployment's own settings is entered under the deployment's id.
    """
    try:
        price = _litellm_price.decode(metadata)
    except (msgspec.ValidationError, msgspec.DecodeError):
        return True
    if price.cache_hit is True or not isinstance(price.model_map_information, dict):
        return True
    entry = price.model_map_information.get("model_map_value")
    return not isinstance(entry, dict) or entry.get("key") == price.model_id


def _unless_blank(text: str | None) -> str | None:
    return text if text and text.strip() else None


def _name(name: Word | None) -> str | None:
    text = word(name)
    return (text.strip() or None) if text else None


def _usage(usage: Usage | None) -> dict[str, int] | None:
    if usage is None:
        return None
    counts: dict[str, int] = {}
    for key, n in usage.items():
        if n.__class__ is int and _LEAST <= n <= _MOST:
            counts[key] = n
        elif n is not None:
            counts[key] = max(min(round(n), _MOST), _LEAST)
    return counts
