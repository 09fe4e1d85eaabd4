"""The time that processes of one Postgres share."""

import time

from sightline.core.clock import SharedClock
from sightline.stores.catalog.engine import Catalog
from sightline.stores.catalog.server_time import shared_clock


async def test_processes_of_one_postgres_go_by_its_clock(catalog_url: str) -> None:
    catalog = Catalog.open(catalog_url)
    try:
        clock = shared_clock(catalog)
        if catalog.conninfo is None:
            assert clock is None
            return
        assert isinstance(clock, SharedClock)
        # Here it is the same machine's.
        assert abs(clock.now_us() - time.time_ns() // 1000) < 1_000_000
    finally:
        catalog.close()
