"""What a workspace may call: its own providers and models, the operator's file, and the echo.

Answers from memory. A change made here is seen at once, one made by another process within 5 s.
"""

from collections.abc import Sequence
from typing import Any, Protocol

import msgspec
from sqlalchemy import Connection

from sightline.core import codec
from sightline.core.clock import Clock
from sightline.core.errors import SightlineError
from sightline.core.ids import Id, format_id
from sightline.core.log import get_logger
from sightline.core.secret import Secret
from sightline.core.tasks import TaskGroup
from sightline.domain.gateway import Endpoint, Model, Preset, RouterOptions, Snapshot, TokenPrices
from sightline.services.gateway._names import PREFIXES
from sightline.services.gateway.config import FileConfig
from sightline.services.gateway.definitions import (
    EndpointDefinition,
    ModelDefinition,
    OpenedProvider,
    RoutingDefinition,
    model_of,
)
from sightline.stores.catalog import gateway_models, presets, providers
from sightline.stores.catalog.engine import Catalog
from sightline.stores.catalog.gateway_models import ModelRow
from sightline.stores.catalog.presets import PresetRow, PresetVersion
from sightline.stores.catalog.providers import ProviderRow

log = get_logger(__name__)

_MAX_AGE_US = 5_000_000
# From this age on it is read again in the background, so that no call waits for it.
_RENEW_US = 3_000_000
_MAX_WORKSPACES = 1_000

ECHO = Model(
    slug="sightline/echo",
    name="Sightline: Echo",
    description="Says back what it is told. Needs no key and costs nothing: for the first minute.",
    context_length=1_000_000,
    endpoints=(
        Endpoint(
            id="sightline:echo",
            model="sightline/echo",
            provider="sightline",
            provider_name="Sightline",
            dialect="echo",
            base_url="",
            upstream_model="echo",
            prices=TokenPrices(),
            context_length=1_000_000,
            is_zdr=True,
            is_byok=False,
        ),
    ),
)


class Opener(Protocol):
    """Opens what was sealed; `core.sealing.Sealer` is such."""

    def open(self, sealed: str, context: str) -> str: ...


class Sealed(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The secrets of a provider, as they are sealed."""

    api_key: str | None = None
    headers: dict[str, str] = {}
    options: dict[str, Any] = {}


class _Rows(msgspec.Struct, frozen=True):
    """All that the catalog has of a workspace's gateway."""

    providers: Sequence[ProviderRow]
    models: Sequence[ModelRow]
    routing: str | None
    presets: Sequence[tuple[PresetRow, PresetVersion | None]]


class _Entry(msgspec.Struct):
    read_us: int
    rows: _Rows
    snapshot: Snapshot
    presets: dict[str, Preset]
    is_renewing: bool = False


class GatewayCatalogue:
    """Snapshots of what may be called. For one event loop."""

    def __init__(self, catalog: Catalog, opener: Opener, clock: Clock, file: FileConfig) -> None:
        self._catalog = catalog
        self._opener = opener
        self._clock = clock
        self.file = file
        self._entries: dict[Id, _Entry] = {}
        self._version = 0
        self._changes = 0
        self._tasks = TaskGroup()

    async def snapshot(self, workspace_id: Id) -> Snapshot:
        """Return what may be called at this moment; the same object while nothing changes."""
        return (await self._entry(workspace_id)).snapshot

    async def preset(self, workspace_id: Id, slug: str) -> Preset | None:
        """Return an active preset as it is designated."""
        return (await self._entry(workspace_id)).presets.get(slug)

    def forget(self, workspace_id: Id) -> None:
        """Read a workspace again: it was changed here."""
        self._changes += 1
        entry = self._entries.get(workspace_id)
        if entry is not None:
            entry.read_us = -_MAX_AGE_US

    def forget_all(self) -> None:
        """Read every workspace again: one was changed elsewhere."""
        self._changes += 1
        for entry in self._entries.values():
            entry.read_us = -_MAX_AGE_US

    async def stop(self) -> None:
        await self._tasks.stop()

    async def _entry(self, workspace_id: Id) -> _Entry:
        entry = self._entries.get(workspace_id)
        if entry is not None:
            age_us = self._clock.now_us() - entry.read_us
            if age_us < _RENEW_US:
                return entry
            if age_us < _MAX_AGE_US:
                if not entry.is_renewing:
                    entry.is_renewing = True
                    self._tasks.spawn("gateway.catalogue", self._renew(workspace_id, entry))
                return entry
        return await self._load(workspace_id)

    async def _renew(self, workspace_id: Id, entry: _Entry) -> None:
        try:
            await self._load(workspace_id)
        except SightlineError as error:
            # Past 5 s the next call reads for itself, and is told.
            log.warning("gateway.catalogue_not_read", code=error.code)
        finally:
            entry.is_renewing = False

    async def _load(self, workspace_id: Id) -> _Entry:
        while True:
            changes = self._changes
            now_us = self._clock.now_us()
            rows = await self._catalog.read(lambda c: _read(c, workspace_id))
            # What was changed while it was read is read again.
            if changes == self._changes:
                break
        entry = self._entries.get(workspace_id)
        if entry is not None and entry.rows == rows:
            entry.read_us = now_us
            return entry
        self._version += 1
        entry = _Entry(now_us, rows, self._build(rows), _presets(rows))
        if len(self._entries) >= _MAX_WORKSPACES and workspace_id not in self._entries:
            del self._entries[min(self._entries, key=lambda at: self._entries[at].read_us)]
        self._entries[workspace_id] = entry
        return entry

    def _build(self, rows: _Rows) -> Snapshot:
        opened = {
            provider.id: provider
            for row in rows.providers
            if row.enabled and (provider := open_provider(self._opener, row)) is not None
        }
        models: dict[str, Model] = {ECHO.slug: ECHO, **self.file.models}
        listed: set[str] = set()
        for row in rows.models:
            definition = codec.decode(row.definition, ModelDefinition)
            listed |= {e.provider_id for e in definition.endpoints}
            if not row.enabled:
                models.pop(row.slug, None)
                continue
            created = row.created_at_us // 1_000_000
            model = model_of(format_id(row.id), row.slug, created, definition, opened)
            if model.endpoints:
                models[row.slug] = model
        wildcards = dict(self.file.wildcards)
        for provider in opened.values():
            if provider.id not in listed:
                wildcards |= _wildcards(provider)
        return Snapshot(
            models=models,
            wildcards=wildcards,
            router=routing_of(rows.routing, self.file.router),
            version=self._version,
        )


def open_provider(opener: Opener, row: ProviderRow) -> OpenedProvider | None:
    """Return a provider with its credentials; None when they do not open with today's key."""
    secrets = Sealed()
    if row.sealed is not None:
        try:
            text = opener.open(row.sealed, context_of(row.id))
        except SightlineError:
            log.error("gateway.provider_sealed", provider=row.slug, id=format_id(row.id))
            return None
        secrets = codec.decode(text, Sealed)
    return OpenedProvider(
        id=format_id(row.id),
        slug=row.slug,
        name=row.name,
        dialect=row.dialect,
        base_url=row.base_url,
        api_key=Secret(secrets.api_key) if secrets.api_key else None,
        headers=secrets.headers,
        options=secrets.options,
        keeps_data=row.keeps_data,
        is_zdr=row.is_zdr,
        is_byok=row.is_byok,
    )


def context_of(provider_id: Id) -> str:
    """Return what a provider's secrets are bound to."""
    return f"provider:{provider_id.hex()}"


def routing_of(options: str | None, base: RouterOptions) -> RouterOptions:
    """Return how a workspace routes: its own options over the file's."""
    return codec.decode(options, RoutingDefinition).over(base) if options else base


def _read(connection: Connection, workspace_id: Id) -> _Rows:
    return _Rows(
        providers.list_all(connection, workspace_id),
        gateway_models.list_all(connection, workspace_id),
        gateway_models.routing(connection, workspace_id),
        presets.list_designated(connection, workspace_id),
    )


def _presets(rows: _Rows) -> dict[str, Preset]:
    return {
        row.slug: Preset(slug=row.slug, system_prompt=version.system_prompt, config=version.config)
        for row, version in rows.presets
        if version is not None and row.status == "active"
    }


def _wildcards(provider: OpenedProvider) -> dict[str, Model]:
    """Return the prefixes under which a provider without listed models serves any model."""
    found: dict[str, Model] = {}
    prefixes = (f"{provider.slug}/", *PREFIXES.get(provider.slug, ()))
    for prefix in prefixes:
        # `gpt-*` is a part of the model's name, `google/*` a word before it.
        upstream = "*" if prefix.endswith("/") else f"{prefix}*"
        definition = EndpointDefinition(provider_id=provider.id, upstream_model=upstream)
        slug = f"{prefix}*"
        endpoint = provider.endpoint(f"{provider.id}:*", slug, definition)
        found[prefix] = Model(slug=slug, name=slug, endpoints=(endpoint,))
    return found
