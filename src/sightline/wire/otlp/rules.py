"""Where content goes: the verbs that conventions are written in."""

from collections.abc import Mapping
from typing import Any

from sightline.wire.otlp import values
from sightline.wire.otlp.convention import Action, Rule, SpanType, Where
from sightline.wire.otlp.draft import Draft, grow, merge, merge_guarded, place, tree_path

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
        target = name or (short_name(key, rest) if short else key)
        if target is key:
            return _kept(where, key, type)

        def act(draft: Draft, value: Any) -> None:
            bucket: dict[str, Any] = getattr(draft, where)
            if target:
                place(bucket, target, key, values.opened(value))
            else:
                merge_guarded(bucket, value, key)
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


def whole(where: Where) -> Rule:
    """Store a value that is the whole input or output: an object's members one by one."""

    def bind(key: str, rest: str) -> Action:
        return lambda draft, value: merge(getattr(draft, where), value)

    return bind


def keep_unless_said(where: Where, *elsewhere: str) -> Rule:
    """Store the value under its full key unless an attribute of `elsewhere` has the same value."""

    def bind(key: str, rest: str) -> Action:
        plain = _kept(where, key, None)

        def act(draft: Draft, value: Any) -> None:
            if all(draft.attributes.get(other) != value for other in elsewhere):
                plain(draft, value)

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


def short_name(key: str, rest: str) -> str:
    """Return the part of a key after the prefix it was found under; empty if nothing is left."""
    if rest.startswith("."):
        return rest[1:]
    # Under a prefix without its dot (`input*`), `input_text` has no shorter name.
    return rest if not rest or key.removesuffix(rest).endswith(".") else key
