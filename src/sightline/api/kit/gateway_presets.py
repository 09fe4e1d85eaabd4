"""A preset as JSON, the same on each face that has them."""

from typing import Any

from sightline.core.ids import format_id
from sightline.services.gateway.presets import FullPreset
from sightline.stores.catalog.presets import PresetRow, PresetVersion
from sightline.wire.openrouter.presets import (
    PresetView,
    VersionView,
    preset_body,
    version_body,
)


def full_body(preset: FullPreset) -> dict[str, Any]:
    """Return a preset with the version that calls use."""
    row, version = preset.row, preset.version
    return {
        **preset_body(_view(row, version)),
        "designated_version": None if version is None else version_body(version_view(version)),
    }


def listed_body(row: PresetRow) -> dict[str, Any]:
    """Return a preset as a list has it."""
    return preset_body(_view(row, None))


def version_view(version: PresetVersion) -> VersionView:
    """Return a version as the API shows it."""
    return VersionView(
        id=format_id(version.id),
        preset_id=format_id(version.preset_id),
        version=version.version,
        system_prompt=version.system_prompt,
        config=version.config,
        created_by=version.created_by,
        created_at_us=version.created_at_us,
    )


def _view(row: PresetRow, version: PresetVersion | None) -> PresetView:
    return PresetView(
        id=format_id(row.id),
        slug=row.slug,
        name=row.name,
        description=row.description,
        status=row.status,
        workspace_id=format_id(row.workspace_id),
        designated_version_id=None if version is None else format_id(version.id),
        created_at_us=row.created_at_us,
        updated_at_us=row.last_updated_at_us,
    )
