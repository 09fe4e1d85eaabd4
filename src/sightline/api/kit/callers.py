"""Where requests come from, and how many wrong keys one place may try."""

import asyncio
import hashlib
import ipaddress
from collections.abc import Awaitable, Callable
from typing import TypeVar

from sightline.core.clock import Clock
from sightline.core.errors import AuthenticationError, ConfigurationError, RateLimitedError
from sightline.services.workspace.cache import AgingCache
from sightline.services.workspace.sessions import Sessions, place_of

T = TypeVar("T")

_WINDOW_US = 60_000_000
_MAX_ADDRESSES = 10_000
_MAX_GOOD = 10_000
_GOOD_FOR_US = 24 * 3600 * 1_000_000

_Network = ipaddress.IPv4Network | ipaddress.IPv6Network
_Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class Addresses:
    """Tells the address of a caller, behind the proxies that the operator trusts.

    `trusted` is a list of addresses and networks, with commas. Raises `ConfigurationError`.
    """

    def __init__(self, trusted: str = "") -> None:
        self._trusted: list[_Network] = []
        for word in filter(None, (w.strip() for w in trusted.split(","))):
            try:
                self._trusted.append(ipaddress.ip_network(word, strict=False))
            except ValueError:
                raise ConfigurationError(
                    f"`server.trusted_proxies` has `{word}`, which is no address or network",
                    hint="Write it as `10.0.0.5` or `10.0.0.0/8`, several with commas",
                ) from None

    def of(self, peer: str, forwarded_for: str | None) -> str:
        """Return where a request came from: the peer, or whom a trusted proxy names.

        Proxies add to the right of `X-Forwarded-For`; what is left of the last one that is trusted
        may be anybody's word.
        """
        if not forwarded_for or not self._trusts(peer):
            return peer
        found = peer
        for word in reversed(forwarded_for[-512:].split(",")):
            if _parsed(word.strip()) is None:
                break
            found = word.strip()
            if not self._trusts(found):
                break
        return found

    def _trusts(self, text: str) -> bool:
        address = _parsed(text)
        return address is not None and any(address in network for network in self._trusted)


class FailedKeys:
    """Counts wrong keys by the place they come from. For one event loop.

    Above `per_minute` of them a place gets no more keys looked up for the rest of the minute, but
    for those that were good before: one client with a stale key must not shut out all that share
    its address. 0 counts nothing. Cookies that are no session have a count of their own, of
    `sessions`.
    """

    def __init__(self, clock: Clock, per_minute: int, sessions: Sessions | None = None) -> None:
        self._sessions = sessions
        self._clock = clock
        self._limit = per_minute
        self._failed: AgingCache[str, _Tries] = AgingCache(_MAX_ADDRESSES, _WINDOW_US)
        self._good: AgingCache[bytes, bool] = AgingCache(_MAX_GOOD, _GOOD_FOR_US)

    async def counted(
        self,
        address: str,
        key: str | None,
        look_up: Callable[[], Awaitable[T]],
        *,
        session: str | None = None,
    ) -> T:
        """Return what `look_up` finds for a key, and count it when that is not good.

        `session` is the token that stands for it where there is no key.

        Raises `RateLimitedError` without a look-up for a place that has tried too many, and
        whatever `look_up` raises.
        """
        if key is None and session is not None and self._sessions is not None:
            return await self._sessions.known(session, address, look_up)
        if not key or not self._limit:
            return await look_up()
        digest = hashlib.sha256(key.encode("utf-8", "replace")).digest()
        # Those that may yet turn out wrong count too, and who comes behind them waits for them: a
        # hundred good keys at once, which nobody has seen yet, are no wrong ones.
        while True:
            now_us = self._clock.steady_us()
            was_good = self._good.get(digest, now_us) is not None
            tries = self._tries_of(address, now_us)
            if was_good or tries.failed + tries.running < self._limit:
                break
            if tries.failed >= self._limit:
                raise RateLimitedError(
                    "Too many wrong API keys from this address",
                    hint="Wait a minute, then try again with a good key",
                    retry_after_s=_WINDOW_US // 1_000_000,
                )
            await tries.ended.wait()
        tries.running += 1
        try:
            found = await look_up()
        except AuthenticationError:
            tries.failed += 1
            if was_good:
                self._good.drop(digest)
            raise
        else:
            if not was_good:
                self._good.put(digest, True, now_us, self._good.generation)
            return found
        finally:
            tries.running -= 1
            tries.ended.set()
            tries.ended = asyncio.Event()

    def _tries_of(self, address: str, now_us: int) -> "_Tries":
        place = place_of(address)
        tries = self._failed.get(place, now_us)
        if tries is None:
            tries = _Tries()
            self._failed.put(place, tries, now_us, self._failed.generation)
        return tries


class _Tries:
    """Look-ups of one place: how many were wrong and how many run; `ended` is set by the next."""

    def __init__(self) -> None:
        self.failed = 0
        self.running = 0
        self.ended = asyncio.Event()


def _parsed(text: str) -> _Address | None:
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        return None
