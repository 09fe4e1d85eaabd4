"""Whether requests must bring a key: `on`, `off`, or as soon as one was ever made (`auto`)."""

from sqlalchemy import Connection

from sightline.core.clock import Clock
from sightline.core.errors import ConfigurationError
from sightline.stores.catalog import api_keys
from sightline.stores.catalog.engine import Catalog

# A key made by the command line beside a running server counts within this time.
_LOOK_EVERY_US = 2_000_000
_LOOPBACK = {"127.0.0.1", "localhost", "::1"}


def _any_key(connection: Connection) -> bool:
    return api_keys.list_page(connection, workspace_id=None, page=1, size=1).total > 0


class KeysGate:
    """Knows whether keys are asked for. Revoking the last key does not open the server again."""

    def __init__(self, catalog: Catalog, clock: Clock, mode: str) -> None:
        self._catalog = catalog
        self._clock = clock
        self._mode = mode
        self.required = mode == "on" or (mode == "auto" and catalog.read_sync(_any_key))
        self._looked_us = clock.now_us()

    def check_host(self, host: str) -> None:
        """Raise `ConfigurationError` for an open server on an address that others reach."""
        if host in _LOOPBACK:
            return
        now_us = self._clock.now_us()
        if self.required and self._catalog.read_sync(
            lambda c: api_keys.any_active(c, now_us=now_us)
        ):
            return
        raise ConfigurationError(
            f"Refusing to listen on {host} without API keys: "
            "anybody who reaches this address could read and write everything",
            hint="Run `sightline keys create --workspace default` first, or listen on 127.0.0.1",
        )

    @property
    def closes_with_a_key(self) -> bool:
        """Whether nobody is asked for a key now, and everybody will be once there is one."""
        return self._mode == "auto" and not self.required

    def forget(self) -> None:
        """Look again when somebody asks: a key was made elsewhere."""
        self._looked_us = -_LOOK_EVERY_US

    async def look(self) -> None:
        """Look for a key now: this process has just made one."""
        if self._mode == "auto":
            self.required = await self._catalog.read(_any_key)

    async def check(self) -> bool:
        """Return whether a key is asked for now."""
        if self.required or self._mode == "off":
            return self.required
        now_us = self._clock.now_us()
        if now_us - self._looked_us >= _LOOK_EVERY_US:
            self._looked_us = now_us
            self.required = await self._catalog.read(_any_key)
        return self.required
