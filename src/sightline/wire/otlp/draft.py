"""What one otel span adds up to while its attributes are read."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import msgspec

from sightline.wire.otlp import values

UNRANKED = 99
"""Rank of a field that nobody has said: every rule beats it."""

PROTECTED = frozenset({"thread_id", "integration", "server.address", "opentelemetry.events"})
"""Metadata keys with a meaning here, which a shortened attribute key must not take."""

_MAX_INDEX_DIGITS = 9


class Draft(msgspec.Struct, gc=False):
    """The fields of one span so far. A `…_rank` says how good the source of its field is: 0 best.

    `kind` is the type that an attribute states, `type` the one that attributes suggest.
    `trace_…` fields are said on a span and belong to its trace; `says_trace` tells of any.
    """

    name: str
    attributes: dict[str, Any]
    start_unix_nano: int
    input: dict[str, Any] = {}
    output: dict[str, Any] = {}
    metadata: dict[str, Any] = {}
    usage: dict[str, int] = {}
    trees: dict[tuple[str, str, str], dict[Any, Any]] | None = None
    type: str = "general"
    kind: str | None = None
    kind_rank: int = UNRANKED
    model: str | None = None
    model_rank: int = UNRANKED
    provider: str | None = None
    provider_rank: int = UNRANKED
    cost: Decimal | None = None
    cost_rank: int = UNRANKED
    repeats_usage: bool = False
    thread_id: str | None = None
    tags: list[str] | None = None
    ttft_ms: float | None = None
    environment: str | None = None
    says_trace: bool = False
    trace_name: str | None = None
    trace_input: dict[str, Any] | None = None
    trace_output: dict[str, Any] | None = None
    trace_metadata: dict[str, Any] | None = None
    trace_tags: list[str] | None = None

    @property
    def stated_type(self) -> str:
        return self.kind or self.type


def place(bucket: dict[str, Any], name: str, full_key: str, value: Any) -> None:
    """Put a value under a shortened key, under the full one if that is taken or protected."""
    if name in PROTECTED or bucket.get(name, value) != value:
        name = full_key
    bucket[name] = value


def merge(bucket: dict[str, Any], value: Any, name: str = "value") -> None:
    """Put in a value that stands for the whole: an object's members, a list of messages, else
    one value under `name`.
    """
    if isinstance(value, str) and value[:1].isalnum():
        # Prose, a number or a word: nothing to open.
        bucket[name] = value
        return
    members = values.as_object(value)
    if members is not None:
        bucket.update(members)
    elif isinstance(value, str) and value[:1] == "[" and '"role"' in value:
        bucket["messages"] = values.opened(value)
    else:
        bucket[name] = values.opened(value)


def merge_guarded(bucket: dict[str, Any], value: Any, key: str) -> None:
    """Put in the members of an object where they are free; else the value under its key."""
    members = values.as_object(value)
    if members is None:
        bucket[key] = values.opened(value)
        return
    for name, member in members.items():
        place(bucket, name, f"{key}.{name}", member)


def add_tags(known: list[str] | None, value: Any) -> list[str]:
    """Return the tags known so far and those of one attribute, each once."""
    return list(dict.fromkeys([*(known or ()), *values.tags(value)]))


def tree_path(rest: str, parts: Mapping[str, str | None]) -> tuple[str | int, ...]:
    """Return the path of a flattened key, its parts renamed by `parts`, or left out for None.

    `0.message.role` where `message` only wraps is `(0, "role")`.
    """
    path: list[str | int] = []
    for part in rest.split("."):
        if part.isascii() and part.isdecimal() and len(part) <= _MAX_INDEX_DIGITS:
            path.append(int(part))
            continue
        name = parts.get(part, part)
        if name and (not path or path[-1] != name):
            path.append(name)
    return tuple(path)


def grow(tree: dict[Any, Any], path: tuple[str | int, ...], value: Any) -> None:
    """Set one leaf; a leaf that would have to be a branch as well keeps its flat key."""
    node = tree
    for part in path[:-1]:
        below = node.setdefault(part, {})
        if not isinstance(below, dict):
            tree[".".join(map(str, path))] = value
            return
        node = below
    if isinstance(node.get(path[-1]), dict):
        tree[".".join(map(str, path))] = value
    else:
        node[path[-1]] = value


def plant(draft: Draft) -> None:
    """Put the finished trees into input and output, indexed branches as lists."""
    for (where, name, full_key), tree in (draft.trees or {}).items():
        place(getattr(draft, where), name, full_key, _listed(tree))


def _listed(node: Any) -> Any:
    if not isinstance(node, dict):
        return node
    branches = {part: _listed(below) for part, below in node.items()}
    if branches and all(isinstance(part, int) for part in branches):
        return [branches[index] for index in sorted(branches)]
    return {str(part): below for part, below in branches.items()}
