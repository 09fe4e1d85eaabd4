"""Limits per minute that hold for all processes together.

Calls are counted before they are made: a process takes a few in advance from the catalog, where
each is counted once, so that no call is too many and most ask nobody. Tokens are known when a call
has ended: processes tell each other what was used, and each adds it up.
"""

import asyncio
import contextlib
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
# Of keys that nobody uses again, rows are deleted this often, and so many in one transaction.
_FORGET_EVERY_US = 600_000_000
_FORGOTTEN_AT_ONCE = 10_000
# A call does not wait longer for the catalog, and it is left alone for a while after that.
_PATIENCE_S = 2.0
_ALONE_US = 5_000_000
# After a refusal nobody asks again for so long: what others give back must be found.
_FULL_US = 500_000
_TELL_EVERY_S = 0.2
_TELL_AGAIN_S = 1.0
# Keys in one notice, which must not be long.
_TOLD_AT_ONCE = 100
_MINUTE_US = 60_000_000

Tell = Callable[[str], Awaitable[None]]
"""Gives a text to all processes, this one too."""


def _say(event: str, error: Exception, *, is_worth_it: bool = False) -> None:
    """Say what did not work: what nobody foresaw with where it was."""
    if not isinstance(error, SightlineError | TimeoutError):
        log.error(event, exc=error)
    elif is_worth_it:
        log.warning(event, why=type(error).__name__)
    else:
        log.debug(event, why=type(error).__name__)


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

    def let_go(self) -> None:
        """Let whoever waits count by itself."""
        waiting, self.waiting = self.waiting, []
        for turn in waiting:
            if not turn.done():
                turn.set_result(None)


class CallShares:
    """Takes calls of keys in advance. For one event loop."""

    def __init__(self, catalog: Catalog, clock: Clock) -> None:
        self._catalog = catalog
        self._clock = clock
        self._shares: dict[Id, _Share] = {}
        self._alone_until_us = 0
        self._forget_us = 0
        self._tasks = TaskGroup()

    def start(self) -> None:
        """Begin to give back what is not used, and to forget what counts no more; call inside the
        running loop."""
        self._tasks.spawn("gateway.shares", self._keep_giving_back())

    async def stop(self) -> None:
        await self._tasks.stop()
        for share in self._shares.values():
            share.let_go()
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
                # The catalog counts in a second that is not before this.
                asked_us = self._clock.steady_us()
                taken = await self._take(key_id, share, len(share.waiting))
                self._deal(share, taken, asked_us)
        finally:
            share.is_asking = False
            share.let_go()

    async def _take(self, key_id: Id, share: _Share, wanted: int) -> Taken | None:
        limit, unused = share.limit, share.unused()
        try:
            async with asyncio.timeout(_PATIENCE_S):
                return await self._catalog.write(
                    lambda connection: gateway_rates.take(
                        connection, key_id, limit=limit, wanted=wanted, unused=unused
                    )
                )
        except Exception as error:  # noqa: BLE001 - whoever waits is told something
            _say("gateway.rates_by_itself", error, is_worth_it=True)
            self._alone_until_us = self._clock.steady_us() + _ALONE_US
            return None

    def _deal(self, share: _Share, taken: Taken | None, asked_us: int) -> None:
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
            share.taken_us = asked_us
        else:
            share.full_until_us = now_us + _FULL_US
            share.open_us = now_us + taken.wait_s * 1_000_000
            for turn in waiting:
                turn.set_result(taken.wait_s)

    async def _keep_giving_back(self) -> None:
        while True:
            await asyncio.sleep(_GIVE_BACK_S)
            await self._give_back()
            await self._forget()

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
        except Exception as error:  # noqa: BLE001 - the next turn gives back what is unused then
            # They are counted as calls then, for a minute.
            _say("gateway.shares_kept", error)

    async def _forget(self) -> None:
        """Delete rows that count no more, when it is time to; others may do so at once."""
        now_us = self._clock.steady_us()
        if now_us < self._forget_us:
            return
        self._forget_us = now_us + _FORGET_EVERY_US
        try:
            async with asyncio.timeout(_PATIENCE_S):
                gone = await self._catalog.write(
                    lambda c: gateway_rates.forget(c, most=_FORGOTTEN_AT_ONCE)
                )
        except Exception as error:  # noqa: BLE001 - there is another turn
            _say("gateway.rates_not_forgotten", error)
            return
        if gone == _FORGOTTEN_AT_ONCE:
            # There are more.
            self._forget_us = now_us


class TokenCounts:
    """How many tokens each key has used in the last minute, here and elsewhere.

    `tell` reaches all processes, whose texts come in by `heard`; None where there are no others.
    """

    def __init__(self, clock: Clock, tell: Tell | None = None) -> None:
        self._clock = clock
        self._tell = tell
        self._sender = os.urandom(8).hex()
        self._windows: dict[Id, MinuteWindow] = {}
        self._swept_us = clock.steady_us()
        # What counts no more when others can be told at last is not told.
        self._untold: dict[Id, MinuteWindow] = {}
        self._woken = asyncio.Event()
        self._stopping = asyncio.Event()
        self._tasks = TaskGroup()
        self._telling: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to tell other processes; call inside the running loop."""
        if self._tell is not None:
            self._telling = self._tasks.spawn("gateway.tokens", self._keep_telling(self._tell))

    async def stop(self) -> None:
        """Tell what is not told yet, if that is soon done."""
        self._stopping.set()
        self._woken.set()
        if self._telling is not None:
            await asyncio.wait({self._telling}, timeout=_PATIENCE_S)
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
            untold = self._untold.setdefault(key_id, MinuteWindow())
            untold.add(tokens, self._clock.steady_us())
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
        if now_us - self._swept_us >= _MINUTE_US:
            # Others' keys come in, too, and most are never asked for here.
            self._swept_us = now_us
            self._windows = {i: w for i, w in self._windows.items() if w.count(now_us)}
        window = self._windows.get(key_id)
        if window is None:
            window = self._windows[key_id] = MinuteWindow()
        window.add(tokens, now_us)

    async def _keep_telling(self, tell: Tell) -> None:
        is_failing = is_over = False
        while not is_over:
            await self._woken.wait()
            self._woken.clear()
            is_over = self._stopping.is_set()
            try:
                await self._tell_untold(tell)
                is_failing = False
            except Exception as error:  # noqa: BLE001 - they are told in a moment
                if not is_failing:
                    _say("gateway.tokens_not_told", error)
                is_failing = True
                self._woken.set()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_TELL_AGAIN_S if is_failing else _TELL_EVERY_S):
                    await self._stopping.wait()

    async def _tell_untold(self, tell: Tell) -> None:
        """Tell what counts still. What cannot be told is put back, and raises what `tell` does."""
        now_us = self._clock.steady_us()
        taken, self._untold = self._untold, {}
        untold = [(id, window) for id, window in taken.items() if window.count(now_us)]
        while untold:
            some = untold[:_TOLD_AT_ONCE]
            counts = ",".join(f"{id.hex()}:{window.count(now_us)}" for id, window in some)
            try:
                await tell(f"{self._sender} {counts}")
            except Exception:
                self._put_back(untold)
                raise
            del untold[:_TOLD_AT_ONCE]

    def _put_back(self, untold: list[tuple[Id, MinuteWindow]]) -> None:
        for id, window in untold:
            later = self._untold.get(id)
            if later is not None:
                window.add_all(later)
            self._untold[id] = window
