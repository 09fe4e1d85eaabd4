"""Bodies and answers of `/keys`, `/key` and `/credits`."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from sightline.core.clock import format_us

Reset = Literal["daily", "weekly", "monthly"]
Text = Annotated[str, Meta(min_length=1, max_length=255)]
PerMinute = Annotated[int, Meta(ge=1, le=2_000_000_000)]
Models = Annotated[tuple[str, ...], Meta(min_length=1, max_length=1_000)]


class CreateKeyBody(msgspec.Struct, kw_only=True):
    """`POST /keys`. From `is_management` on the fields are ours."""

    name: Text
    limit: Decimal | None = None
    limit_reset: Reset | None = None
    include_byok_in_limit: bool | None = None
    expires_at: datetime | None = None
    workspace_id: str | None = None
    creator_user_id: str | None = None
    external: dict[str, Any] | None = None
    is_management: bool = False
    allowed_models: Models | None = None
    rpm: PerMinute | None = None
    tpm: PerMinute | None = None
    metadata: dict[str, Any] | None = None


class UpdateKeyBody(msgspec.Struct, kw_only=True):
    """`PATCH /keys/{hash}`. From `expires_at` on the fields are ours."""

    name: Text | UnsetType = UNSET
    disabled: bool | UnsetType = UNSET
    limit: Decimal | UnsetType | None = UNSET
    limit_reset: Reset | UnsetType | None = UNSET
    include_byok_in_limit: bool | UnsetType = UNSET
    workspace_id: str | UnsetType | None = UNSET
    expires_at: datetime | UnsetType | None = UNSET
    allowed_models: Models | UnsetType | None = UNSET
    rpm: PerMinute | UnsetType | None = UNSET
    tpm: PerMinute | UnsetType | None = UNSET
    metadata: dict[str, Any] | UnsetType | None = UNSET


class Amounts(msgspec.Struct, frozen=True, kw_only=True):
    """USD that a key has spent, and what is left of its limit."""

    limit: Decimal | None = None
    limit_remaining: Decimal | None = None
    limit_reset: str | None = None
    include_byok_in_limit: bool = False
    usage: Decimal = Decimal(0)
    usage_daily: Decimal = Decimal(0)
    usage_weekly: Decimal = Decimal(0)
    usage_monthly: Decimal = Decimal(0)
    byok_usage: Decimal = Decimal(0)
    byok_usage_daily: Decimal = Decimal(0)
    byok_usage_weekly: Decimal = Decimal(0)
    byok_usage_monthly: Decimal = Decimal(0)


class KeyView(msgspec.Struct, frozen=True, kw_only=True):
    """A key as the API shows it; times are Unix µs."""

    hash: str
    label: str
    name: str
    workspace_id: str
    amounts: Amounts = Amounts()
    disabled: bool = False
    is_management: bool = False
    allowed_models: tuple[str, ...] | None = None
    rpm: int | None = None
    tpm: int | None = None
    metadata: Any = None
    created_at_us: int = 0
    updated_at_us: int | None = None
    last_used_at_us: int | None = None
    expires_at_us: int | None = None


def key_body(key: KeyView) -> dict[str, Any]:
    """Return a key in OpenRouter's shape, then what is ours."""
    return {
        "hash": key.hash,
        "label": key.label,
        "name": key.name,
        "disabled": key.disabled,
        **_amounts(key.amounts),
        "created_at": format_us(key.created_at_us),
        "updated_at": _when(key.updated_at_us),
        "last_used_at": _when(key.last_used_at_us),
        "expires_at": _when(key.expires_at_us),
        "creator_user_id": None,
        "external_user": None,
        "workspace_id": key.workspace_id,
        "is_management": key.is_management,
        "allowed_models": key.allowed_models,
        "rpm": key.rpm,
        "tpm": key.tpm,
        "metadata": key.metadata,
    }


def current_key_body(
    label: str,
    amounts: Amounts,
    *,
    is_management: bool,
    workspace_id: str,
    rpm: int | None = None,
    expires_at_us: int | None = None,
) -> dict[str, Any]:
    """Return what `GET /key` says of the key that asks."""
    return {
        "label": label,
        **_amounts(amounts),
        "is_free_tier": False,
        "is_management_key": is_management,
        "is_provisioning_key": is_management,
        "creator_user_id": None,
        "organization_id": None,
        "workspace_id": workspace_id,
        "expires_at": _when(expires_at_us),
        "allowed_data_regions": ["global"],
        "budgets": [],
        "effective_budget": None,
        # No model has a daily allowance here.
        "free_model_daily_requests": {"limit": 0, "remaining": 0, "used": 0},
        "rate_limit": {
            "requests": -1 if rpm is None else rpm,
            "interval": "1m",
            "note": "-1 is no limit",
        },
    }


def _amounts(amounts: Amounts) -> dict[str, Any]:
    return {
        name: float(value) if isinstance(value, Decimal) else value
        for name, value in msgspec.structs.asdict(amounts).items()
    }


def _when(us: int | None) -> str | None:
    return None if us is None else format_us(us)
