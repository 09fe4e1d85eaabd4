"""Which content encodings a client takes (RFC 9110 §12.5.3)."""

from collections.abc import Iterable


def accepted(header: str, known: Iterable[str]) -> list[str]:
    """Return those of `known` that an `Accept-Encoding` allows, in the order of `known`."""
    weights: dict[str, float] = {}
    for part in header.lower().split(",")[:16]:
        name, _, weight = part.partition(";")
        weights[name.strip()] = _weight(weight)
    otherwise = weights.get("*", 0.0)
    return [name for name in known if weights.get(name, otherwise) > 0]


def _weight(text: str) -> float:
    name, _, value = text.strip().partition("=")
    if name.strip() != "q":
        return 1.0
    try:
        return float(value)
    except ValueError:
        return 0.0
