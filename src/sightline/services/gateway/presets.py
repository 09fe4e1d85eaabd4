"""Presets: named sets of request fields, kept in versions."""

import re
from collections.abc import Mapping
from typing import Annotated, Any

import msgspec
from msgspec import UNSET, Meta, UnsetType
from sqlalchemy import Connection

from sightline.core.clock import Clock
from sightline.core.errors import ConflictError, NotFoundError, UnprocessableError
from sightline.core.ids import Id, new_id
from sightline.services.gateway.catalogue import GatewayCatalogue
from sightline.services.gateway.definitions import Name
from sightline.stores.catalog import presets, workspaces
from sightline.stores.catalog.engine import Catalog
from sightline.stores.catalog.pages import MAX_SIZE, Page
from sightline.stores.catalog.presets import PresetRow, PresetVersion

_SLUG = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
# What a preset may hold of a request; the rest of a body that one is made from is passed over.
CONFIG_FIELDS = frozenset(
    "model models route provider plugins temperature top_p top_k top_a min_p frequency_penalty "
    "presence_penalty repetition_penalty seed stop max_tokens max_completion_tokens logit_bias "
    "logprobs top_logprobs response_format tools tool_choice parallel_tool_calls modalities "
    "image_config prediction reasoning reasoning_effort service_tier cache_control verbosity "
    "prompt_cache_key prompt_cache_options stop_server_tools_when transforms user trace metadata "
    "session_id cache_enabled cache_ttl_seconds text include thinking output_config".split()
)
_MAX_PRESETS = MAX_SIZE
_MAX_VERSIONS = MAX_SIZE
_STATUSES = r"^(active|disabled|archived)$"

Description = Annotated[str, Meta(max_length=4_000)]
Prompt = Annotated[str, Meta(max_length=1_000_000)]


class PresetBody(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """A preset to make; `config` are request fields."""

    slug: str
    name: Name | None = None
    description: Description | None = None
    system_prompt: Prompt | None = None
    config: dict[str, Any] = {}


class PresetChanges(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """What of a preset changes; `system_prompt` or `config` make a version."""

    name: Name | UnsetType = UNSET
    description: Description | UnsetType | None = UNSET
    status: Annotated[str, Meta(pattern=_STATUSES)] | UnsetType = UNSET
    system_prompt: Prompt | UnsetType | None = UNSET
    config: dict[str, Any] | UnsetType = UNSET
    designated_version: Annotated[int, Meta(ge=1)] | UnsetType = UNSET


class FullPreset(msgspec.Struct, frozen=True):
    """A preset and the version that calls use."""

    row: PresetRow
    version: PresetVersion | None


class Presets:
    """Makes, changes and reads presets."""

    def __init__(self, catalog: Catalog, catalogue: GatewayCatalogue, clock: Clock) -> None:
        self._catalog = catalog
        self._catalogue = catalogue
        self._clock = clock

    async def list_page(
        self, workspace_id: Id, *, offset: int = 0, limit: int = 100
    ) -> Page[PresetRow]:
        """Return presets by slug."""
        return await self._catalog.read(
            lambda c: presets.list_page(c, workspace_id, offset=offset, limit=limit)
        )

    async def get(self, workspace_id: Id, slug: str) -> FullPreset:
        """Return one with its designated version. Raises `NotFoundError`."""
        return await self._catalog.read(lambda c: _full(c, workspace_id, slug))

    async def versions(
        self, workspace_id: Id, slug: str, *, offset: int = 0, limit: int = 100
    ) -> Page[PresetVersion]:
        """Return a preset's versions, newest first. Raises `NotFoundError`."""

        def read(connection: Connection) -> Page[PresetVersion]:
            row = _full(connection, workspace_id, slug).row
            return presets.versions(connection, row.id, offset=offset, limit=limit)

        return await self._catalog.read(read)

    async def version(self, workspace_id: Id, slug: str, version: int) -> PresetVersion:
        """Return one version. Raises `NotFoundError`."""

        def read(connection: Connection) -> PresetVersion | None:
            row = _full(connection, workspace_id, slug).row
            return presets.get_version(connection, row.id, version)

        found = await self._catalog.read(read)
        if found is None:
            raise NotFoundError(f"The preset `{slug}` has no version {version}")
        return found

    async def create(self, workspace_id: Id, user: str, body: PresetBody) -> FullPreset:
        """Make a preset. Raises `ConflictError` for a slug that is taken."""
        slug, config = checked_slug(body.slug), checked_config(body.config)

        def write(connection: Connection) -> FullPreset:
            workspaces.lock(connection, workspace_id)
            if presets.get(connection, workspace_id, slug) is not None:
                raise ConflictError(f"There is a preset `{slug}` already")
            return self._insert(connection, workspace_id, user, slug, body, config)

        made = await self._catalog.write(write)
        self._catalogue.forget(workspace_id)
        return made

    async def save_from_call(
        self, workspace_id: Id, user: str, slug: str, body: Mapping[str, Any], prompt: str | None
    ) -> FullPreset:
        """Make a preset, or a new version of one, from the fields of a call.

        Fields that a preset does not hold are passed over.
        """
        slug = checked_slug(slug)
        config = {name: value for name, value in body.items() if name in CONFIG_FIELDS}

        def write(connection: Connection) -> FullPreset:
            workspaces.lock(connection, workspace_id)
            row = presets.get(connection, workspace_id, slug)
            if row is None:
                new = PresetBody(slug=slug, system_prompt=prompt)
                return self._insert(connection, workspace_id, user, slug, new, config)
            version = self._add_version(connection, row, user, prompt, config)
            values = self._touched(user) | {"designated_version": version.version}
            presets.update_fields(connection, row.id, values)
            return FullPreset(msgspec.structs.replace(row, **values), version)

        saved = await self._catalog.write(write)
        self._catalogue.forget(workspace_id)
        return saved

    async def update(
        self, workspace_id: Id, slug: str, user: str, changes: PresetChanges
    ) -> FullPreset:
        """Change a preset. Raises `NotFoundError`."""

        def write(connection: Connection) -> FullPreset:
            workspaces.lock(connection, workspace_id)
            found = _full(connection, workspace_id, slug)
            row, values = found.row, self._touched(user)
            for name in ("name", "description", "status"):
                if getattr(changes, name) is not UNSET:
                    values[name] = getattr(changes, name)
            if changes.designated_version is not UNSET:
                number = changes.designated_version
                if presets.get_version(connection, row.id, number) is None:
                    raise NotFoundError(f"The preset `{slug}` has no version {number}")
                values["designated_version"] = number
            if changes.system_prompt is not UNSET or changes.config is not UNSET:
                held = found.version
                prompt, config = changes.system_prompt, changes.config
                version = self._add_version(
                    connection,
                    row,
                    user,
                    (held.system_prompt if held else None) if prompt is UNSET else prompt,
                    (held.config if held else {}) if config is UNSET else checked_config(config),
                )
                values["designated_version"] = version.version
            presets.update_fields(connection, row.id, values)
            return _full(connection, workspace_id, slug)

        changed = await self._catalog.write(write)
        self._catalogue.forget(workspace_id)
        return changed

    async def remove(self, workspace_id: Id, slug: str) -> None:
        """Delete a preset with its versions. Raises `NotFoundError`."""

        def write(connection: Connection) -> None:
            presets.remove(connection, _full(connection, workspace_id, slug).row.id)

        await self._catalog.write(write)
        self._catalogue.forget(workspace_id)

    def _insert(
        self,
        connection: Connection,
        workspace_id: Id,
        user: str,
        slug: str,
        body: PresetBody,
        config: Mapping[str, Any],
    ) -> FullPreset:
        total = presets.list_page(connection, workspace_id, offset=0, limit=1).total
        if total >= _MAX_PRESETS:
            raise ConflictError(f"A workspace has at most {_MAX_PRESETS} presets")
        row = PresetRow(
            id=new_id(),
            workspace_id=workspace_id,
            slug=slug,
            name=body.name or slug,
            description=body.description,
            created_at_us=self._clock.now_us(),
            created_by=user,
            **self._touched(user),
        )
        presets.insert(connection, row)
        version = self._version(row, 1, user, body.system_prompt, config)
        presets.add_version(connection, version)
        return FullPreset(row, version)

    def _add_version(
        self,
        connection: Connection,
        row: PresetRow,
        user: str,
        prompt: str | None,
        config: Mapping[str, Any],
    ) -> PresetVersion:
        newest = presets.versions(connection, row.id, limit=1)
        if newest.total >= _MAX_VERSIONS:
            raise ConflictError(f"A preset has at most {_MAX_VERSIONS} versions")
        number = newest.items[0].version + 1 if newest.items else 1
        version = self._version(row, number, user, prompt, config)
        presets.add_version(connection, version)
        return version

    def _version(
        self, row: PresetRow, number: int, user: str, prompt: str | None, config: Mapping[str, Any]
    ) -> PresetVersion:
        return PresetVersion(
            id=new_id(),
            preset_id=row.id,
            version=number,
            system_prompt=prompt,
            config=config,
            created_at_us=self._clock.now_us(),
            created_by=user,
        )

    def _touched(self, user: str) -> dict[str, Any]:
        return {"last_updated_at_us": self._clock.now_us(), "last_updated_by": user}


def checked_slug(slug: str) -> str:
    """Return a preset's slug. Raises `UnprocessableError`."""
    clean = slug.strip().lower()
    if not _SLUG.fullmatch(clean):
        raise _wrong("slug must have 1 to 64 letters, digits, - and _, and begin with no sign")
    return clean


def checked_config(config: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the fields of a preset. Raises `UnprocessableError` naming one that it cannot hold."""
    unknown = sorted(set(config) - CONFIG_FIELDS)
    if unknown:
        raise _wrong(f"config.{unknown[0]} is no field that a preset can hold")
    return config


def _full(connection: Connection, workspace_id: Id, slug: str) -> FullPreset:
    row = presets.get(connection, workspace_id, slug.lower())
    if row is None:
        raise NotFoundError(f"There is no preset `{slug}`")
    return FullPreset(row, presets.get_version(connection, row.id, row.designated_version))


def _wrong(text: str) -> UnprocessableError:
    return UnprocessableError(text, fields=[text])
