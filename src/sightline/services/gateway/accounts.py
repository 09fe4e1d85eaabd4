"""Gateway keys as people manage them: made, shown, changed, deleted; what a workspace has spent."""

import secrets
from decimal import Decimal
from typing import Annotated, Any

import msgspec
from msgspec import UNSET, Meta, UnsetType
from sqlalchemy import Connection

from sightline.core.clock import Clock
from sightline.core.errors import NotFoundError, UnprocessableError
from sightline.core.ids import Id, new_id
from sightline.core.secret import Secret
from sightline.domain.gateway import LimitReset
from sightline.services.gateway._key_rules import PREFIX, hash_key, label_of, limit_left
from sightline.services.gateway.keys import GatewayKeys
from sightline.stores.catalog import gateway_keys, gateway_rates, gateway_spend
from sightline.stores.catalog.engine import Catalog
from sightline.stores.catalog.gateway_keys import GatewayKey
from sightline.stores.catalog.gateway_spend import Spent, day_of, to_usd
from sightline.stores.catalog.pages import Page

KeyName = Annotated[str, Meta(min_length=1, max_length=255)]
PerMinute = Annotated[int, Meta(ge=1, le=2_000_000_000)]
Allowed = Annotated[tuple[str, ...], Meta(min_length=1, max_length=1_000)]
# Kept in billionths of a USD in 64 bits.
_MAX_LIMIT = Decimal(1_000_000_000)
_MAX_METADATA_CHARS = 16_000


class NewKey(msgspec.Struct, frozen=True, kw_only=True):
    """A key to make. `metadata.opik` marks each call (`project_name`, `tags`, `thread_id`)."""

    name: KeyName
    limit: Decimal | None = None
    limit_reset: LimitReset | None = None
    include_byok_in_limit: bool = False
    expires_at_us: int | None = None
    is_management: bool = False
    allowed_models: Allowed | None = None
    rpm: PerMinute | None = None
    tpm: PerMinute | None = None
    metadata: dict[str, Any] | None = None


class KeyChanges(msgspec.Struct, frozen=True, kw_only=True):
    """What of a key changes."""

    name: KeyName | UnsetType = UNSET
    disabled: bool | UnsetType = UNSET
    limit: Decimal | UnsetType | None = UNSET
    limit_reset: LimitReset | UnsetType | None = UNSET
    include_byok_in_limit: bool | UnsetType = UNSET
    expires_at_us: int | UnsetType | None = UNSET
    allowed_models: Allowed | UnsetType | None = UNSET
    rpm: PerMinute | UnsetType | None = UNSET
    tpm: PerMinute | UnsetType | None = UNSET
    metadata: dict[str, Any] | UnsetType | None = UNSET


class KeyWithSpend(msgspec.Struct, frozen=True):
    """A key and what it has spent."""

    key: GatewayKey
    spent: Spent

    @property
    def remaining(self) -> Decimal | None:
        return limit_left(self.key, self.spent)


class IssuedKey(msgspec.Struct, frozen=True):
    """A new key: `text` is to be shown now or never."""

    found: KeyWithSpend
    text: Secret


class Credits(msgspec.Struct, frozen=True):
    """USD: what was spent in all, and the sum of the keys' limits."""

    total_usage: Decimal
    limits: Decimal


class Accounts:
    """Makes, changes and lists gateway keys of a workspace."""

    def __init__(self, catalog: Catalog, keys: GatewayKeys, clock: Clock) -> None:
        self._catalog = catalog
        self._keys = keys
        self._clock = clock

    async def create(
        self, workspace_id: Id, workspace_name: str, user: str, wanted: NewKey
    ) -> IssuedKey:
        """Make a key. Raises `UnprocessableError` for values that cannot be."""
        now_us = self._clock.now_us()
        if wanted.expires_at_us is not None and wanted.expires_at_us <= now_us:
            raise _wrong("expires_at must be in the future")
        text = PREFIX + secrets.token_hex(32)
        key = GatewayKey(
            id=new_id(),
            workspace_id=workspace_id,
            workspace_name=workspace_name,
            key_hash=hash_key(text),
            label=label_of(text),
            name=_checked_name(wanted.name),
            is_management=wanted.is_management,
            limit_usd=_checked_limit(wanted.limit),
            limit_reset=wanted.limit_reset,
            include_byok_in_limit=wanted.include_byok_in_limit,
            allowed_models=wanted.allowed_models,
            rpm=wanted.rpm,
            tpm=wanted.tpm,
            metadata=_checked_metadata(wanted.metadata),
            expires_at_us=wanted.expires_at_us,
            created_at_us=now_us,
            created_by=user,
            last_updated_at_us=now_us,
            last_updated_by=user,
        )
        await self._catalog.write(lambda c: gateway_keys.insert(c, key))
        return IssuedKey(KeyWithSpend(key, Spent(day=day_of(now_us))), Secret(text))

    async def list_page(
        self,
        workspace_id: Id,
        *,
        offset: int = 0,
        limit: int = 100,
        include_disabled: bool = True,
        expired_at_us: int | None = None,
    ) -> Page[KeyWithSpend]:
        """Return keys, newest first, without those that have expired by `expired_at_us`."""
        today = day_of(self._clock.now_us())

        def read(connection: Connection) -> Page[KeyWithSpend]:
            page = gateway_keys.list_page(
                connection,
                workspace_id,
                offset=offset,
                limit=limit,
                include_disabled=include_disabled,
                expired_at_us=expired_at_us,
            )
            spent = gateway_spend.spent(connection, [key.id for key in page.items], today=today)
            return Page([KeyWithSpend(key, spent[key.id]) for key in page.items], page.total)

        page = await self._catalog.read(read)
        return Page([self._now(found) for found in page.items], page.total)

    async def get(self, workspace_id: Id, hash: str) -> KeyWithSpend:
        """Return the key of that SHA-256 hex. Raises `NotFoundError`."""
        today = day_of(self._clock.now_us())
        return self._now(await self._catalog.read(lambda c: _get(c, workspace_id, hash, today)))

    async def update(
        self, workspace_id: Id, hash: str, user: str, changes: KeyChanges
    ) -> KeyWithSpend:
        """Change a key, at once here and within 5 s elsewhere. Raises `NotFoundError`."""
        now_us = self._clock.now_us()
        values = {
            {"limit": "limit_usd"}.get(name, name): value
            for name in KeyChanges.__struct_fields__
            if (value := getattr(changes, name)) is not UNSET
        }
        if "name" in values:
            values["name"] = _checked_name(values["name"])
        _checked_limit(values.get("limit_usd"))
        if values.get("metadata") is not None:
            _checked_metadata(values["metadata"])
        values |= {"last_updated_at_us": now_us, "last_updated_by": user}

        def write(connection: Connection) -> KeyWithSpend:
            found = _get(connection, workspace_id, hash, day_of(now_us))
            gateway_keys.update_fields(connection, found.key.id, values)
            return _get(connection, workspace_id, hash, day_of(now_us))

        changed = await self._catalog.write(write)
        self._keys.forget(changed.key.key_hash)
        return self._now(changed)

    async def remove(self, workspace_id: Id, hash: str) -> None:
        """Delete a key; what it spent stays in the workspace's sum. Raises `NotFoundError`."""
        now_us = self._clock.now_us()

        def write(connection: Connection) -> bytes:
            key = _get(connection, workspace_id, hash, day_of(now_us)).key
            gateway_keys.update_fields(connection, key.id, {"deleted_at_us": now_us})
            gateway_rates.forget_key(connection, key.id)
            return key.key_hash

        self._keys.forget(await self._catalog.write(write))

    async def credits(self, workspace_id: Id) -> Credits:
        """Return what the workspace has spent in all."""

        def read(connection: Connection) -> Credits:
            return Credits(
                to_usd(gateway_spend.workspace_total(connection, workspace_id)),
                gateway_keys.limits_sum(connection, workspace_id),
            )

        return await self._catalog.read(read)

    def _now(self, found: KeyWithSpend) -> KeyWithSpend:
        return KeyWithSpend(found.key, self._keys.with_pending(found.key.id, found.spent))


def _get(connection: Connection, workspace_id: Id, hash: str, today: int) -> KeyWithSpend:
    try:
        raw = bytes.fromhex(hash)
    except ValueError:
        raw = b""
    key = gateway_keys.get_by_hash(connection, raw) if len(raw) == 32 else None
    if key is None or key.workspace_id != workspace_id:
        raise NotFoundError("API key not found")
    return KeyWithSpend(key, gateway_spend.spent(connection, [key.id], today=today)[key.id])


def _checked_name(name: str) -> str:
    clean = name.replace("\0", "").strip()
    if not clean:
        raise _wrong("name must not be blank")
    return clean


def _checked_limit(limit: Decimal | None) -> Decimal | None:
    if limit is not None and not (limit.is_finite() and 0 <= limit <= _MAX_LIMIT):
        raise _wrong(f"limit must be between 0 and {_MAX_LIMIT} USD")
    return limit


def _checked_metadata(metadata: dict[str, Any] | None) -> dict[str, Any] | None:
    if metadata is None:
        return None
    if len(msgspec.json.encode(metadata)) > _MAX_METADATA_CHARS:
        raise _wrong(f"metadata must have at most {_MAX_METADATA_CHARS} characters")
    opik = metadata.get("opik")
    if opik is not None and not isinstance(opik, dict):
        raise _wrong("metadata.opik must be an object")
    tags = opik.get("tags") if opik else None
    if tags is not None and not (
        isinstance(tags, list) and all(isinstance(tag, str) for tag in tags)
    ):
        raise _wrong("metadata.opik.tags must be a list of texts")
    return metadata


def _wrong(text: str) -> UnprocessableError:
    return UnprocessableError(text, fields=[text])
