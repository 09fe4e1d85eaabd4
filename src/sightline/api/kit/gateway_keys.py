"""A gateway key as JSON, the same on each face that has them."""

import msgspec
from msgspec import UNSET

from sightline.core.clock import to_us
from sightline.core.errors import InvalidRequestError
from sightline.core.ids import format_id
from sightline.services.gateway.accounts import KeyChanges, KeyWithSpend, NewKey
from sightline.stores.catalog.gateway_spend import to_usd
from sightline.wire.openrouter.keys import Amounts, CreateKeyBody, KeyView, UpdateKeyBody


def key_view(found: KeyWithSpend) -> KeyView:
    """Return a key as the API shows it."""
    key, spent = found.key, found.spent
    return KeyView(
        hash=key.hash,
        label=key.label,
        name=key.name,
        workspace_id=format_id(key.workspace_id),
        amounts=Amounts(
            limit=key.limit_usd,
            limit_remaining=found.remaining,
            limit_reset=key.limit_reset,
            include_byok_in_limit=key.include_byok_in_limit,
            usage=to_usd(spent.total),
            usage_daily=to_usd(spent.daily),
            usage_weekly=to_usd(spent.weekly),
            usage_monthly=to_usd(spent.monthly),
            byok_usage=to_usd(spent.byok_total),
            byok_usage_daily=to_usd(spent.byok_daily),
            byok_usage_weekly=to_usd(spent.byok_weekly),
            byok_usage_monthly=to_usd(spent.byok_monthly),
        ),
        disabled=key.disabled,
        is_management=key.is_management,
        allowed_models=key.allowed_models,
        rpm=key.rpm,
        tpm=key.tpm,
        metadata=key.metadata,
        created_at_us=key.created_at_us,
        updated_at_us=key.last_updated_at_us,
        last_used_at_us=key.last_used_at_us,
        expires_at_us=key.expires_at_us,
    )


def new_key_of(body: CreateKeyBody) -> NewKey:
    """Return the key that a body asks for. Raises `InvalidRequestError` for what is not built."""
    for name in ("creator_user_id", "external"):
        if getattr(body, name) is not None:
            raise InvalidRequestError(f"{name} is not built: keys belong to the workspace")
    return NewKey(
        name=body.name,
        limit=body.limit,
        limit_reset=body.limit_reset,
        include_byok_in_limit=bool(body.include_byok_in_limit),
        expires_at_us=None if body.expires_at is None else to_us(body.expires_at),
        is_management=body.is_management,
        allowed_models=body.allowed_models,
        rpm=body.rpm,
        tpm=body.tpm,
        metadata=body.metadata,
    )


def changes_of(body: UpdateKeyBody) -> KeyChanges:
    """Return the changes that a body asks for."""
    given = {
        name: value
        for name, value in msgspec.structs.asdict(body).items()
        if value is not UNSET and name not in {"workspace_id", "expires_at"}
    }
    if body.expires_at is not UNSET:
        given["expires_at_us"] = None if body.expires_at is None else to_us(body.expires_at)
    return KeyChanges(**given)
