"""Every call of the gateway is counted once, whatever becomes of its record."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

from sightline.core.clock import FakeClock
from sightline.core.errors import PayloadTooLargeError, StoreFullError, StoreUnavailableError
from sightline.core.ids import NIL, new_id
from sightline.domain.generation import Generation, UsedApp, generation_id
from sightline.domain.workspace import DEFAULT_WORKSPACE_ID, Principal
from sightline.domain.writes import SpanWrite
from sightline.services.gateway.recorder import Recorder
from sightline.services.ingest.ledger import Ledger
from sightline.stores.catalog import ingest_ledger
from sightline.stores.catalog.engine import Catalog
from sightline.stores.catalog.ingest_ledger import Question
from sightline.stores.spool.spool import Spool, SpoolOptions
from tests import outside
from tests.fakes.gateway import MemoryCallers, MemoryStore


def call() -> Generation:
    app = UsedApp(user_agent="AsyncOpenAI/Python 2.1.0")
    return Generation(id=generation_id(new_id()), started_us=10, ended_us=20, input="{}", app=app)


class Picky(MemoryStore):
    """Refuses one span for good, and everything the first few times."""

    def __init__(self, bad: Generation) -> None:
        super().__init__()
        self.bad, self.times = bad, 2

    async def write_spans(
        self, who: Principal, writes: Sequence[SpanWrite], *, whole: bool = False
    ) -> None:
        if self.times:
            self.times -= 1
            raise StoreUnavailableError("down")
        if any(write.id == self.bad.span_id for write in writes):
            raise PayloadTooLargeError("no")
        await super().write_spans(who, writes, whole=whole)


async def test_a_call_is_stored_or_has_a_reason(tmp_path: Path) -> None:
    catalog = Catalog.open(outside.sqlite_with_tables(tmp_path))
    ledger = Ledger(catalog, FakeClock())
    spool = Spool(tmp_path / "spool", FakeClock(), SpoolOptions())
    bad = call()
    store = Picky(bad)
    recorder = Recorder(spool, store, store, MemoryCallers(), store, 0.01, ledger)
    spool.append(b"\xc1 nonsense")
    for generation in (call(), bad, call(), call()):
        recorder.keep(generation)
    recorder.lose(call(), StoreFullError("full"))
    recorder.start()
    async with asyncio.timeout(10):
        await recorder.drained()
    await recorder.stop()
    await ledger.stop()

    asked = Question(workspace_ids=(DEFAULT_WORKSPACE_ID, NIL), from_us=0, to_us=2**62)
    found = catalog.read_sync(lambda c: ingest_ledger.sums(c, asked))
    catalog.close()
    assert {(one.client, one.outcome): one.messages for one in found} == {
        ("openai-python/2.1.0", "stored"): 3,
        ("openai-python/2.1.0", "too_large"): 1,
        ("openai-python/2.1.0", "disk_full"): 1,
        ("unnamed", "failed"): 1,
    }
