"""The recorder: groups are brought once, in order, whatever fails on the way."""

import asyncio
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path

import pytest

from sightline.core.clock import FakeClock
from sightline.core.errors import InvalidRequestError, StoreUnavailableError
from sightline.core.ids import new_id
from sightline.domain.generation import Cost, Generation, OpikHints, TraceHints, generation_id
from sightline.domain.workspace import DEFAULT_WORKSPACE_ID, Principal
from sightline.domain.writes import SpanWrite
from sightline.services.gateway import recorder as module
from sightline.services.gateway.keys import GatewayKeys
from sightline.services.gateway.recorder import Recorder
from sightline.services.workspace.directory import Directory
from sightline.services.workspace.keys_gate import KeysGate
from sightline.stores.catalog import gateway_spend
from sightline.stores.catalog.engine import Catalog
from sightline.stores.spool.spool import Spool, SpoolOptions
from tests.fakes.gateway import MemoryCallers, MemoryStore


def call(**more: object) -> Generation:
    fields = {"id": generation_id(new_id()), "started_us": 10, "ended_us": 20, "input": "{}"}
    return Generation(**{**fields, **more})  # type: ignore[arg-type]


def recorder_of(folder: Path, store: MemoryStore, callers: MemoryCallers) -> Recorder:
    return Recorder(Spool(folder, FakeClock(), SpoolOptions()), store, store, callers, store, 0.01)


async def drained(recorder: Recorder) -> None:
    async with asyncio.timeout(10):
        await recorder.drained()


async def until_stored(store: MemoryStore, kept: Generation) -> None:
    async with asyncio.timeout(10):
        while kept.span_id not in store.spans:
            await asyncio.sleep(0.01)


async def test_a_store_that_is_down_gets_it_later(tmp_path: Path) -> None:
    store, callers = MemoryStore(), MemoryCallers()
    store.failing = StoreUnavailableError("down")
    recorder = recorder_of(tmp_path, store, callers)
    recorder.start()
    kept = [call() for _ in range(3)]
    for generation in kept:
        recorder.keep(generation)
    async with asyncio.timeout(5):
        while not store.traces and recorder.figures().backlog_bytes == 0:
            await asyncio.sleep(0.01)
    assert store.spans == {}
    store.failing = None
    await drained(recorder)
    assert set(store.spans) == {g.span_id for g in kept}
    assert [g.id for g in store.generations] == [g.id for g in kept]
    await recorder.stop()


async def test_a_disk_that_had_no_room_is_asked_again_without_another_call(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    store = MemoryStore()
    recorder = recorder_of(tmp_path, store, MemoryCallers())
    # The spool cannot write down which group is open.
    in_the_way = tmp_path / "cursor.new"
    in_the_way.mkdir()
    recorder.start()
    kept = call()
    recorder.keep(kept)
    async with asyncio.timeout(5):
        while "gateway.spool_unreadable" not in caplog.messages:
            await asyncio.sleep(0.01)
    in_the_way.rmdir()
    await until_stored(store, kept)
    await recorder.stop()


async def test_a_group_that_was_half_brought_is_no_second_spend(tmp_path: Path) -> None:
    class Broken(MemoryStore):
        async def offer(self, generations: Sequence[Generation], batch_key: str) -> None:
            raise StoreUnavailableError("down")

    callers = MemoryCallers()
    first = recorder_of(tmp_path, Broken(), callers)
    first.start()
    first.keep(call())
    async with asyncio.timeout(5):
        while not callers.recorded:
            await asyncio.sleep(0.01)
    await first.stop(0.5)
    store = MemoryStore()
    second = recorder_of(tmp_path, store, callers)
    second.keep(call())
    second.start()
    await drained(second)
    # The first group came again under its own key, and the new call in one of its own.
    assert sorted(callers.recorded.values()) == [1, 1]
    assert len(store.offered) == 2
    await second.stop()


async def test_what_two_gateways_began_at_the_same_moment_is_counted_of_both(
    tmp_path: Path, catalog_url: str
) -> None:
    catalog, clock = Catalog.open(catalog_url), FakeClock()
    directory = Directory(catalog, clock)
    # Both tell repeats by what is in one catalog, and in one broadcast.
    keys = GatewayKeys(catalog, directory, KeysGate(catalog, clock, "off"), clock)
    store = MemoryStore()
    kept = []
    for name in ("one", "other"):
        spool = Spool(tmp_path / name, FakeClock(), SpoolOptions())
        recorder = Recorder(spool, store, store, keys, store, 0.01)
        kept.append(call(workspace_id=DEFAULT_WORKSPACE_ID, cost=Cost(total=Decimal(1))))
        recorder.keep(kept[-1])
        recorder.start()
        await drained(recorder)
        await recorder.stop()
    total = await catalog.read(lambda c: gateway_spend.workspace_total(c, DEFAULT_WORKSPACE_ID))
    assert gateway_spend.to_usd(total) == 2
    assert store.generations == kept
    await directory.close()
    catalog.close()


async def test_a_call_that_no_store_takes_holds_up_nobody(tmp_path: Path) -> None:
    bad = call()

    class Picky(MemoryStore):
        async def write_spans(
            self, who: Principal, writes: Sequence[SpanWrite], *, whole: bool = False
        ) -> None:
            if any(write.id == bad.span_id for write in writes):
                raise InvalidRequestError("no")
            await super().write_spans(who, writes, whole=whole)

    store = Picky()
    recorder = recorder_of(tmp_path, store, MemoryCallers())
    good = [call() for _ in range(5)]
    for generation in (*good[:2], bad, *good[2:]):
        recorder.keep(generation)
    recorder.start()
    await drained(recorder)
    assert set(store.spans) == {g.span_id for g in good}
    assert recorder.figures().refused == 1
    await recorder.stop()


async def test_a_record_of_nonsense_is_counted(tmp_path: Path) -> None:
    spool = Spool(tmp_path, FakeClock(), SpoolOptions())
    spool.append(b"\xc1 nonsense")
    store = MemoryStore()
    recorder = Recorder(spool, store, store, MemoryCallers(), store, 0.01)
    good = call()
    recorder.keep(good)
    recorder.start()
    await drained(recorder)
    assert set(store.spans) == {good.span_id}
    assert recorder.figures().damaged == 1
    await recorder.stop()


async def test_what_is_left_at_the_stop_waits_for_the_next_start(tmp_path: Path) -> None:
    store = MemoryStore()
    store.failing = StoreUnavailableError("down")
    recorder = recorder_of(tmp_path, store, MemoryCallers())
    recorder.start()
    kept = call()
    recorder.keep(kept)
    await recorder.stop(0.3)
    healthy = MemoryStore()
    again = recorder_of(tmp_path, healthy, MemoryCallers())
    again.start()
    await drained(again)
    assert set(healthy.spans) == {kept.span_id}
    await again.stop()


async def test_names_of_traces_are_settled_for_all_processes(tmp_path: Path) -> None:
    store = MemoryStore()
    ids = []
    for folder in ("a", "b"):
        recorder = recorder_of(tmp_path / folder, store, MemoryCallers())
        recorder.keep(call(trace=TraceHints(trace_id="shared"), opik=OpikHints(thread_id=folder)))
        recorder.start()
        await drained(recorder)
        await recorder.stop()
        ids.append({span[0].trace_id for span in store.spans.values()})
    assert len(ids[-1]) == 1


async def test_many_calls_come_in_groups(tmp_path: Path) -> None:
    store, callers = MemoryStore(), MemoryCallers()
    recorder = recorder_of(tmp_path, store, callers)
    for _ in range(1200):
        recorder.keep(call())
    recorder.start()
    await drained(recorder)
    assert sorted(callers.recorded.values()) == [200, 1000]
    assert len(store.spans) == 1200
    await recorder.stop()


async def test_what_fails_each_time_is_set_aside_and_the_rest_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_RETRY_S", (0.001,))
    store, callers = MemoryStore(), MemoryCallers()
    store.failing = RuntimeError("nobody foresaw this")
    recorder = recorder_of(tmp_path, store, callers)
    recorder.start()
    recorder.keep(call())
    await drained(recorder)
    store.failing = None
    later = call()
    recorder.keep(later)
    await drained(recorder)
    figures = recorder.figures()
    assert figures.set_aside > 0
    assert len(list((tmp_path / "aside").glob("*.seg"))) == 1
    assert later.span_id in store.spans
    await recorder.stop()
