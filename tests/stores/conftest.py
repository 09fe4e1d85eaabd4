"""One embedded store a process: the engine takes one path; tests use workspaces of their own."""

from collections.abc import Iterator

import pytest

from sightline.stores.analytics.engine import Analytics
from sightline.stores.analytics.options import AnalyticsOptions


@pytest.fixture(scope="session")
def analytics(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Analytics]:
    """An analytics store with the schema in place."""
    folder = tmp_path_factory.mktemp("analytics")
    store = Analytics.open(AnalyticsOptions(dsn=f"chdb://{folder}"))
    yield store
    store.close()
