"""Limits per minute that hold for all processes together.

Calls are counted before they are made: a process takes a few in advance from the catalog, where
each is counted once, so that no call is too many and most ask nobody. Tokens are known when a call
has ended: processes tell each other what was used, and each adds it up.
"""

import asyncio
import os
from collections.abc import Awaitable, Callable

from sightline.core.clock import Clock
from sightline.core.errors import SightlineError
from sightline.core.ids import Id
from sightline.core.log import get_logger
from sightline.core.tasks import TaskGroup
from sightline.services.gateway._limits import MinuteWindow
from sightline.stores.catalog import gateway_rates
from sightline.stores.catalog.engine import Catalog
from sightline.stores.catalog.gateway_rates import Taken, Unused

log = get_logger(__name__)

# What was taken in advance counts from then on, so it must be used soon.
_LIFE_US = 1_000_000
_GIVE_BACK_S = 1.0
# A call does not wait longer for the catalog, and it is left alone for a while after that.
_PATIENCE_S = 2.0
_ALONE_US = 5_000_000
# After a refusal nobody asks again for so long: what others give back must be found.
_FULL_US = 500_000
_TELL_EVERY_S = 0.2
# Keys in one notice, which must not be long.
_TOLD_AT_ONCE = 100
_MINUTE_US = 60_000_000
_MAX_KEYS = 20_000

Tell = Callable[[str], Awaitable[None]]
"""Gives a text to all processes, this one too."""


class _Share:
    """What a process has of one key."""

    __slots__ = (
        "full_until_us",
        "is_asking",
        "left",
        "limit",
        "open_us",
        "second",
        "taken_us",
        "waiting",
    )

    def __init__(self) -> None:
        self.limit = 0
        self.left = 0
        self.second = 0
        self.taken_us = 0
        self.full_until_us = 0
        self.open_us = 0
        self.waiting: list[asyncio.Future[int | None]] = []
        self.is_asking = False

    def unused(self) -> Unused | None:
        """Return what is to be given back, which nobody may use from now on."""
        left, self.left = self.left, 0
        return Unused(self.second, left) if left else None


class CallShares:
    """Takes calls of keys in advance. For one event loop."""

    def __init__(self, catalog: Catalog, clock: Clock) -> None:
        self._catalog = catalog
        self._clock = clock
        self._shares: dict[Id, _Share] = {}
        self._alone_until_us = 0
        self._tasks = TaskGroup()

    def start(self) -> None:
        """Begin to give back what is not used; call inside the running loop."""
        self._tasks.spawn("gateway.shares", self._keep_giving_back())

    async def stop(self) -> None:
        await self._tasks.stop()
        await self._give_back(everything=True)

    async def take(self, key_id: Id, limit: int) -> int | None:
        """Count a call: 0 lets it in, else it may come again after so many seconds.

        None when the catalog does not say; then each process counts by itself.
        """
        now_us = self._clock.steady_us()
        share = self._shares.setdefault(key_id, _Share())
        if share.limit != limit:
            share.limit, share.full_until_us = limit, 0
        if share.left and now_us - share.taken_us < _LIFE_US:
            share.left -= 1
            return 0
        if now_us < share.full_until_us:
            return max(1, -(-(share.open_us - now_us) // 1_000_000))
        if now_us < self._alone_until_us:
            return None
        turn: asyncio.Future[int | None] = asyncio.get_running_loop().create_future()
        share.waiting.append(turn)
        if not share.is_asking:
            share.is_asking = True
            self._tasks.spawn("gateway.share", self._ask(key_id, share))
        return await turn

    async def _ask(self, key_id: Id, share: _Share) -> None:
        """Take as many as are waiting, until nobody is."""
        try:
            while share.waiting:
                taken = await self._take(key_id, share, len(share.waiting))
                self._deal(share, taken)
        finally:
            share.is_asking = False
            for turn in share.waiting:
                turn.cancel()
            share.waiting = []

    async def _take(self, key_id: Id, share: _Share, wanted: int) -> Taken | None:
        limit, unused = share.limit, share.unused()
        try:
            async with asyncio.timeout(_PATIENCE_S):
                return await self._catalog.write(
                    lambda connection: gateway_rates.take(
                        connection, key_id, limit=limit, wanted=wanted, unused=unused
                    )
                )
        except (SightlineError, TimeoutError) as error:
            log.warning("gateway.rates_by_itself", why=type(error).__name__)
            self._alone_until_us = self._clock.steady_us() + _ALONE_US
            return None

    def _deal(self, share: _Share, taken: Taken | None) -> None:
        """Let in as many as may come; who came meanwhile and got none waits for the next."""
        now_us = self._clock.steady_us()
        waiting = [turn for turn in share.waiting if not turn.done()]
        calls = 0 if taken is None else taken.calls
        share.waiting = waiting[calls:] if calls else []
        for turn in waiting[:calls]:
            turn.set_result(0)
        if taken is None:
            for turn in waiting:
                turn.set_result(None)
        elif calls:
            share.left, share.second = max(0, calls - len(waiting)), taken.second
            share.taken_us = now_us
        else:
            share.full_until_us = now_us + _FULL_US
            share.open_us = now_us + taken.wait_s * 1_000_000
            for turn in waiting:
                turn.set_result(taken.wait_s)

    async def _keep_giving_back(self) -> None:
        while True:
            await asyncio.sleep(_GIVE_BACK_S)
            await self._give_back()

    async def _give_back(self, *, everything: bool = False) -> None:
        now_us = self._clock.steady_us()
        unused = []
        for key_id, share in list(self._shares.items()):
            if share.is_asking or (not everything and now_us - share.taken_us < _LIFE_US):
                continue
            if (left := share.unused()) is not None:
                unused.append((key_id, left))
            elif now_us - share.taken_us > _MINUTE_US and now_us > share.full_until_us:
                del self._shares[key_id]
        if not unused:
            return
        try:
            async with asyncio.timeout(_PATIENCE_S):
                await self._catalog.write(lambda c: gateway_rates.give_back(c, unused))
        except (SightlineError, TimeoutError) as error:
            # They are counted as calls then, for a minute.
            log.debug("gateway.shares_kept", why=type(error).__name__)


class TokenCounts:
    """How many tokens each key has used in the last minute, here and elsewhere.

    `tell` reaches all processes, whose texts come in by `heard`; None where there are no others.
    """

    def __init__(self, clock: Clock, tell: Tell | None = None) -> None:
        self._clock = clock
        self._tell = tell
        self._sender = os.urandom(8).hex()
        self._windows: dict[Id, MinuteWindow] = {}
        self._untold: dict[Id, int] = {}
        self._woken = asyncio.Event()
        self._tasks = TaskGroup()

    def start(self) -> None:
        """Begin to tell other processes; call inside the running loop."""
        if self._tell is not None:
            self._tasks.spawn("gateway.tokens", self._keep_telling(self._tell))

    async def stop(self) -> None:
        await self._tasks.stop()

    def wait_s(self, key_id: Id, limit: int) -> int:
        """Return 0 while a key has used less than `limit` in 60 s, else when it will have."""
        window = self._windows.get(key_id)
        now_us = self._clock.steady_us()
        if window is None or window.count(now_us) < limit:
            return 0
        return window.wait_s(limit, now_us)

    def add(self, key_id: Id, tokens: int) -> None:
        """Count what a call has used here."""
        self._count(key_id, tokens)
        if self._tell is not None:
            self._untold[key_id] = self._untold.get(key_id, 0) + tokens
            self._woken.set()

    def heard(self, text: str) -> None:
        """Hear what a process has told: its own name, then keys in hex with their tokens."""
        sender, _, counts = text.partition(" ")
        if not counts or sender == self._sender:
            return
        for word in counts.split(","):
            id, _, tokens = word.partition(":")
            self._count(bytes.fromhex(id), int(tokens))

    def _count(self, key_id: Id, tokens: int) -> None:
        now_us = self._clock.steady_us()
        window = self._windows.get(key_id)
        if window is None:
            if len(self._windows) >= _MAX_KEYS:
                self._windows = {i: w for i, w in self._windows.items() if w.count(now_us)}
            window = self._windows[key_id] = MinuteWindow()
        window.add(tokens, now_us)

    async def _keep_telling(self, tell: Tell) -> None:
        while True:
            await self._woken.wait()
            self._woken.clear()
            untold, self._untold = list(self._untold.items()), {}
            try:
                for start in range(0, len(untold), _TOLD_AT_ONCE):
                    some = untold[start : start + _TOLD_AT_ONCE]
                    counts = ",".join(f"{id.hex()}:{tokens}" for id, tokens in some)
                    await tell(f"{self._sender} {counts}")
            except SightlineError as error:
                log.debug("gateway.tokens_not_told", code=error.code)
            await asyncio.sleep(_TELL_EVERY_S)
