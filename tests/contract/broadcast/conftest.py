"""A server that may send to this machine, and a place to send to."""

from collections.abc import Iterator

import pytest

from tests.fakes.destination import Receiver
from tests.live import LiveServer

SECRET = "canary-secret-0123456789"


@pytest.fixture(scope="module")
def caster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    """A server of its own, on which private addresses may be called."""
    data = tmp_path_factory.mktemp("broadcast") / "data"
    with LiveServer(data, env={"SIGHTLINE_GATEWAY__ALLOW_PRIVATE_ADDRESSES": "true"}) as server:
        yield server
        assert SECRET not in server.log_text()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as receiver:
        yield receiver
