"""Who calls the gateway, and whether they still may: answered from memory.

A gateway key is read once and then kept; what it spent is counted here at once and in the catalog
with the call's record. Other processes then hear of it, if the key has a limit; for limits per
minute see `rates`.
"""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal
from typing import Protocol

from sqlalchemy import Connection

from sightline.core.clock import Clock
from sightline.core.errors import (
    AuthenticationError,
    PermissionDeniedError,
    SightlineError,
)
from sightline.core.ids import NIL, Id
from sightline.core.log import get_logger
from sightline.core.secret import Secret
from sightline.core.tasks import TaskGroup
from sightline.domain.gateway import Caller
from sightline.domain.generation import Generation, UsedKey
from sightline.domain.workspace import DEFAULT_WORKSPACE_ID, Principal
from sightline.services.gateway._key_rules import (
    PREFIX,
    UNKNOWN_KEY,
    caller_of,
    hash_key,
    master_caller,
    over_limit,
    over_rate,
)
from sightline.services.gateway._limits import Meter, MinuteWindow, with_pending
from sightline.services.gateway.rates import CallShares, Tell, TokenCounts
from sightline.stores.catalog import gateway_keys, gateway_spend, notices
from sightline.stores.catalog.engine import Catalog
from sightline.stores.catalog.gateway_keys import GatewayKey
from sightline.stores.catalog.gateway_spend import Spend, Spent, day_of, to_nano

log = get_logger(__name__)

_MAX_AGE_US = 5_000_000
_REFRESH_S = 2.5
_TOLD_EVERY_S = 0.1
# Ids in one notice, which must not be long.
_TOLD_AT_ONCE = 200
# A key that nobody used for so long is not read again by itself.
_IN_USE_US = 60_000_000
_MAX_KEYS = 20_000
_BATCH_KEYS_KEPT_US = 7 * 86_400_000_000


class Principals(Protocol):
    """Who asks by the server's own keys; the workspace's directory is such."""

    async def authenticate(
        self,
        key: str | None,
        workspace_name: str | None,
        *,
        keys_required: bool,
        session: str | None = None,
    ) -> Principal: ...


class Gate(Protocol):
    """Whether the server asks for keys."""

    async def check(self) -> bool: ...


class _Entry:
    """A key in memory."""

    __slots__ = ("caller", "key", "limit", "meter", "read_us", "requests", "used_us")

    def __init__(self, key: GatewayKey, stored: Spent, now_us: int) -> None:
        self.meter = Meter(stored)
        self.requests = MinuteWindow()
        self.used_us = now_us
        self.take(key, now_us)

    def take(self, key: GatewayKey, now_us: int) -> None:
        self.key = key
        self.caller = caller_of(key)
        self.limit = None if key.limit_usd is None else to_nano(key.limit_usd)
        self.read_us = now_us


class GatewayKeys:
    """The gateway's callers. For one event loop.

    `master_keys` come from the operator's file: each is a management key of the default workspace,
    and where there is one nobody calls without a key. `tell_tokens` reaches other processes, whose
    texts `tokens` hears; None where there are none.
    """

    def __init__(
        self,
        catalog: Catalog,
        principals: Principals,
        gate: Gate,
        clock: Clock,
        master_keys: Sequence[Secret] = (),
        tell_tokens: Tell | None = None,
    ) -> None:
        self.tokens = TokenCounts(clock, tell_tokens)
        self._shares = None if tell_tokens is None else CallShares(catalog, clock)
        self._catalog = catalog
        self._principals = principals
        self._gate = gate
        self._clock = clock
        self._entries: dict[bytes, _Entry] = {}
        self._by_id: dict[Id, _Entry] = {}
        self._masters = {hash_key(key.reveal()): master_caller(key.reveal()) for key in master_keys}
        self._records = 0
        self._told: set[Id] = set()
        self._woken = asyncio.Event()
        self._tasks = TaskGroup()

    def start(self) -> None:
        """Begin to read keys in use again every few seconds."""
        self._tasks.spawn("gateway.keys", self._keep_fresh())
        self._tasks.spawn("gateway.spending", self._read_told())
        self.tokens.start()
        if self._shares is not None:
            self._shares.start()

    async def stop(self) -> None:
        await self._tasks.stop()
        await self.tokens.stop()
        if self._shares is not None:
            await self._shares.stop()

    async def identify(
        self, authorization: str | None, workspace: str | None, *, session: str | None = None
    ) -> Caller:
        """Return who calls, from the header `Authorization` and the workspace that is named.

        A gateway key, a key of the operator's file, or one of the server's own keys, of which
        `write` may call and `admin` manage. On an open server a missing or foreign key is fine,
        but a gateway key that is not good is refused. `session` is the token of a browser that
        signed in. Raises `AuthenticationError`, `PermissionDeniedError`.
        """
        text = _without_scheme(authorization)
        digest = b""
        if text:
            digest = hash_key(text)
            master = self._masters.get(digest)
            if master is not None:
                return master
            if text.startswith(PREFIX):
                return await self._by_key(digest, workspace)
        keys_required = await self._gate.check()
        if not keys_required and self._masters:
            raise AuthenticationError("No auth credentials found" if not text else UNKNOWN_KEY)
        principal = await self._principals.authenticate(
            authorization or None, workspace, keys_required=keys_required, session=session
        )
        if principal.role == "read":
            raise PermissionDeniedError("This key may only read; calls need a key with role write")
        used = UsedKey(hash=digest.hex(), name=principal.user) if keys_required and text else None
        return Caller(
            workspace_id=principal.workspace_id,
            workspace_name=principal.workspace_name,
            user=principal.user,
            key=used or UsedKey(),
            is_management=principal.role == "admin",
        )

    async def admit(self, caller: Caller) -> None:
        """Let a call in, and count it against the key's limit per minute.

        Raises `PaymentRequiredError` over a spending limit and `RateLimitedError` over a rate.
        """
        entry = self._by_id.get(caller.key_id) if caller.key_id is not None else None
        if entry is None:
            return
        key = entry.key
        now_us = self._clock.now_us()
        if entry.limit is not None:
            used = entry.meter.used(
                key.limit_reset, day_of(now_us), with_byok=key.include_byok_in_limit
            )
            if used >= entry.limit:
                raise over_limit(key, used)
        if key.tpm is not None and (wait_s := self.tokens.wait_s(key.id, key.tpm)):
            raise over_rate("tokens", key.tpm, wait_s)
        if key.rpm is not None:
            wait_s = await self._count_call(entry, key.rpm)
            if wait_s:
                raise over_rate("requests", key.rpm, wait_s)
            entry.requests.add(1, self._clock.steady_us())

    async def _count_call(self, entry: _Entry, limit: int) -> int:
        """Return 0 for a call that may come, else in how many seconds it may."""
        if self._shares is not None:
            wait_s = await self._shares.take(entry.key.id, limit)
            if wait_s is not None:
                return wait_s
        now_us = self._clock.steady_us()
        if entry.requests.count(now_us) < limit:
            return 0
        return entry.requests.wait_s(limit, now_us)

    def spent(self, caller: Caller, cost_usd: Decimal, *, is_byok: bool, tokens: int = 0) -> None:
        """Count what a call cost, at once and here; `record_spend` keeps it."""
        entry = self._by_id.get(caller.key_id) if caller.key_id is not None else None
        if entry is None:
            return
        entry.meter.add(to_nano(cost_usd), is_byok=is_byok)
        if tokens and entry.key.tpm is not None:
            self.tokens.add(entry.key.id, tokens)

    async def record_spend(self, generations: Sequence[Generation], batch_key: str) -> None:
        """Keep what a batch of calls cost, in one transaction; the same key again is no repeat."""
        now_us = self._clock.now_us()
        today = day_of(now_us)

        def write(connection: Connection) -> tuple[list[Spend], dict[Id, Spent]]:
            hashes = {g.key.hash for g in generations if g.key.hash}
            ids = gateway_keys.ids_of(connection, hashes)
            calls = [_spend(generation, ids) for generation in generations]
            gateway_spend.record(connection, batch_key, calls, now_us=now_us)
            gateway_spend.purge_batches(connection, before_us=now_us - _BATCH_KEYS_KEPT_US)
            limited = [id.hex() for id in ids.values() if self._is_limited(id)]
            for start in range(0, len(limited), _TOLD_AT_ONCE):
                told = ",".join(limited[start : start + _TOLD_AT_ONCE])
                notices.tell(connection, notices.SPENT, told)
            return calls, gateway_spend.spent(connection, set(ids.values()), today=today)

        calls, stored = await self._catalog.write(write)
        self._records += 1
        for id, now_stored in stored.items():
            entry = self._by_id.get(id)
            if entry is not None:
                mine = [call for call in calls if call.key_id == id]
                entry.meter.recorded(
                    sum(call.cost_nano_usd for call in mine if not call.is_byok),
                    sum(call.cost_nano_usd for call in mine if call.is_byok),
                    now_stored,
                )

    def heard_spending(self, text: str) -> None:
        """Hear that some process has added up what keys have spent: their ids in hex."""
        told = {id for word in text.split(",") if (id := bytes.fromhex(word)) in self._by_id}
        if told:
            self._told |= told
            self._woken.set()

    def _is_limited(self, id: Id) -> bool:
        entry = self._by_id.get(id)
        return entry is not None and entry.limit is not None

    def with_pending(self, id: Id, stored: Spent) -> Spent:
        """Return what a key has spent, with what is known here and not stored yet."""
        entry = self._by_id.get(id)
        if entry is None:
            return stored
        return with_pending(stored, entry.meter, day_of(self._clock.now_us()))

    def forget(self, key_hash: bytes) -> None:
        """Read a key again: it was changed or deleted here."""
        entry = self._entries.get(key_hash)
        if entry is not None:
            # Its meter is kept: what is pending must not be lost.
            entry.read_us = -_MAX_AGE_US

    def forget_all(self) -> None:
        """Read every key again: one was changed elsewhere."""
        for entry in self._entries.values():
            entry.read_us = -_MAX_AGE_US

    async def _by_key(self, digest: bytes, workspace: str | None) -> Caller:
        now_us = self._clock.now_us()
        entry = self._entries.get(digest)
        if entry is None or now_us - entry.read_us >= _MAX_AGE_US:
            entry = await self._load(digest, now_us)
        entry.used_us = now_us
        key = entry.key
        if key.disabled:
            raise AuthenticationError("This API key is disabled")
        if key.expires_at_us is not None and key.expires_at_us <= now_us:
            raise AuthenticationError("This API key has expired")
        asked = (workspace or "").strip()
        if asked and asked.casefold() != key.workspace_name.casefold():
            raise PermissionDeniedError(f"The API key has no access to the workspace `{asked}`")
        return entry.caller

    async def _load(self, digest: bytes, now_us: int) -> _Entry:
        today = day_of(now_us)

        def read(connection: Connection) -> tuple[GatewayKey, Spent] | None:
            key = gateway_keys.get_by_hash(connection, digest)
            if key is None:
                return None
            return key, gateway_spend.spent(connection, [key.id], today=today)[key.id]

        records = self._records
        found = await self._catalog.read(read)
        if found is None:
            self._drop(digest)
            raise AuthenticationError(UNKNOWN_KEY)
        return self._keep(*found, now_us, records)

    def _keep(self, key: GatewayKey, stored: Spent, now_us: int, records: int) -> _Entry:
        entry = self._entries.get(key.key_hash)
        if entry is None:
            if len(self._entries) >= _MAX_KEYS:
                self._drop(min(self._entries, key=lambda h: self._entries[h].used_us))
            entry = self._entries[key.key_hash] = _Entry(key, stored, now_us)
            self._by_id[key.id] = entry
            return entry
        entry.take(key, now_us)
        # What was read before a record was kept may lack it.
        if records == self._records:
            entry.meter.stored = stored
        return entry

    def _drop(self, digest: bytes) -> None:
        entry = self._entries.pop(digest, None)
        if entry is not None:
            self._by_id.pop(entry.key.id, None)

    async def _keep_fresh(self) -> None:
        while True:
            await asyncio.sleep(_REFRESH_S)
            await self._try_to_refresh()

    async def _read_told(self) -> None:
        """Read keys again of which others have told that they spent, a few times a second."""
        while True:
            await self._woken.wait()
            self._woken.clear()
            told, self._told = self._told, set()
            await self._try_to_refresh(told)
            await asyncio.sleep(_TOLD_EVERY_S)

    async def _try_to_refresh(self, only: Collection[Id] | None = None) -> None:
        # Keys grow old by themselves; the next call reads what it needs.
        try:
            await self.refresh(only)
        except SightlineError as error:
            log.warning("gateway.keys_not_read", code=error.code)
        except Exception as error:  # noqa: BLE001 - they are read again in a moment
            log.error("gateway.keys_not_read", exc=error)

    async def refresh(self, only: Collection[Id] | None = None) -> None:
        """Read the keys that are in use again, all or those of some ids."""
        now_us = self._clock.now_us()
        today = day_of(now_us)
        used = {
            hash: entry.key.id
            for hash, entry in self._entries.items()
            if now_us - entry.used_us < _IN_USE_US and (only is None or entry.key.id in only)
        }
        if not used:
            return

        def read(connection: Connection) -> tuple[dict[bytes, GatewayKey], dict[Id, Spent]]:
            return (
                gateway_keys.get_by_hashes(connection, used),
                gateway_spend.spent(connection, used.values(), today=today),
            )

        records = self._records
        keys, stored = await self._catalog.read(read)
        for digest, id in used.items():
            if digest in keys and id in stored:
                self._keep(keys[digest], stored[id], now_us, records)
            else:
                self._drop(digest)


def _spend(generation: Generation, ids: Mapping[str, Id]) -> Spend:
    cost = Decimal(0) if generation.cost is None else generation.cost.total
    return Spend(
        workspace_id=generation.workspace_id
        if generation.workspace_id != NIL
        else DEFAULT_WORKSPACE_ID,
        key_id=ids.get(generation.key.hash, NIL),
        cost_nano_usd=to_nano(cost),
        is_byok=generation.is_byok,
        at_us=generation.ended_us or generation.started_us,
    )


def _without_scheme(header: str | None) -> str:
    if not header:
        return ""
    if header[:7].lower() == "bearer ":
        return header[7:].strip()
    return header.strip()
