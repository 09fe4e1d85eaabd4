"""What a gateway key looks like, the caller that it makes, and how a key that may not is told."""

import hashlib
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import msgspec

from sightline.core.errors import PaymentRequiredError, RateLimitedError
from sightline.domain.gateway import Caller
from sightline.domain.generation import KEY_PREFIX, OpikHints, UsedKey
from sightline.domain.workspace import DEFAULT_WORKSPACE, DEFAULT_WORKSPACE_ID
from sightline.services.gateway._limits import Meter
from sightline.stores.catalog.gateway_keys import GatewayKey
from sightline.stores.catalog.gateway_spend import Spent, to_usd

PREFIX = KEY_PREFIX
UNKNOWN_KEY = "User not found."


class KeyLimitError(PaymentRequiredError):
    """A key has spent what it may; `metadata` is for the error envelope."""

    def __init__(self, message: str, metadata: dict[str, Any]) -> None:
        super().__init__(message, hint="Raise the key's limit, or use another key")
        self.metadata = metadata


class KeyRateError(RateLimitedError):
    """A key makes more calls, or takes more tokens, than it may in a minute."""

    def __init__(self, message: str, wait_s: int, headers: dict[str, str]) -> None:
        super().__init__(message, retry_after_s=wait_s)
        self.headers = headers


def hash_key(text: str) -> bytes:
    """Return what is stored of a key. It is random, so it needs no salt and no slow hash."""
    return hashlib.sha256(text.encode("utf-8", "replace")).digest()


def label_of(text: str) -> str:
    """Return how a key may be shown: `sk-sl-v1-0e6...1c96`."""
    return f"{text[: len(PREFIX) + 3]}...{text[-4:]}"


def caller_of(key: GatewayKey) -> Caller:
    """Return the caller that a key makes; `metadata.opik` says what each call is marked with."""
    metadata = key.metadata or {}
    opik = metadata.get("opik")
    raw: Mapping[str, Any] = opik if isinstance(opik, Mapping) else {}
    return Caller(
        workspace_id=key.workspace_id,
        workspace_name=key.workspace_name,
        user=key.name,
        key=UsedKey(hash=key.hash, name=key.name, label=key.label),
        key_id=key.id,
        is_management=key.is_management,
        allowed_models=None if key.allowed_models is None else frozenset(key.allowed_models),
        opik=OpikHints(
            project_name=_text(raw.get("project_name")),
            tags=tuple(str(tag) for tag in raw.get("tags") or () if tag is not None),
            thread_id=_text(raw.get("thread_id")),
        ),
        opik_raw=raw,
        metadata={name: value for name, value in metadata.items() if name != "opik"},
    )


def limit_left(key: GatewayKey, spent: Spent) -> Decimal | None:
    """Return how many USD of the key's limit are left; None without a limit."""
    if key.limit_usd is None:
        return None
    meter = Meter(msgspec.structs.replace(spent))
    used = meter.used(key.limit_reset, spent.day, with_byok=key.include_byok_in_limit)
    return max(Decimal(0), key.limit_usd - to_usd(used))


def master_caller(text: str) -> Caller:
    return Caller(
        workspace_id=DEFAULT_WORKSPACE_ID,
        workspace_name=DEFAULT_WORKSPACE,
        user="master",
        key=UsedKey(hash=hash_key(text).hex(), name="master key of the file", label="****"),
        is_management=True,
    )


def over_limit(key: GatewayKey, used: int) -> KeyLimitError:
    period = key.limit_reset or "total"
    return KeyLimitError(
        f"Key limit exceeded ({period} limit)",
        {
            "error_type": "payment_required",
            "limit": float(key.limit_usd or 0),
            "limit_reset": key.limit_reset,
            "limit_remaining": 0,
            "usage": float(to_usd(used)),
            "key": key.label,
        },
    )


def over_rate(what: str, limit: int, wait_s: int) -> KeyRateError:
    return KeyRateError(
        f"Rate limit exceeded: this key may use {limit} {what} per minute",
        wait_s,
        {"X-RateLimit-Limit": str(limit), "X-RateLimit-Remaining": "0"},
    )


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None
