"""One analytics store a process; tests use workspaces of their own.

The embedded engine takes one path a process. `TEST_STORES=outside` makes it a ClickHouse server,
`TEST_STORES=sharded` a cluster of two shards.
"""

import os
from collections.abc import Iterator

import pytest

from sightline.stores.analytics.engine import Analytics
from sightline.stores.analytics.options import AnalyticsOptions


@pytest.fixture(scope="session")
def analytics(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Analytics]:
    """An analytics store with the schema in place."""
    if os.environ.get("TEST_STORES"):
        from tests import outside

        server = outside.clickhouse_of_mode()
        options = AnalyticsOptions(dsn=server.database(), cluster=server.cluster)
    else:
        options = AnalyticsOptions(dsn=f"chdb://{tmp_path_factory.mktemp('analytics')}")
    store = Analytics.open(options)
    yield store
    store.close()
