"""Fixtures that every layer of tests may use."""

from collections.abc import Iterator

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
