"""Trace and span ids: the same for every batch, process and encoding."""

import asyncio
import hashlib
from collections.abc import Mapping

from sightline.core.ids import Id, is_v7, time_ms
from sightline.wire.otlp.decode import decode_json
from sightline.wire.otlp.export import ExportRequest
from sightline.wire.otlp.ids import TraceIds, id_in_trace, id_tail, opik_id, trace_starts_ms
from tests.fixtures.otlp.golden import HERE, NOW_US
from tests.fixtures.otlp.requests import START_NS, TRACE, make_request, make_span

WORKSPACE = b"w" * 16
START_MS = START_NS // 1_000_000
OTHER_TRACE = bytes(15) + b"\x07"


async def resolve(
    ids: TraceIds, starts: Mapping[bytes, int], project: str = "p"
) -> dict[bytes, Id]:
    return await ids.resolve(WORKSPACE, project, starts)


def test_opik_id_is_time_then_hash_with_version_and_variant() -> None:
    made = opik_id(TRACE, START_MS)
    digest = hashlib.sha256(TRACE).digest()
    assert is_v7(made)
    assert time_ms(made) == START_MS
    assert made[7] == digest[1]
    assert made[9:] == digest[3:10]
    assert made[6] & 0x0F == digest[0] & 0x0F
    assert made[8] & 0x3F == digest[2] & 0x3F


def test_the_tail_finds_a_trace_whatever_time_its_id_has() -> None:
    assert opik_id(TRACE, 1)[6:] == opik_id(TRACE, START_MS)[6:] == id_tail(TRACE)


def test_span_ids_depend_on_their_trace_alone() -> None:
    trace_id = opik_id(TRACE, START_MS)
    assert id_in_trace(b"12345678", trace_id) == opik_id(b"12345678", START_MS)


def test_smallest_start_of_each_trace_is_taken() -> None:
    request = make_request(
        make_span(2, parent=1, start_ns=START_NS + 5_000_000),
        make_span(1, start_ns=START_NS),
        make_span(3, trace=OTHER_TRACE, start_ns=START_NS + 9_000_000),
    )
    assert trace_starts_ms(request, NOW_US) == {TRACE: START_MS, OTHER_TRACE: START_MS + 9}


def test_span_without_a_usable_start_counts_by_its_end_or_by_now() -> None:
    def start_of(start_ns: int, end_ns: int) -> int:
        request = make_request(make_span(1, start_ns=start_ns, end_ns=end_ns))
        return trace_starts_ms(request, NOW_US)[TRACE]

    assert start_of(0, START_NS) == START_MS
    assert start_of(0, 0) == NOW_US // 1000
    assert start_of(2**64 - 1, 2**64 - 1) == NOW_US // 1000


def test_connection_test_asks_for_no_id() -> None:
    body = (HERE / "openrouter" / "connection_test.request.json").read_bytes()
    assert trace_starts_ms(decode_json(body), NOW_US) == {}


async def test_later_batches_get_the_id_of_the_first() -> None:
    ids = TraceIds()
    first = await resolve(ids, {TRACE: START_MS + 50})
    later = await resolve(ids, {TRACE: START_MS})
    assert first == later == {TRACE: opik_id(TRACE, START_MS + 50)}


async def test_projects_and_workspaces_keep_their_own_ids() -> None:
    ids = TraceIds()
    mine = await ids.resolve(WORKSPACE, "p", {TRACE: 1})
    other_project = await ids.resolve(WORKSPACE, "q", {TRACE: 2})
    other_workspace = await ids.resolve(b"x" * 16, "p", {TRACE: 3})
    assert len({mine[TRACE], other_project[TRACE], other_workspace[TRACE]}) == 3


async def test_store_is_asked_once_and_only_for_what_is_not_remembered() -> None:
    ids = TraceIds()
    stored = opik_id(TRACE, START_MS - 1000)
    asked: list[dict[bytes, Id]] = []

    async def lookup(proposed: Mapping[bytes, Id]) -> Mapping[bytes, Id]:
        asked.append(dict(proposed))
        return {TRACE: stored}

    await resolve(ids, {OTHER_TRACE: START_MS})
    for _ in range(2):
        found = await ids.resolve(
            WORKSPACE, "p", {TRACE: START_MS, OTHER_TRACE: START_MS + 1}, lookup
        )
        assert found == {TRACE: stored, OTHER_TRACE: opik_id(OTHER_TRACE, START_MS)}
    assert asked == [{TRACE: opik_id(TRACE, START_MS)}]


async def test_two_processes_agree_through_a_store_that_keeps_the_first_proposal() -> None:
    kept: dict[bytes, Id] = {}

    async def claim(proposed: Mapping[bytes, Id]) -> Mapping[bytes, Id]:
        await asyncio.sleep(0)
        return {otel_id: kept.setdefault(otel_id, given) for otel_id, given in proposed.items()}

    one, two = await asyncio.gather(
        TraceIds().resolve(WORKSPACE, "p", {TRACE: START_MS + 3}, claim),
        TraceIds().resolve(WORKSPACE, "p", {TRACE: START_MS}, claim),
    )
    assert one == two


async def test_requests_at_the_same_moment_agree_even_without_a_store() -> None:
    ids = TraceIds()

    async def knows_nothing(proposed: Mapping[bytes, Id]) -> Mapping[bytes, Id]:
        await asyncio.sleep(0)
        return {}

    one, two = await asyncio.gather(
        ids.resolve(WORKSPACE, "p", {TRACE: START_MS + 3}, knows_nothing),
        ids.resolve(WORKSPACE, "p", {TRACE: START_MS}, knows_nothing),
    )
    assert one == two


async def test_memory_is_bounded_and_forgets_what_was_not_used() -> None:
    ids = TraceIds(capacity=3)
    traces = [bytes(15) + bytes([n]) for n in range(1, 5)]
    for trace in traces[:3]:
        await resolve(ids, {trace: START_MS})
    await resolve(ids, {traces[0]: START_MS})  # used again: now the youngest
    await resolve(ids, {traces[3]: START_MS})
    assert len(ids) == 3
    again = await resolve(ids, {traces[0]: START_MS + 9, traces[1]: START_MS + 9})
    assert again[traces[0]] == opik_id(traces[0], START_MS)
    assert again[traces[1]] == opik_id(traces[1], START_MS + 9)


def test_request_without_spans_needs_no_ids() -> None:
    assert trace_starts_ms(ExportRequest([]), NOW_US) == {}
