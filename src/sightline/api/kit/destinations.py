"""A destination as JSON, the same on each face that has them (OpenRouter's names)."""

from collections.abc import Sequence
from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from sightline.core.clock import format_us
from sightline.core.errors import InvalidRequestError
from sightline.core.ids import format_id
from sightline.destinations.base import masked
from sightline.domain.broadcast import Extras, Rules
from sightline.domain.broadcast_filter import decode_filter_rules
from sightline.services.broadcast.targets import Target

_REGIONS = ["global"]
_HASH_LENGTH = 64


class DestinationFields(msgspec.Struct, kw_only=True):
    """What may be said of a destination, all of it optional."""

    name: str | UnsetType = UNSET
    config: dict[str, Any] | UnsetType = UNSET
    enabled: bool | UnsetType = UNSET
    privacy_mode: bool | UnsetType = UNSET
    sampling_rate: float | UnsetType = UNSET
    api_key_hashes: list[str] | UnsetType | None = UNSET
    excluded_api_key_hashes: list[str] | UnsetType | None = UNSET
    filter_rules: dict[str, Any] | UnsetType | None = UNSET
    broadcast_generation_cost: bool | UnsetType = UNSET
    broadcast_generation_identity: bool | UnsetType = UNSET
    broadcast_generation_request_context: bool | UnsetType = UNSET
    broadcast_generation_cost_allocation: bool | UnsetType = UNSET
    regions: list[str] | UnsetType = UNSET


def rules_of(fields: DestinationFields, base: Rules) -> Rules:
    """Return the rules, where the fields say nothing those of `base`.

    Raises `InvalidRequestError` naming the field.
    """
    if fields.regions is not UNSET and fields.regions != _REGIONS:
        raise _wrong('regions must be ["global"]: this server has no others')
    if fields.broadcast_generation_cost_allocation is True:
        raise _wrong("broadcast_generation_cost_allocation is not built")
    changes: dict[str, Any] = {
        name: value
        for name in ("enabled", "privacy_mode", "sampling_rate")
        if (value := getattr(fields, name)) is not UNSET
    }
    if fields.api_key_hashes is not UNSET:
        hashes = fields.api_key_hashes
        if hashes == []:
            raise _wrong("api_key_hashes must have at least one hash, or be null for every key")
        changes["key_hashes"] = None if hashes is None else _hashes(hashes, "api_key_hashes")
    if fields.excluded_api_key_hashes is not UNSET:
        changes["excluded_key_hashes"] = _hashes(
            fields.excluded_api_key_hashes or [], "excluded_api_key_hashes"
        )
    if fields.filter_rules is not UNSET:
        rules = fields.filter_rules
        changes["filter_rules"] = None if rules is None else decode_filter_rules(rules)
    blocks = {
        name: value
        for name in Extras.__struct_fields__
        if (value := getattr(fields, f"broadcast_{name}")) is not UNSET
    }
    if blocks:
        changes["extras"] = msgspec.structs.replace(base.extras, **blocks)
    return msgspec.structs.replace(base, **changes)


def destination_body(target: Target) -> dict[str, Any]:
    """Return a destination, its secrets masked."""
    rules, row = target.rules, target.row
    values = target.values
    shown = masked(target.destination, values) if target.destination and values else {}
    return {
        "id": format_id(target.id),
        "name": target.name,
        "type": target.type,
        "config": shown,
        "enabled": rules.enabled,
        "privacy_mode": rules.privacy_mode,
        "sampling_rate": rules.sampling_rate,
        "api_key_hashes": sorted(rules.key_hashes) if rules.key_hashes else None,
        "excluded_api_key_hashes": sorted(rules.excluded_key_hashes),
        "filter_rules": rules.filter_rules,
        **{f"broadcast_{name}": getattr(rules.extras, name) for name in Extras.__struct_fields__},
        "broadcast_generation_cost_allocation": False,
        "regions": _REGIONS,
        "created_at": format_us(row.created_at_us) if row else format_us(0),
        "updated_at": format_us(row.last_updated_at_us) if row else format_us(0),
        "workspace_id": format_id(target.workspace_id),
    }


def _hashes(found: Sequence[str], name: str) -> frozenset[str]:
    wanted = frozenset(text.lower() for text in found)
    for text in wanted:
        if len(text) != _HASH_LENGTH or not set(text) <= set("0123456789abcdef"):
            raise _wrong(f"{name} must hold SHA-256 hashes of keys (64 hex digits each)")
    return wanted


def _wrong(text: str) -> InvalidRequestError:
    return InvalidRequestError(text, fields=[text])
