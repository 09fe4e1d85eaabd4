"""A workspace's providers: made, changed, tried out. Their secrets are sealed and never shown."""

import re
import time
from collections.abc import Mapping
from typing import Annotated, Any, Protocol

import msgspec
from msgspec import UNSET, Meta, UnsetType
from sqlalchemy import Connection

from sightline.core import codec
from sightline.core.clock import Clock
from sightline.core.errors import ConflictError, NotFoundError, SightlineError, UnprocessableError
from sightline.core.ids import Id, format_id, new_id
from sightline.core.sealing import Sealer, mask
from sightline.destinations import _config
from sightline.destinations.base import HttpRequest, HttpResponse
from sightline.providers import _table
from sightline.services.gateway._probe import Probe, probe_of, read_probe
from sightline.services.gateway.catalogue import (
    GatewayCatalogue,
    Sealed,
    context_of,
    open_provider,
)
from sightline.services.gateway.definitions import Name, is_secret
from sightline.stores.catalog import providers, workspaces
from sightline.stores.catalog.engine import Catalog
from sightline.stores.catalog.providers import MAX_PROVIDERS, ProviderRow

_SLUG = r"^[a-z0-9][a-z0-9._-]{0,63}$"
_URL = r"^https?://[^\s/?#@]+(/[^\s#]*)?$"
_PLACE = re.compile(r"[a-z0-9-]{1,64}")
_PLACES = ("aws_region_name", "region", "vertex_location", "location")
_ENDPOINT = "aws_bedrock_runtime_endpoint"
# Options that go into a query, a header or a body; all others may be a part of the address.
_STAYING = frozenset({"api_version", "apis", "organization", "safety_settings"})
_DIALECTS = {row.dialect for row in _table.every()}

Slug = Annotated[str, Meta(pattern=_SLUG)]
Url = Annotated[str, Meta(max_length=2_000)]
Secret_ = Annotated[str, Meta(max_length=20_000)]


class ProviderBody(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """A provider to make. For a known slug the rest may be left out, but the key."""

    slug: Slug
    name: Name | None = None
    dialect: str | None = None
    base_url: Url | None = None
    api_key: Secret_ | None = None
    headers: dict[str, Secret_] = {}
    options: dict[str, Any] = {}
    enabled: bool = True
    keeps_data: bool = False
    is_zdr: bool = False
    is_byok: bool = False


class ProviderChanges(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """What of a provider changes. A secret as it was shown (`****...AbCd`) stays what it is."""

    name: Name | UnsetType = UNSET
    dialect: str | UnsetType = UNSET
    base_url: Url | UnsetType = UNSET
    api_key: Secret_ | UnsetType | None = UNSET
    headers: dict[str, Secret_] | UnsetType = UNSET
    options: dict[str, Any] | UnsetType = UNSET
    enabled: bool | UnsetType = UNSET
    keeps_data: bool | UnsetType = UNSET
    is_zdr: bool | UnsetType = UNSET
    is_byok: bool | UnsetType = UNSET


class Fetcher(Protocol):
    """Calls another server once; `net.outbound.Outbound` is such."""

    async def fetch(self, request: HttpRequest) -> HttpResponse: ...


class Providers:
    """Makes, changes and tries providers. Those of the operator's file are not among them."""

    def __init__(
        self,
        catalog: Catalog,
        sealer: Sealer,
        catalogue: GatewayCatalogue,
        outbound: Fetcher,
        clock: Clock,
    ) -> None:
        self._catalog = catalog
        self._sealer = sealer
        self._catalogue = catalogue
        self._outbound = outbound
        self._clock = clock

    async def list_all(self, workspace_id: Id) -> list[ProviderRow]:
        """Return the workspace's providers by slug."""
        return await self._catalog.read(lambda c: providers.list_all(c, workspace_id))

    async def get(self, workspace_id: Id, id: Id) -> ProviderRow:
        """Return one. Raises `NotFoundError`."""
        found = await self._catalog.read(lambda c: providers.get(c, workspace_id, id))
        if found is None:
            raise NotFoundError("Provider not found")
        return found

    async def create(self, workspace_id: Id, user: str, body: ProviderBody) -> ProviderRow:
        """Make a provider. Raises `ConflictError` for a slug that is taken."""
        row = _table.find(body.slug)
        if row is not None and row.dialect == "echo":
            raise _wrong(f"slug `{body.slug}` is built in")
        dialect = body.dialect or (row.dialect if row else "openai")
        url = body.base_url or (row.base_url if row else "")
        id, now_us = new_id(), self._clock.now_us()
        secrets = Sealed(api_key=body.api_key or None, headers=body.headers, options=body.options)
        if row is not None and row.needs_key and not secrets.api_key and not body.base_url:
            raise _wrong("api_key must not be empty")
        _check_headers(secrets.headers)
        _check_options(secrets.options)
        made = ProviderRow(
            id=id,
            workspace_id=workspace_id,
            slug=body.slug,
            name=body.name or (row.name if row else body.slug),
            dialect=checked_dialect(dialect),
            base_url=checked_url(url, dialect),
            sealed=self._seal(id, secrets),
            shown=_shown(secrets),
            enabled=body.enabled,
            keeps_data=body.keeps_data,
            is_zdr=body.is_zdr,
            is_byok=body.is_byok,
            created_at_us=now_us,
            created_by=user,
            last_updated_at_us=now_us,
            last_updated_by=user,
        )

        def insert(connection: Connection) -> None:
            workspaces.lock(connection, workspace_id)
            known = providers.list_all(connection, workspace_id)
            if any(provider.slug == body.slug for provider in known):
                raise ConflictError(
                    f"There is a provider `{body.slug}` already",
                    hint="Change that one, or choose another slug",
                )
            if len(known) >= MAX_PROVIDERS:
                raise ConflictError(f"A workspace has at most {MAX_PROVIDERS} providers")
            providers.insert(connection, made)

        await self._catalog.write(insert)
        self._catalogue.forget(workspace_id)
        return made

    async def update(
        self, workspace_id: Id, id: Id, user: str, changes: ProviderChanges
    ) -> ProviderRow:
        """Change a provider. Raises `NotFoundError`."""

        def change(connection: Connection) -> ProviderRow:
            workspaces.lock(connection, workspace_id)
            row = providers.get(connection, workspace_id, id)
            if row is None:
                raise NotFoundError("Provider not found")
            values = self._values(row, changes)
            values |= {"last_updated_at_us": self._clock.now_us(), "last_updated_by": user}
            providers.update_fields(connection, workspace_id, id, values)
            return msgspec.structs.replace(row, **values)

        changed = await self._catalog.write(change)
        self._catalogue.forget(workspace_id)
        return changed

    async def remove(self, workspace_id: Id, id: Id) -> None:
        """Delete a provider; models lose the endpoints it had. Raises `NotFoundError`."""
        if not await self._catalog.write(lambda c: providers.remove(c, workspace_id, id)):
            raise NotFoundError("Provider not found")
        self._catalogue.forget(workspace_id)

    async def test(self, workspace_id: Id, id: Id) -> Probe:
        """Ask a provider for its models: whether address and key are good. Raises nothing else
        than `NotFoundError`."""
        row = await self.get(workspace_id, id)
        opened = open_provider(self._sealer, row)
        if opened is None:
            return Probe(ok=False, error="The stored key does not open: enter it again")
        request = probe_of(opened)
        if request is None:
            return Probe(
                ok=False,
                error=f"A provider of the dialect `{row.dialect}` is tried by a call to a model",
            )
        begun = time.perf_counter()
        try:
            answer = await self._outbound.fetch(request)
        except SightlineError as error:
            text = error.message if error.hint is None else f"{error.message}. {error.hint}"
            return Probe(ok=False, request=f"GET {request.url}", error=text)
        return read_probe(opened, request, answer, time.perf_counter() - begun)

    def _values(self, row: ProviderRow, changes: ProviderChanges) -> dict[str, Any]:
        values = {
            name: value
            for name in ("name", "enabled", "keeps_data", "is_zdr", "is_byok")
            if (value := getattr(changes, name)) is not UNSET
        }
        dialect = row.dialect if changes.dialect is UNSET else checked_dialect(changes.dialect)
        url = row.base_url if changes.base_url is UNSET else changes.base_url
        values |= {"dialect": dialect, "base_url": checked_url(url, dialect)}
        secrets = (changes.api_key, changes.headers, changes.options)
        if any(value is not UNSET for value in secrets):
            held = Sealed()
            if row.sealed is not None:
                held = codec.decode(self._sealer.open(row.sealed, context_of(row.id)), Sealed)
            merged = _merged(held, changes)
            if changes.headers is not UNSET:
                _check_headers(merged.headers)
            if changes.options is not UNSET:
                _check_options(merged.options)
            moved = _moved(row, values) or _moved_option(held, merged)
            if moved and _keeps_a_secret(held, merged):
                # Else whoever may edit could have the key sent to a server of their own.
                raise _enter_again(moved)
            values |= {"sealed": self._seal(row.id, merged), "shown": _shown(merged)}
        elif (moved := _moved(row, values)) and row.shown != _shown(Sealed()):
            raise _enter_again(moved)
        return values

    def _seal(self, id: Id, secrets: Sealed) -> str | None:
        if secrets == Sealed():
            return None
        return self._sealer.seal(codec.encode_text(secrets), context_of(id))


def provider_body(row: ProviderRow) -> dict[str, Any]:
    """Return a provider as it may be shown."""
    shown = codec.decode(row.shown, Sealed)
    return {
        "id": format_id(row.id),
        "slug": row.slug,
        "name": row.name,
        "dialect": row.dialect,
        "base_url": row.base_url,
        "api_key": shown.api_key,
        "headers": shown.headers,
        "options": shown.options,
        "enabled": row.enabled,
        "keeps_data": row.keeps_data,
        "is_zdr": row.is_zdr,
        "is_byok": row.is_byok,
    }


def checked_dialect(dialect: str) -> str:
    """Return the name of a dialect. Raises `UnprocessableError`."""
    if dialect not in _DIALECTS or dialect == "echo":
        raise _wrong(f"dialect must be one of {', '.join(sorted(_DIALECTS - {'echo'}))}")
    return dialect


def checked_url(url: str, dialect: str, field: str = "base_url") -> str:
    """Return an address without a slash at its end. Raises `UnprocessableError`."""
    clean = url.strip().rstrip("/")
    if not clean and dialect in {"bedrock", "vertex"}:
        return ""
    try:
        msgspec.convert(clean, Annotated[str, Meta(pattern=_URL)])
    except msgspec.ValidationError:
        raise _wrong(f"{field} must be an http or https URL without user, password and #") from None
    return clean


def _check_headers(headers: Mapping[str, str]) -> None:
    """Raises `UnprocessableError`: connections are shared, and a length that is not true would
    mix up the calls of others."""
    try:
        _config.check_headers(headers)
    except ValueError as error:
        raise _wrong(str(error).replace("`headers`", "headers", 1)) from None


def _check_options(options: Mapping[str, Any]) -> None:
    """Raises `UnprocessableError` for what would be no part of an address, or another's."""
    for name in _PLACES:
        value = options.get(name)
        if value is None or value == "":
            continue
        if not isinstance(value, str) or not _PLACE.fullmatch(value):
            raise _wrong(f"options.{name} must have 1 to 64 small letters, digits and -")
    endpoint = options.get(_ENDPOINT)
    if endpoint is not None and endpoint != "":
        checked_url(str(endpoint), "", f"options.{_ENDPOINT}")


def _moved(row: ProviderRow, values: Mapping[str, Any]) -> str | None:
    """Return the field by which calls go elsewhere than before."""
    return next((n for n in ("base_url", "dialect") if values[n] != getattr(row, n)), None)


def _moved_option(held: Sealed, merged: Sealed) -> str | None:
    before, after = held.options, merged.options
    for name in sorted(before.keys() | after.keys()):
        if name in _STAYING or is_secret(name):
            continue
        if before.get(name) != after.get(name):
            return f"options.{name}"
    return None


def _enter_again(field: str) -> UnprocessableError:
    return _wrong(f"{field} changes: enter the API key, headers and options again")


def _merged(held: Sealed, changes: ProviderChanges) -> Sealed:
    """Return the secrets after a change; a value that is masked is the one that is held."""
    key = held.api_key
    if changes.api_key is not UNSET and not _is_mask(changes.api_key):
        key = changes.api_key or None
    return Sealed(
        api_key=key,
        headers=_kept(held.headers, changes.headers),
        options=_kept(held.options, changes.options),
    )


def _kept(held: dict[str, Any], given: Mapping[str, Any] | UnsetType) -> dict[str, Any]:
    if given is UNSET:
        return held
    return {
        name: held[name] if _is_mask(value) and name in held else value
        for name, value in given.items()
    }


def _keeps_a_secret(held: Sealed, merged: Sealed) -> bool:
    """Say whether a secret that nobody typed this time would go to a new address."""
    if held.api_key and held.api_key == merged.api_key:
        return True
    pairs = ((held.headers, merged.headers), (held.options, merged.options))
    return any(
        name in after and after[name] == value and (before is held.headers or is_secret(name))
        for before, after in pairs
        for name, value in before.items()
    )


def _shown(secrets: Sealed) -> str:
    return codec.encode_text(
        Sealed(
            api_key=mask(secrets.api_key) if secrets.api_key else None,
            headers={name: mask(value) for name, value in secrets.headers.items()},
            options={
                name: mask(str(value)) if is_secret(name) else value
                for name, value in secrets.options.items()
            },
        )
    )


def _is_mask(value: object) -> bool:
    return isinstance(value, str) and value.startswith("****")


def _wrong(text: str) -> UnprocessableError:
    return UnprocessableError(text, fields=[text])
