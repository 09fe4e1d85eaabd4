"""One analytics store a process; tests use workspaces of their own.

The embedded engine takes one path a process. `TEST_STORES=outside` makes it a ClickHouse server,
`TEST_STORES=sharded` a cluster of two shards.
"""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from sightline.core.clock import FakeClock
from sightline.stores.analytics.engine import Analytics
from sightline.stores.analytics.options import AnalyticsOptions
from sightline.stores.blobs import Blobs


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


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def blobs_at(catalog_url: str, tmp_path: Path) -> str:
    """The URL of a place for files as goes with the catalog: a folder, or a bucket."""
    from tests.outside import blobs_url

    return blobs_url("folder" if catalog_url.startswith("sqlite") else "s3", tmp_path)


@pytest.fixture
def blobs(blobs_at: str) -> Blobs:
    return Blobs.open(blobs_at)
