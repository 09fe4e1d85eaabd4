"""What the console's reads of a project share: bounded numbers, lists of names, JSON answers."""

from typing import Any

from litestar import MediaType, Response

from sightline.core import codec
from sightline.core.errors import InvalidRequestError
from sightline.domain.filter import Sort

PROJECT = "/api/console/projects/{project_id:str}"
MAX_COLUMNS = 100


def bounded(name: str, value: int, least: int, most: int) -> int:
    """Return a number within its bounds, or raise `InvalidRequestError` naming the parameter."""
    if not least <= value <= most:
        raise InvalidRequestError(
            f"Parameter `{name}` must be between {least} and {most}, not {value}"
        )
    return value


def names_of(name: str, text: str | None) -> tuple[str, ...]:
    """Return the names of a list with commas, each once; `"` around one that has a comma."""
    found: dict[str, None] = {}
    for part in _parts(text or ""):
        if part:
            found[part] = None
    if len(found) > MAX_COLUMNS:
        raise InvalidRequestError(f"Parameter `{name}` names more than {MAX_COLUMNS}")
    return tuple(found)


def sort_of(text: str | None, default: Sort) -> Sort:
    """Read `field` or `-field`, the latter for the largest first."""
    text = (text or "").strip()
    if not text.strip("-"):
        return default
    return Sort(text.removeprefix("-"), text.startswith("-"))


def json_response(body: Any) -> Response[bytes]:
    """Return an answer in JSON."""
    return Response(codec.encode(body), media_type=MediaType.JSON)


def _parts(text: str) -> list[str]:
    parts, held, is_quoted = [], "", False
    for char in text:
        if char == '"':
            is_quoted = not is_quoted
        elif char == "," and not is_quoted:
            parts.append(held.strip())
            held = ""
        else:
            held += char
    return [*parts, held.strip()]
