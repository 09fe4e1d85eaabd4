"""Fixtures that every layer of tests may use."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.live import LiveServer


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    """A real server on an empty data folder, one for each worker that runs tests.

    Tests share it: write to a project of your own, and count nothing across projects. A test that
    needs other settings, or ends the server, starts a `LiveServer` itself.
    """
    server = LiveServer(tmp_path_factory.mktemp("server") / "data")
    server.start()
    try:
        yield server
    finally:
        server.kill()


@pytest.fixture(params=["sqlite", "postgres"])
def catalog_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a catalog as a new installation has it, in each database that it may live in."""
    from tests import outside

    if request.param == "sqlite":
        yield outside.sqlite_with_tables(tmp_path)
        return
    url = outside.postgres().take()
    yield url
    outside.postgres().give_back(url)


@pytest.fixture(params=["sqlite", "postgres"])
def empty_catalog_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a catalog without tables, in each database that it may live in."""
    from tests import outside

    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/catalog.db"
        return
    url = outside.postgres().take_empty()
    yield url
    outside.postgres().drop(url)
