"""An address that others reach is served with keys alone."""

import pytest

from sightline.core.clock import FakeClock
from sightline.core.errors import ConfigurationError
from sightline.services.workspace.api_keys import ApiKeys
from sightline.services.workspace.directory import Directory
from sightline.services.workspace.keys_gate import KeysGate
from sightline.stores.catalog.engine import Catalog


async def test_an_open_server_listens_to_its_own_machine_alone(catalog_url: str) -> None:
    catalog, clock = Catalog.open(catalog_url), FakeClock()
    directory = Directory(catalog, clock)
    try:
        for mode in ("auto", "on", "off"):
            gate = KeysGate(catalog, clock, mode)
            gate.check_host("127.0.0.1")
            with pytest.raises(ConfigurationError, match="Refusing to listen"):
                gate.check_host("10.0.0.1")
        await ApiKeys(catalog, directory, clock).create("acme", "ci")
        for mode in ("auto", "on"):
            KeysGate(catalog, clock, mode).check_host("10.0.0.1")
        with pytest.raises(ConfigurationError):
            KeysGate(catalog, clock, "off").check_host("10.0.0.1")
    finally:
        await directory.close()
        catalog.close()
