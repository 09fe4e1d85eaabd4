"""What a query had written before it failed is in nobody's answer."""

import pytest

from sightline.core.errors import SightlineError
from sightline.stores.analytics.engine import Analytics
from sightline.stores.analytics.options import AnalyticsOptions

# Some thousand blocks are out when it fails.
FAILING = (
    "SELECT number, throwIf(number = 3000000) FROM numbers(4000000) "
    "SETTINGS max_block_size = 1000, max_threads = 1"
)


@pytest.mark.parametrize("readers", [1, 2])
async def test_the_next_answer_is_its_own(analytics: Analytics, readers: int) -> None:
    # One process has one engine.
    store = Analytics.open(AnalyticsOptions(dsn=analytics.options.dsn, readers=readers))
    try:
        for _ in range(2):
            with pytest.raises(SightlineError):
                await store.read_bytes(FAILING, format="RowBinary")
            with pytest.raises(SightlineError):
                await store.query(FAILING)
            for _ in range(3):
                assert await store.read_bytes("SELECT 7", format="TSV") == b"7\n"
                assert list(await store.query("SELECT 8")) == [(8,)]
    finally:
        store.close()
