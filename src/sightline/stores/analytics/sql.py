"""The only place that turns values into SQL text: ids as literals, all else as bound parameters."""

from collections.abc import Iterable
from typing import Any

from sightline.core.ids import Id

NEAR = "/*near*/ "
"""Before a table's name: the rows of it that lie on the same shard as the row that is looked at.

Only right in a subquery of a query right from a sharded table, when what the subquery finds is on
the shard that asks (ADR 15). On one node it says nothing.
"""

# An escaped literal costs the engine nothing; `unhex('…')` would be a call for each id.
_ESCAPED = [f"\\x{byte:02x}" for byte in range(256)]


def id_literal(raw: Id) -> str:
    """Return the literal of a 16-byte id. Every byte is escaped, so nothing can be smuggled in."""
    return "'" + "".join([_ESCAPED[byte] for byte in raw]) + "'"


def id_list(ids: Iterable[Id]) -> str:
    """Return `(…, …)` of ids for IN; an empty list matches nothing."""
    text = ", ".join(id_literal(raw) for raw in ids)
    return f"({text})" if text else "('')"


class Binder:
    """Collects bound parameters while SQL text is put together."""

    def __init__(self) -> None:
        self.params: dict[str, Any] = {}

    def add(self, value: Any, type_: str = "String") -> str:
        """Bind `value` and return its placeholder."""
        name = f"p{len(self.params)}"
        self.params[name] = value
        return f"{{{name}:{type_}}}"
