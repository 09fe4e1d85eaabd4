"""Otel ids to entity ids: UUIDv7 whose random part is a hash of the otel id.

docs/adr/0007-otlp-conventions.md says why a trace's time comes from its first batch and how two
processes agree on it.
"""

import hashlib
from collections.abc import Awaitable, Callable, Mapping

from sightline.core.ids import Id
from sightline.wire.otlp.export import ExportRequest, Span, is_connection_test

Lookup = Callable[[Mapping[bytes, Id]], Awaitable[Mapping[bytes, Id]]]
"""Asks the store which of the otel trace ids it knows.

Gets the id that each unknown trace would have; returns the ids of those that exist already. A
lookup MAY store the proposals that are new (insert if absent) and return the winners: then
processes that see the first spans of one trace at the same moment agree too.
"""

_HASH_BYTES = 10
_VERSION_7 = 0x7000_8000_0000_0000_0000
_RANDOM_BITS = 0x0FFF_3FFF_FFFF_FFFF_FFFF
_LATEST_NS = 2**63
"""A time after 2262 is a broken clock: nothing that stores nanoseconds can hold it."""


def id_tail(otel_id: bytes) -> bytes:
    """Return the last 10 bytes of the entity id: all that depends on the otel id.

    A store finds the trace of an otel trace id by this suffix, with no table of its own.
    """
    digest = hashlib.sha256(otel_id).digest()[:_HASH_BYTES]
    bits = int.from_bytes(digest, "big") & _RANDOM_BITS | _VERSION_7
    return bits.to_bytes(_HASH_BYTES, "big")


def opik_id(otel_id: bytes, timestamp_ms: int) -> Id:
    """Return the UUIDv7 that Opik gives an otel id first seen at a time."""
    return timestamp_ms.to_bytes(6, "big") + id_tail(otel_id)


def id_in_trace(otel_span_id: bytes, trace_id: Id) -> Id:
    """Return the id of a span: its trace's time, so that it is the same in every batch."""
    return trace_id[:6] + id_tail(otel_span_id)


def start_us(span: Span, now_us: int) -> int:
    """Return when the span began; its end, else now, if it does not say or says nonsense."""
    if 0 < span.start_unix_nano < _LATEST_NS:
        return span.start_unix_nano // 1000
    ended_us = end_us(span)
    return now_us if ended_us is None else ended_us


def end_us(span: Span) -> int | None:
    """Return when the span ended, None if it does not say or says nonsense."""
    return span.end_unix_nano // 1000 if 0 < span.end_unix_nano < _LATEST_NS else None


def trace_starts_ms(request: ExportRequest, now_us: int) -> dict[bytes, int]:
    """Return the smallest span start of each otel trace in the request, Unix milliseconds."""
    starts: dict[bytes, int] = {}
    for scope in request.scopes:
        for span in scope.spans:
            if is_connection_test(span):
                continue
            began_ms = start_us(span, now_us) // 1000
            if began_ms < starts.get(span.trace_id, began_ms + 1):
                starts[span.trace_id] = began_ms
    return starts


class TraceIds:
    """Remembers which trace id an otel trace got, for the most recently used `capacity` traces.

    One per process, shared by all requests; not for use from several threads.
    """

    def __init__(self, capacity: int = 50_000) -> None:
        self._capacity = capacity
        # A dict in order of use: the first key is the one used longest ago.
        self._ids: dict[tuple[Id, str, bytes], Id] = {}

    def __len__(self) -> int:
        return len(self._ids)

    async def resolve(
        self,
        workspace_id: Id,
        project_name: str,
        starts_ms: Mapping[bytes, int],
        lookup: Lookup | None = None,
    ) -> dict[bytes, Id]:
        """Return the trace id of every otel trace id in `starts_ms`.

        `lookup` is asked once, for those not remembered. Requests that resolve one trace at the
        same time get one answer.
        """
        known: dict[bytes, Id] = {}
        proposed: dict[bytes, Id] = {}
        for otel_id, start_ms in starts_ms.items():
            found = self._recall((workspace_id, project_name, otel_id))
            if found is None:
                proposed[otel_id] = opik_id(otel_id, start_ms)
            else:
                known[otel_id] = found
        stored = await lookup(proposed) if lookup and proposed else {}
        for otel_id, proposal in proposed.items():
            key = (workspace_id, project_name, otel_id)
            # Another request may have settled it while the lookup was under way.
            known[otel_id] = self._recall(key) or self._remember(key, stored.get(otel_id, proposal))
        return known

    def _recall(self, key: tuple[Id, str, bytes]) -> Id | None:
        found = self._ids.pop(key, None)
        if found is not None:
            self._ids[key] = found
        return found

    def _remember(self, key: tuple[Id, str, bytes], value: Id) -> Id:
        if len(self._ids) >= self._capacity:
            del self._ids[next(iter(self._ids))]
        self._ids[key] = value
        return value
