"""Requests and how generations are put into them: headers, URLs, batches of bounded size."""

import base64
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar
from urllib.parse import quote, urlencode

from sightline.core import codec
from sightline.destinations.base import Delivery, HttpRequest

T = TypeVar("T")

MAX_BODY_BYTES = 4_000_000
"""What services with no published limit take; one generation alone may be larger."""


def merged_headers(ours: Mapping[str, str], custom: Mapping[str, str] | None) -> dict[str, str]:
    """Return our headers and the user's, which win over ours whatever the case of the name."""
    if not custom:
        return dict(ours)
    theirs = {name.lower() for name in custom}
    return {**{k: v for k, v in ours.items() if k.lower() not in theirs}, **custom}


def json_request(
    url: str,
    body: Any,
    headers: Mapping[str, str],
    custom: Mapping[str, str] | None = None,
    *,
    method: str = "POST",
) -> HttpRequest:
    """Return a request with a JSON body; bytes are taken to be JSON already."""
    data = body if isinstance(body, bytes) else codec.encode(body)
    ours = {"Content-Type": "application/json", **headers}
    return HttpRequest(method=method, url=url, headers=merged_headers(ours, custom), body=data)


def get_request(
    url: str, headers: Mapping[str, str], custom: Mapping[str, str] | None = None
) -> HttpRequest:
    ours = {"Accept": "application/json", **headers}
    return HttpRequest(method="GET", url=url, headers=merged_headers(ours, custom))


def below(base: str, path: str, query: Mapping[str, str] | None = None) -> str:
    """Return the URL of a path below a base URL, which may have its own path and last slash."""
    end = f"?{urlencode(query, quote_via=quote)}" if query else ""
    return f"{base.rstrip('/')}/{path.lstrip('/')}{end}"


def basic(user: str, password: str) -> str:
    """Return the value of a basic `Authorization` header."""
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


def batched(
    parts: Sequence[T],
    size: Callable[[T], int],
    make: Callable[[list[T]], Sequence[HttpRequest]],
    *,
    max_bytes: int = MAX_BODY_BYTES,
    max_items: int = 100,
) -> list[Delivery]:
    """Return deliveries of consecutive parts, each about `max_bytes` or less, unless it has one."""
    found: list[Delivery] = []
    group: list[int] = []
    total = 0

    def close() -> None:
        if group:
            requests = tuple(make([parts[at] for at in group]))
            found.append(Delivery(requests=requests, generations=tuple(group)))

    for at, part in enumerate(parts):
        part_size = size(part) + 1
        if group and (total + part_size > max_bytes or len(group) >= max_items):
            close()
            group, total = [], 0
        group.append(at)
        total += part_size
    close()
    return found


def one_by_one(parts: Sequence[T], make: Callable[[T], HttpRequest]) -> list[Delivery]:
    """Return a delivery for each part."""
    return [Delivery(requests=(make(part),), generations=(at,)) for at, part in enumerate(parts)]


def json_array(name: str, items: Sequence[bytes]) -> bytes:
    """Return `{"name": [items]}` of items that are JSON already."""
    return b'{"' + name.encode() + b'":[' + b",".join(items) + b"]}"
