"""JSON paths in filters: `a.b[0].c`, `$.a`, `['odd.key'].x`, `items[*].price`, and their SQL.

The engine's reader takes numbers of up to 64 bits: a document with a larger integer anywhere in it
has no values at any path, as a broken one has none. It writes numbers its own way (2.50 is 2.5).
"""

import re

from sightline.core.errors import InvalidRequestError
from sightline.stores.analytics.sql import Binder

Step = str | int | None
"""A key, an index from 0 (negative from the end), or None for every element (`[*]`)."""

_STEP = re.compile(
    r"""\.?\[\s*(?:(?P<index>-?\d{1,9})|(?P<all>\*)|'(?P<single>(?:[^'\\]|\\.)*)'|"(?P<double>(?:[^"\\]|\\.)*)")\s*\]"""
    r"""|\.?(?P<name>[^.\[\]]+)"""
)
_UNESCAPE = re.compile(r"\\(.)", re.DOTALL)
# A dotted key is tried nested and flat; beyond this many parts only as both extremes.
_MAX_SPLITS = 6
# Each step is an argument of the engine's reader, each `[*]` a function in a function.
_MOST_STEPS = 64
_MOST_EVERY = 5


def parse_path(text: str) -> list[Step]:
    """Return the steps of a path; text that is no path is one key, taken as it stands.

    Raises `InvalidRequestError` for a path of too many steps.
    """
    body = text[1:] if text == "$" or text.startswith(("$.", "$[")) else text
    steps: list[Step] = []
    at = 0
    while at < len(body):
        match = _STEP.match(body, at)
        if match is None or (at == 0 and body.startswith(".") and body is text):
            return [text]
        if match["index"] is not None:
            steps.append(int(match["index"]))
        elif match["all"]:
            steps.append(None)
        elif match["name"] is not None:
            steps.append(match["name"])
        else:
            quoted = match["single"] if match["single"] is not None else match["double"]
            steps.append(_UNESCAPE.sub(r"\1", quoted or ""))
        at = match.end()
        if len(steps) > _MOST_STEPS or steps.count(None) > _MOST_EVERY:
            raise InvalidRequestError(
                f"A JSON path may have {_MOST_STEPS} steps, and {_MOST_EVERY} times `[*]`",
                hint="Shorten the key of the filter",
            )
    return steps


def alternatives(text: str) -> list[list[Step]]:
    """Return the paths to try in order: nested first, then with dots as part of a key.

    Attributes of OpenTelemetry are stored flat (`{"gen_ai.request.model": …}`), so a key typed
    with dots may be either.
    """
    steps = parse_path(text)
    plain = text.removeprefix("$.")
    if len(steps) < 2 or ".".join(map(str, steps)) != plain:
        return [steps]
    keys: list[Step] = [str(s) for s in steps]
    n = len(keys)
    splits = range(n - 2, -1, -1) if n <= _MAX_SPLITS else [0]
    return [steps, *([*keys[:i], ".".join(map(str, keys[i:]))] for i in splits)]


def raw_value(sql: str, text: str, binder: Binder) -> tuple[str, bool]:
    """Return the SQL of the JSON text at a path, and whether it is an array of such texts.

    A missing value is the empty string.
    """
    paths = alternatives(text)
    if None in paths[0]:
        return _every(sql, paths[0], binder), True
    found = _one(sql, paths[-1], binder)
    for path in reversed(paths[:-1]):
        first = _one(sql, path, binder)
        found = f"if({first} != '', {first}, {found})"
    return found, False


def as_text(raw: str) -> str:
    """Return the SQL of a JSON text's content: a string without its quotes, else as it is."""
    return f"if(startsWith({raw}, '\"'), JSONExtractString({raw}), {raw})"


def _one(sql: str, steps: list[Step], binder: Binder) -> str:
    return f"JSONExtractRaw({', '.join([sql, *_arguments(steps, binder)])})"


def _every(sql: str, steps: list[Step], binder: Binder) -> str:
    """Return the texts at a path with `[*]` in it, one for each element."""
    cut = steps.index(None)
    arguments = ", ".join([sql, *_arguments(steps[:cut], binder)])
    elements = f"JSONExtractArrayRaw({arguments})"
    rest = steps[cut + 1 :]
    if not rest:
        return elements
    if None in rest:
        return f"arrayFlatten(arrayMap(x -> {_every('x', rest, binder)}, {elements}))"
    return f"arrayMap(x -> {_one('x', rest, binder)}, {elements})"


def _arguments(steps: list[Step], binder: Binder) -> list[str]:
    out = []
    for step in steps:
        if isinstance(step, int):
            # The engine counts from 1, and from -1 at the end.
            out.append(str(step + 1 if step >= 0 else step))
        else:
            out.append(binder.add(step))
    return out
