"""Answers of `/presets`, and what of a call's body becomes a preset."""

from collections.abc import Mapping
from typing import Any

import msgspec

from sightline.core.clock import format_us


class PresetView(msgspec.Struct, frozen=True, kw_only=True):
    """A preset as the API shows it; times are Unix µs."""

    id: str
    slug: str
    name: str
    description: str | None
    status: str
    workspace_id: str
    designated_version_id: str | None
    created_at_us: int
    updated_at_us: int


class VersionView(msgspec.Struct, frozen=True, kw_only=True):
    """A version of a preset."""

    id: str
    preset_id: str
    version: int
    system_prompt: str | None
    config: Mapping[str, Any]
    created_by: str
    created_at_us: int


def preset_body(preset: PresetView) -> dict[str, Any]:
    return {
        "id": preset.id,
        "slug": preset.slug,
        "name": preset.name,
        "description": preset.description,
        "status": preset.status,
        "status_updated_at": None,
        "designated_version_id": preset.designated_version_id,
        "creator_user_id": None,
        "workspace_id": preset.workspace_id,
        "created_at": format_us(preset.created_at_us),
        "updated_at": format_us(preset.updated_at_us),
    }


def version_body(version: VersionView) -> dict[str, Any]:
    when = format_us(version.created_at_us)
    return {
        "id": version.id,
        "preset_id": version.preset_id,
        "version": version.version,
        "system_prompt": version.system_prompt,
        "config": version.config,
        "creator_id": version.created_by,
        "created_at": when,
        "updated_at": when,
    }


def prompt_of(body: Mapping[str, Any]) -> str | None:
    """Return the system prompt of a call: `system`, `instructions`, or its first messages."""
    for name in ("system", "instructions"):
        if body.get(name):
            return _text(body[name])
    messages = body.get("messages")
    said: list[str] = []
    for message in messages if isinstance(messages, list) else []:
        if not isinstance(message, dict) or message.get("role") not in {"system", "developer"}:
            break
        text = _text(message.get("content"))
        if text:
            said.append(text)
    return "\n\n".join(said) or None


def _text(content: Any) -> str | None:
    if isinstance(content, str):
        return content
    if isinstance(content, list):
        parts = (p.get("text") for p in content if isinstance(p, dict))
        return "\n".join(part for part in parts if isinstance(part, str)) or None
    return None
