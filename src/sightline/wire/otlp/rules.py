"""What can be done with an attribute: the verbs that conventions are written in."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sightline.wire.otlp import values
from sightline.wire.otlp.convention import Action, Rule, SpanType, Where
from sightline.wire.otlp.draft import Draft, add_tags, grow, merge, place, tree_path

Parts = Mapping[str, str | None]
"""Parts of a flattened key: another name, or None for one that only wraps."""

_MAX_PATH = 24
"""Parts of a flattened key that become branches; a longer key stays flat."""


def keep(
    where: Where, type: SpanType | None = None, *, short: bool = False, name: str | None = None
) -> Rule:
    """Store the value under its full key, under `name`, or with `short` under the part after the
    prefix; there an empty part merges an object.
    """

    def bind(key: str, rest: str) -> Action:
        target = name or (_short(key, rest) if short else key)
        if target is key:
            return _kept(where, key, type)

        def act(draft: Draft, value: Any) -> None:
            bucket: dict[str, Any] = getattr(draft, where)
            if target:
                place(bucket, target, key, values.opened(value))
            else:
                _merge_guarded(bucket, value, key)
            if type:
                draft.type = type

        return act

    return bind


def _kept(where: Where, key: str, type: SpanType | None) -> Action:
    """The commonest action by far, and so with nothing to decide in it."""

    def to_input(draft: Draft, value: Any) -> None:
        draft.input[key] = values.opened(value)

    def to_output(draft: Draft, value: Any) -> None:
        draft.output[key] = values.opened(value)

    def to_metadata(draft: Draft, value: Any) -> None:
        draft.metadata[key] = values.opened(value)

    plain = {"input": to_input, "output": to_output, "metadata": to_metadata}[where]
    if type is None:
        return plain

    def typed(draft: Draft, value: Any) -> None:
        plain(draft, value)
        draft.type = type

    return typed


def whole(where: Where, type: SpanType | None = None, *, unless: str | None = None) -> Rule:
    """Store a value that is the whole input or output: an object's members one by one.

    `unless` names an attribute that, present with the same value, has said it already.
    """

    def bind(key: str, rest: str) -> Action:
        def act(draft: Draft, value: Any) -> None:
            if unless is None or draft.attributes.get(unless) != value:
                merge(getattr(draft, where), value)
            if type:
                draft.type = type

        return act

    return bind


def drop() -> Rule:
    """Take the attribute and forget it."""
    return lambda key, rest: lambda draft, value: None


def every(*rules: Rule) -> Rule:
    """Apply several rules to one attribute, in order."""

    def bind(key: str, rest: str) -> Action:
        actions = tuple(rule(key, rest) for rule in rules)

        def act(draft: Draft, value: Any) -> None:
            for action in actions:
                action(draft, value)

        return act

    return bind


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


def trace_tags() -> Rule:
    """Add tags of the span's trace."""

    def bind(key: str, rest: str) -> Action:
        def act(draft: Draft, value: Any) -> None:
            draft.trace_tags = add_tags(draft.trace_tags, value)
            draft.says_trace = True

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
        name = _short(key, rest)

        def act(draft: Draft, value: Any) -> None:
            bucket = draft.trace_metadata = draft.trace_metadata or {}
            draft.says_trace = True
            if name:
                place(bucket, name, key, values.opened(value))
            else:
                _merge_guarded(bucket, value, key)

        return act

    return bind


def kind(types: Mapping[str, SpanType], rank: int, *, other: SpanType | None = None) -> Rule:
    """Set the type that the value states, whatever other attributes suggest."""

    def bind(key: str, rest: str) -> Action:
        def act(draft: Draft, value: Any) -> None:
            stated = types.get(value.lower(), other) if isinstance(value, str) else None
            if stated is None:
                return
            if rank < draft.kind_rank:
                draft.kind, draft.kind_rank = stated, rank

        return act

    return bind


def tree(
    where: Where,
    name: str,
    type: SpanType | None = None,
    *,
    parts: Parts | None = None,
    opens: bool = False,
) -> Rule:
    """Rebuild a structure from flattened keys, such as `…0.message.role`, under `name`.

    With `opens` leaves that are JSON text are opened.
    """

    def bind(key: str, rest: str) -> Action:
        path = tree_path(rest, parts or {}) if rest.count(".") < _MAX_PATH else ()
        branch = (where, name, key.removesuffix(rest).rstrip("."))

        def act(draft: Draft, value: Any) -> None:
            if draft.trees is None:
                draft.trees = {}
            leaf = values.opened(value) if opens else value
            grow(draft.trees.setdefault(branch, {}), path or (rest,), leaf)
            if type:
                draft.type = type

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
                came = datetime.fromisoformat(str(value).strip('"')).timestamp()
            except (ValueError, OverflowError, OSError):
                return
            waited_ms = came * 1000 - draft.start_unix_nano / 1_000_000
            if waited_ms >= 0:
                draft.ttft_ms = round(waited_ms, 3)

        return act

    return bind


def _short(key: str, rest: str) -> str:
    if rest.startswith("."):
        return rest[1:]
    # Under a prefix without its dot (`input*`), `input_text` has no shorter name.
    return rest if not rest or key.removesuffix(rest).endswith(".") else key


def _merge_guarded(bucket: dict[str, Any], value: Any, key: str) -> None:
    members = values.as_object(value)
    if members is None:
        bucket[key] = values.opened(value)
        return
    for name, member in members.items():
        place(bucket, name, f"{key}.{name}", member)


def _counts(members: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, int]:
    found = {}
    for said, value in members.items():
        count = None if isinstance(value, str) else values.tokens(value)
        if count is not None:
            found[names.get(said, said)] = count
    return found
