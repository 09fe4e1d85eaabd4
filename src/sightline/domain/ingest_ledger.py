"""What became of the messages that clients sent: one outcome each, by who sent them and where to.

A message is a trace, a span, a score or a guardrail check as a client sends it, or a call of the
gateway. What was received is the sum of all outcomes, so nothing can be lost between two counts.
"""

from collections.abc import Sequence
from contextlib import suppress
from contextvars import ContextVar
from typing import Any, Literal, Protocol, get_args

from sightline.core.errors import AuthenticationError, QueueFullError, SightlineError
from sightline.core.ids import NIL, Id

Face = Literal["opik", "otlp", "gateway"]
Reason = Literal[
    "no_key",
    "wrong_key",
    "no_access",
    "no_credit",
    "bad_request",
    "bad_field",
    "too_large",
    "not_taken",
    "not_found",
    "conflict",
    "ignored",
    "rate_limited",
    "queue_full",
    "disk_full",
    "store_unavailable",
    "interrupted",
    "failed",
]
Outcome = Literal["stored"] | Reason
STORED: Outcome = "stored"
REASONS: tuple[Reason, ...] = get_args(Reason)

_BY_STATUS: dict[int, Reason] = {
    400: "bad_request",
    402: "no_credit",
    403: "no_access",
    404: "not_found",
    405: "not_taken",
    409: "conflict",
    413: "too_large",
    415: "not_taken",
    422: "bad_field",
    429: "rate_limited",
    501: "not_taken",
    503: "store_unavailable",
    507: "disk_full",
}
# Longer names are none that anybody looks for in a list.
_MOST_NAME = 200

Place = Id | str | None
"""A project: its id or its name as the client wrote it, None when it is not known."""


def reason_of(error: Exception, *, has_key: bool) -> Reason:
    """Return why a message was refused; `has_key` says that the request came with one."""
    if isinstance(error, AuthenticationError):
        return "wrong_key" if has_key else "no_key"
    if isinstance(error, QueueFullError):
        return "queue_full"
    if isinstance(error, SightlineError):
        if error.status == 400 and error.fields:
            return "bad_field"
        # A call that failed carries a status of its own.
        return _BY_STATUS.get(getattr(error, "http_status", error.status), "failed")
    return _BY_STATUS.get(getattr(error, "status_code", 500), "failed")


class Counts(Protocol):
    """Where messages are counted. Called on the event loop; costs a look-up and never waits."""

    def count(
        self,
        outcome: Outcome,
        messages: int,
        *,
        face: Face,
        client: str,
        workspace_id: Id = NIL,
        project: Place = None,
    ) -> None: ...


class Receipt:
    """The messages of one request: taken as soon as they can be told apart, stored, settled.

    Whatever was taken and not stored when the request is over has the reason of its refusal; in a
    request that was answered well it is `ignored`: there was nothing to store. A request whose
    messages cannot be told apart is one message.
    """

    __slots__ = (
        "_counts",
        "_items",
        "_stored",
        "client",
        "face",
        "has_key",
        "kind",
        "place",
        "reason",
        "received",
        "workspace_id",
    )

    def __init__(
        self, counts: Counts, face: Face, kind: str, client: str, *, has_key: bool = False
    ) -> None:
        self._counts = counts
        self._items: Sequence[Any] = ()
        self._stored: dict[Id | None, int] = {}
        self.client = client
        self.face: Face = face
        self.kind = kind
        self.has_key = has_key
        self.workspace_id: Id = NIL
        self.place: Place = None
        self.received = 1
        self.reason: Reason | None = None

    def take(self, items: Sequence[Any], place: Place = None) -> None:
        """Note the messages; those that name no project by themselves belong to `place`.

        They are only looked at when some are not stored.
        """
        self._items, self.place, self.received = items, place, len(items)

    def note(self, kind: str, writes: Sequence[Any]) -> None:
        """Note what is on disk; what is no message of the client's own kind is passed over."""
        if kind != self.kind:
            return
        stored = self._stored
        for write in writes:
            id = write.project_id
            stored[id] = stored.get(id, 0) + 1

    def settle(self) -> None:
        """Count everything, once."""
        left = self.received
        for project_id, messages in self._stored.items():
            self._count(STORED, messages, project_id)
            left -= messages
        if left > 0:
            self._settle_rest(left, self.reason or "ignored")
        self.received, self._stored, self._items = 0, {}, ()

    def _settle_rest(self, left: int, reason: Reason) -> None:
        if len(self._stored) == 1:
            # Of one project some came through: the rest is most likely of the same.
            self._count(reason, left, next(iter(self._stored)))
            return
        places: dict[Place, int] = {}
        for item in self._items if not self._stored else ():
            place = place_of(item) or self.place
            places[place] = places.get(place, 0) + 1
        for place, messages in (places or {self.place: left}).items():
            self._count(reason, messages, place)

    def _count(self, outcome: Outcome, messages: int, place: Place) -> None:
        self._counts.count(
            outcome,
            messages,
            face=self.face,
            client=self.client,
            workspace_id=self.workspace_id,
            project=place,
        )


IN_HAND: ContextVar[Receipt | None] = ContextVar("receipt", default=None)
"""The receipt of the request that is being answered, for the door that all writes use."""


def note_stored(kind: str, writes: Sequence[Any]) -> None:
    """Tell the receipt in hand, if there is one, what is on disk."""
    receipt = IN_HAND.get()
    if receipt is not None:
        receipt.note(kind, writes)


def place_of(item: Any) -> Place:
    """Return the project that a message names in `project_id` or `project_name`."""
    id = getattr(item, "project_id", None)
    if isinstance(id, str) and len(id) == 36:
        with suppress(ValueError):
            return bytes.fromhex(id.replace("-", ""))
        return None
    name = getattr(item, "project_name", None)
    if isinstance(name, str) and name.strip():
        return name.strip() if len(name) <= _MOST_NAME else None
    return None
