"""Attributes that are a field of their own: model, usage, cost, thread, type, the trace's name."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sightline.core.clock import to_us
from sightline.wire.otlp import values
from sightline.wire.otlp.convention import Action, Rule, SpanType, Where
from sightline.wire.otlp.draft import Draft, add_tags, merge, merge_guarded, place
from sightline.wire.otlp.rules import short_name


def model(rank: int = 0) -> Rule:
    """Set the model; among sources of one rank the last seen wins."""

    def bind(key: str, rest: str) -> Action:
        def act(draft: Draft, value: Any) -> None:
            name = values.text(value)
            if name and rank <= draft.model_rank:
                draft.model, draft.model_rank = name, rank
            draft.type = "llm"

        return act

    return bind


def provider(rank: int = 0, *, fixed: str | None = None) -> Rule:
    """Set the provider, to `fixed` if given."""

    def bind(key: str, rest: str) -> Action:
        def act(draft: Draft, value: Any) -> None:
            name = fixed or values.text(value)
            if name and rank <= draft.provider_rank:
                draft.provider, draft.provider_rank = name, rank
            draft.type = "llm"

        return act

    return bind


def usage(names: Mapping[str, str], *, name: str | None = None) -> Rule:
    """Count tokens under `name`, or the part after the prefix as `names` spells it.

    An object gives each of its numbers; what is no count stays in metadata.
    """

    def bind(key: str, rest: str) -> Action:
        said = name or rest or key
        target = names.get(said, said)
        # A detail must not overwrite the same count said by its own name.
        is_detail = target != said and "." in said

        def act(draft: Draft, value: Any) -> None:
            draft.type = "llm"
            count = values.tokens(value)
            if count is not None:
                if is_detail:
                    draft.usage.setdefault(target, count)
                else:
                    draft.usage[target] = count
                return
            members = values.parsed(value)
            if isinstance(members, dict):
                draft.usage.update(_counts(members, names))
            else:
                draft.metadata[key] = values.opened(value)

        return act

    return bind


def cost(rank: int = 0, *, member: str | None = None) -> Rule:
    """Set the cost in USD, read from `member` of an object if given."""

    def bind(key: str, rest: str) -> Action:
        def act(draft: Draft, value: Any) -> None:
            draft.type = "llm"
            if member:
                members = values.parsed(value)
                value = members.get(member) if isinstance(members, dict) else None
            amount = values.usd(value)
            if amount is None:
                if value is not None:
                    draft.metadata[key] = values.opened(value)
            elif rank < draft.cost_rank:
                draft.cost, draft.cost_rank = amount, rank

        return act

    return bind


def kind(types: Mapping[str, SpanType], rank: int, *, other: SpanType | None = None) -> Rule:
    """Set the type that the value states, whatever other attributes suggest."""

    def bind(key: str, rest: str) -> Action:
        def act(draft: Draft, value: Any) -> None:
            stated = types.get(value.lower(), other) if isinstance(value, str) else None
            if stated is not None and rank < draft.kind_rank:
                draft.kind, draft.kind_rank = stated, rank

        return act

    return bind


def thread() -> Rule:
    """Set the thread id; the first one wins."""

    def bind(key: str, rest: str) -> Action:
        def act(draft: Draft, value: Any) -> None:
            draft.thread_id = draft.thread_id or values.text(value)

        return act

    return bind


def tags() -> Rule:
    """Add tags of the span."""

    def bind(key: str, rest: str) -> Action:
        def act(draft: Draft, value: Any) -> None:
            draft.tags = add_tags(draft.tags, value)

        return act

    return bind


def environment() -> Rule:
    """Set the environment."""

    def bind(key: str, rest: str) -> Action:
        def act(draft: Draft, value: Any) -> None:
            draft.environment = draft.environment or values.text(value)

        return act

    return bind


def first_token(*, scale_ms: float) -> Rule:
    """Set the time to first token from a duration whose unit is `scale_ms` milliseconds."""

    def bind(key: str, rest: str) -> Action:
        def act(draft: Draft, value: Any) -> None:
            amount = values.usd(value)
            if amount is not None:
                draft.ttft_ms = float(amount) * scale_ms

        return act

    return bind


def first_token_at() -> Rule:
    """Set the time to first token from the moment it came (RFC 3339)."""

    def bind(key: str, rest: str) -> Action:
        def act(draft: Draft, value: Any) -> None:
            try:
                came_us = to_us(datetime.fromisoformat(str(value).strip('"')))
            except (ValueError, OverflowError):
                return
            waited_us = came_us - draft.start_unix_nano // 1000
            if draft.start_unix_nano and waited_us >= 0:
                draft.ttft_ms = waited_us / 1000

        return act

    return bind


def trace_name() -> Rule:
    """Set the name of the span's trace."""

    def bind(key: str, rest: str) -> Action:
        def act(draft: Draft, value: Any) -> None:
            draft.trace_name = values.text(value) or draft.trace_name
            draft.says_trace = True

        return act

    return bind


def trace_whole(where: Where, *, unless: str | None = None) -> Rule:
    """Store a value that is the whole input, output or metadata of the span's trace.

    It is the span's own as well unless the span has the attribute `unless`.
    """
    field = f"trace_{where}"

    def bind(key: str, rest: str) -> Action:
        def act(draft: Draft, value: Any) -> None:
            if unless is not None:
                said = draft.attributes.get(unless)
                if said is None:
                    merge(getattr(draft, where), value)
                if said is None or said == value:
                    return
            bucket: dict[str, Any] = getattr(draft, field) or {}
            merge(bucket, value)
            setattr(draft, field, bucket)
            draft.says_trace = True

        return act

    return bind


def trace_metadata() -> Rule:
    """Store the value in the metadata of the span's trace, under the part after the prefix."""

    def bind(key: str, rest: str) -> Action:
        name = short_name(key, rest)

        def act(draft: Draft, value: Any) -> None:
            bucket = draft.trace_metadata = draft.trace_metadata or {}
            draft.says_trace = True
            if name:
                place(bucket, name, key, values.opened(value))
            else:
                merge_guarded(bucket, value, key)

        return act

    return bind


def trace_tags() -> Rule:
    """Add tags of the span's trace."""

    def bind(key: str, rest: str) -> Action:
        def act(draft: Draft, value: Any) -> None:
            draft.trace_tags = add_tags(draft.trace_tags, value)
            draft.says_trace = True

        return act

    return bind


def _counts(members: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, int]:
    found = {}
    for said, value in members.items():
        count = None if isinstance(value, str) else values.tokens(value)
        if count is not None:
            found[names.get(said, said)] = count
    return found
