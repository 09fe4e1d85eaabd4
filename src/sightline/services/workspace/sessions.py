"""Signing in: a browser trades an API key for a token that it keeps in a cookie."""

import ipaddress
import secrets
from collections.abc import Awaitable, Callable
from functools import lru_cache
from typing import TypeVar

import msgspec

from sightline.core.clock import Clock
from sightline.core.errors import AuthenticationError, RateLimitedError
from sightline.core.secret import Secret
from sightline.services.workspace.cache import AgingCache
from sightline.services.workspace.directory import Directory
from sightline.services.workspace.rules import hash_key
from sightline.stores.catalog import sessions
from sightline.stores.catalog.api_keys import KeyRecord
from sightline.stores.catalog.engine import Catalog

T = TypeVar("T")

LASTS_S = 30 * 24 * 3600

# Somebody who pastes the wrong key a few times gets in; somebody who tries keys out does not.
_MAX_FAILED = 10
_FAILED_WINDOW_US = 60_000_000
_MAX_ADDRESSES = 10_000
# Cookies that are none cost a look each: a browser keeps one for weeks after its session has ended,
# and a page asks for several things at once. Whoever makes them up has a new one each time.
_MAX_UNKNOWN = 300
_UNKNOWN_FOR_US = 10_000_000
_GOOD_FOR_US = 24 * 3600 * 1_000_000
_MAX_TOKENS = 10_000


class SignedIn(msgspec.Struct, frozen=True):
    """A new session: its token, to be shown once, and the key that it stands for."""

    token: Secret
    key: KeyRecord
    lasts_s: int


class Sessions:
    """Begins and ends sessions. For one event loop; `Directory.authenticate` takes their tokens."""

    def __init__(self, catalog: Catalog, directory: Directory, clock: Clock) -> None:
        self._catalog = catalog
        self._directory = directory
        self._clock = clock
        # A list of one number: counted up in place, so that the window does not begin anew.
        self._failed: AgingCache[str, list[int]] = AgingCache(_MAX_ADDRESSES, _FAILED_WINDOW_US)
        self._strange: AgingCache[str, list[int]] = AgingCache(_MAX_ADDRESSES, _FAILED_WINDOW_US)
        self._unknown: AgingCache[bytes, bool] = AgingCache(_MAX_TOKENS, _UNKNOWN_FOR_US)
        self._good: AgingCache[bytes, bool] = AgingCache(_MAX_TOKENS, _GOOD_FOR_US)

    def check_tries(self, address: str) -> None:
        """Raise `RateLimitedError` once an address has brought too many wrong keys; counts none."""
        if self._tries_of(self._failed, address)[0] >= _MAX_FAILED:
            raise RateLimitedError(
                "Too many wrong keys from this address",
                hint="Wait a minute, then try again",
                retry_after_s=_FAILED_WINDOW_US // 1_000_000,
            )

    async def sign_in(self, key: str, address: str) -> SignedIn:
        """Begin a session for a good key; `address` is where the request came from.

        Raises `AuthenticationError` for any other key, and `RateLimitedError` once an address has
        brought too many of them.
        """
        self.check_tries(address)
        tries = self._tries_of(self._failed, address)
        # Counted before it is known, so that many at once count too.
        tries[0] += 1
        try:
            record = await self._directory.key_record(key)
        except AuthenticationError:
            raise
        except Exception:
            # The catalog could not be asked: that says nothing of the key.
            tries[0] -= 1
            raise
        tries[0] -= 1
        return await self.begin(record)

    async def begin(self, record: KeyRecord) -> SignedIn:
        """Begin a session for a key that is known to be good."""
        now_us = self._clock.now_us()
        ends_us = now_us + LASTS_S * 1_000_000
        if record.expires_at_us is not None:
            ends_us = min(ends_us, record.expires_at_us)
        if ends_us <= now_us:
            raise AuthenticationError("Invalid API key")
        token = secrets.token_urlsafe(32)
        digest = hash_key(token)
        await self._catalog.write(
            lambda c: sessions.insert(c, digest, record.id, now_us=now_us, expires_at_us=ends_us)
        )
        self._note_good(digest)
        return SignedIn(Secret(token), record, (ends_us - now_us) // 1_000_000)

    async def known(self, token: str, address: str, look_up: Callable[[], Awaitable[T]]) -> T:
        """Return what `look_up` finds for a session's token; `address` is where it came from.

        Raises what `look_up` raises, and `AuthenticationError` without a look-up for a token that
        was not good some seconds ago. So it does, for a minute, for all that were not good before
        once an address has brought too many: no count keeps anybody from signing in.
        """
        digest, now_us = hash_key(token), self._clock.steady_us()
        tries = self._tries_of(self._strange, address)
        if self._unknown.get(digest, now_us) is not None or (
            tries[0] >= _MAX_UNKNOWN and self._good.get(digest, now_us) is None
        ):
            raise AuthenticationError("You are signed out", hint="Sign in with an API key")
        try:
            found = await look_up()
        except AuthenticationError:
            # Several requests of a page come at once with one cookie, which counts once.
            if self._unknown.get(digest, now_us) is None:
                tries[0] += 1
            self._note_unknown(digest)
            raise
        self._note_good(digest)
        return found

    async def sign_out(self, token: str) -> None:
        """End a session; one that is not there is passed over."""
        digest = hash_key(token)
        if self._unknown.get(digest, self._clock.steady_us()) is not None:
            return
        # A write makes every process forget all keys, and anybody may ask for this.
        if await self._catalog.read(lambda c: sessions.get(c, digest)) is not None:
            await self._catalog.write(lambda c: sessions.remove(c, digest))
            self._directory.forget_keys()
        self._note_unknown(digest)

    def _note_good(self, digest: bytes) -> None:
        now_us = self._clock.steady_us()
        if self._good.get(digest, now_us) is None:
            self._good.put(digest, True, now_us, self._good.generation)

    def _note_unknown(self, digest: bytes) -> None:
        self._good.drop(digest)
        self._unknown.put(digest, True, self._clock.steady_us(), self._unknown.generation)

    def _tries_of(self, counts: AgingCache[str, list[int]], address: str) -> list[int]:
        now_us = self._clock.steady_us()
        place = place_of(address)
        tries = counts.get(place, now_us)
        if tries is None:
            tries = [0]
            counts.put(place, tries, now_us, counts.generation)
        return tries


@lru_cache(1024)
def place_of(address: str) -> str:
    """Return what counts as one place: an IPv4 address, or the /64 that an IPv6 address is in."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address[:64]
    if parsed.version == 6 and parsed.ipv4_mapped is None:
        return str(ipaddress.ip_network((parsed, 64), strict=False))
    return str(parsed)
