"""The catalog's pairs of trace ids: kept while late spans may come, then forgotten."""

from sightline.core.clock import FakeClock
from sightline.core.ids import new_id
from sightline.services.ingest.trace_id_ledger import KEEP_US, TraceIdLedger
from sightline.stores.catalog import otlp_trace_ids
from sightline.stores.catalog.engine import Catalog


async def test_old_pairs_go_when_new_ones_come(catalog_url: str) -> None:
    catalog, clock = Catalog.open(catalog_url), FakeClock()
    workspace, old, late = new_id(), new_id(), new_id()
    try:
        await TraceIdLedger(catalog, clock).settle(workspace, {old: old})
        clock.advance(KEEP_US / 1_000_000)
        ledger = TraceIdLedger(catalog, clock)
        # Still there to the last moment.
        assert await ledger.settle(workspace, {old: late}) == {old: old}
        clock.advance(61)
        await ledger.settle(workspace, {late: late})
        # The group after that sees what the one before has forgotten.
        assert await ledger.settle(workspace, {old: late}) == {old: late}
        known = await catalog.read(lambda c: otlp_trace_ids.get_many(c, workspace, [old, late]))
        assert known == {old: late, late: late}
    finally:
        catalog.close()
