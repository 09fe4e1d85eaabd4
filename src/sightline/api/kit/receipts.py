"""Counts the messages of requests: opened before the key is looked at, settled when it is over.

A handler whose requests bring messages says so with `opt={"counted": (face, kind)}` and reads its
body with `read_counted`; the rest follows.
"""

from collections.abc import Sequence
from typing import Any, TypeVar

import msgspec
from litestar import Request

from sightline.api.kit.bodies import read_body
from sightline.api.kit.services import Services
from sightline.core import codec
from sightline.core.errors import InvalidRequestError, SightlineError
from sightline.domain.client_name import client_name
from sightline.domain.ingest_ledger import IN_HAND, Place, Receipt, place_of, reason_of
from sightline.domain.workspace import DEFAULT_PROJECT

T = TypeVar("T")

_SCOPE = "sightline.receipt"
# More than a batch may have is refused as a whole; whose it would be is not worth reading.
_MOST_NAMED = 1_000


class _Named(msgspec.Struct):
    """What a message that cannot be taken says of its project."""

    project_id: Any = None
    project_name: Any = None


_named = msgspec.json.Decoder(_Named)


def open_receipt(request: Request[Any, Any, Any], services: Services) -> Receipt | None:
    """Return the receipt of a request that brings messages; None for any other."""
    counted = request.route_handler.opt.get("counted")
    if counted is None:
        return None
    face, kind = counted
    headers = dict(request.scope["headers"])
    receipt = Receipt(
        services.ledger,
        face,
        kind,
        client_name(headers),
        has_key=bool(headers.get(b"authorization", b"").strip()),
    )
    request.scope[_SCOPE] = receipt  # type: ignore[literal-required]
    return receipt


def receipt_of(request: Request[Any, Any, Any]) -> Receipt:
    """Return the receipt of a request, in hand from now on for what is stored."""
    receipt: Receipt = request.scope[_SCOPE]  # type: ignore[literal-required]
    IN_HAND.set(receipt)
    return receipt


def note_refusal(scope: Any, error: Exception) -> None:
    """Note why a request is refused."""
    receipt: Receipt | None = scope.get(_SCOPE)
    if receipt is not None:
        receipt.reason = reason_of(error, has_key=receipt.has_key)


def settle(scope: Any, *, is_over: bool = True) -> None:
    """Count what became of the messages; a request that is not over was broken off."""
    receipt: Receipt | None = scope.get(_SCOPE)
    if receipt is not None:
        if not is_over:
            receipt.reason = receipt.reason or "interrupted"
        receipt.settle()


async def read_counted(
    request: Request[Any, Any, Any], type_: type[T], field: str | None = None
) -> T:
    """Decode the request's JSON body into `type_` and note its messages.

    They are the list in `field`, or the body is one message. Raises what `read_json` raises.
    """
    receipt = receipt_of(request)
    data = await read_body(request)
    if not data.strip():
        raise InvalidRequestError("The request body must not be empty")
    # Whoever creates without a project does so in this one; whoever changes means where it is.
    place = DEFAULT_PROJECT if request.method == "POST" else None
    try:
        value = codec.decode(data, type_)
    except SightlineError:
        sent = _sent(data, field)
        if sent is not None:
            receipt.take(sent, place)
        raise
    items = [value] if field is None else getattr(value, field)
    receipt.take(items, place_of(getattr(value, "update", None)) or place)
    return value


def take(request: Request[Any, Any, Any], messages: int, place: Place) -> None:
    """Note how many messages of one project a request has."""
    receipt_of(request).take(range(messages), place)


def _sent(data: bytes, field: str | None) -> Sequence[Any] | None:
    """Return what can be told of the messages in a body that is refused; None when nothing can."""
    try:
        raw = [msgspec.json.decode(data, type=msgspec.Raw)]
        if field is not None:
            raw = msgspec.json.decode(
                msgspec.json.decode(data, type=dict[str, msgspec.Raw])[field],
                type=list[msgspec.Raw],
            )
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError, KeyError):
        return None
    return [_name_of(one) for one in raw] if len(raw) <= _MOST_NAMED else raw


def _name_of(raw: msgspec.Raw) -> Any:
    try:
        return _named.decode(raw)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return _Named()
