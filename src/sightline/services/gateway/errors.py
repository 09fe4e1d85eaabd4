"""What the gateway tells callers when a call fails: OpenRouter's error types and their status."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from sightline.core.errors import SightlineError
from sightline.domain.generation import ApiType, CallError
from sightline.wire.openai import stamp

# https://openrouter.ai/docs/api/reference/errors: error type → HTTP status.
STATUS: dict[str, int] = {
    **dict.fromkeys(
        "context_length_exceeded max_tokens_exceeded token_limit_exceeded string_too_long "
        "invalid_request invalid_prompt content_policy_violation refusal invalid_image "
        "image_too_large image_too_small unsupported_image_format image_download_failed".split(),
        400,
    ),
    "authentication": 401,
    "payment_required": 402,
    "permission_denied": 403,
    "not_found": 404,
    "image_not_found": 404,
    "precondition_failed": 412,
    "payload_too_large": 413,
    "unprocessable": 422,
    "rate_limit_exceeded": 429,
    "server": 500,
    "unmapped": 500,
    "provider_unavailable": 502,
    "provider_overloaded": 503,
    "timeout": 504,
}
# Of our own tree, to the word that callers of the gateway know.
_TYPES = {
    "store_unavailable": "provider_overloaded",
    "store_full": "provider_overloaded",
    "configuration": "server",
    "conflict": "invalid_request",
    "unsupported_media_type": "invalid_request",
    "not_implemented": "invalid_request",
}

# Why routing found nothing: HTTP status, error type, and whether the same call may work later.
_AVAILABILITY: dict[str, tuple[int, str, bool]] = {
    "model_not_found": (400, "invalid_request", False),
    "wrong_endpoint": (400, "invalid_request", False),
    "no_endpoints": (404, "not_found", False),
    "constraint_filtered": (404, "not_found", False),
    "privacy_restricted": (404, "not_found", False),
    "free_variant_ended": (404, "not_found", False),
    "capacity_exhausted": (429, "rate_limit_exceeded", True),
    "temporarily_unavailable": (503, "provider_overloaded", True),
}


class CallFailedError(SightlineError):
    """A call cannot be answered. `error_type` is OpenRouter's; `metadata` is shown."""

    def __init__(
        self,
        message: str,
        error_type: str,
        *,
        status: int | None = None,
        metadata: Mapping[str, Any] | None = None,
        availability: Mapping[str, Any] | None = None,
        retry_after_s: int | None = None,
        hint: str | None = None,
    ) -> None:
        super().__init__(message, hint=hint, retry_after_s=retry_after_s)
        self.error_type = error_type
        self.http_status = status or STATUS.get(error_type, 500)
        self.metadata = dict(metadata or {})
        self.availability = availability


class Failure(msgspec.Struct, frozen=True, kw_only=True):
    """An error as callers get it; `error` is the object under that name in the envelope."""

    status: int
    error_type: str
    error: dict[str, Any]
    headers: Mapping[str, str] = {}

    @property
    def message(self) -> str:
        return str(self.error["message"])

    @property
    def record(self) -> CallError:
        return CallError(type=self.error_type, message=self.message, code=self.status)


def unroutable(
    code: str,
    message: str,
    *,
    models: Sequence[str] = (),
    providers: Sequence[str] = (),
    excluded_by: Sequence[str] = (),
    retry_after_s: int | None = None,
    hint: str | None = None,
) -> CallFailedError:
    """Return the error for a call that no endpoint may serve; `code` is OpenRouter's."""
    status, error_type, retryable = _AVAILABILITY[code]
    availability: dict[str, Any] = {"code": code, "retryable": retryable}
    if retry_after_s is not None:
        availability["retry_after"] = retry_after_s
    if models:
        availability["requested_models"] = list(models)
    if providers:
        availability["affected_providers"] = list(providers)
    if excluded_by:
        availability["excluded_by"] = list(excluded_by)
        availability["constraint"] = excluded_by[0]
    return CallFailedError(
        message,
        error_type,
        status=status,
        availability=availability,
        retry_after_s=retry_after_s,
        hint=hint,
    )


def failure(error: SightlineError) -> Failure:
    """Return what callers are told of an error. Nothing of the insides of a 5xx of ours is said."""
    headers: dict[str, str] = dict(getattr(error, "headers", {}))
    if error.retry_after_s is not None:
        headers["retry-after"] = str(error.retry_after_s)
    message = error.message if error.hint is None else f"{error.message}. {error.hint}"
    metadata: dict[str, Any]
    if isinstance(error, CallFailedError):
        status, error_type = error.http_status, error.error_type
        metadata = {"error_type": error_type, **error.metadata}
    else:
        status = 503 if error.status == 507 else error.status
        error_type = _TYPES.get(error.code, error.code)
        metadata = {"error_type": error_type, **getattr(error, "metadata", {})}
        if status == 500:
            message = "Internal Server Error"
    body: dict[str, Any] = {"code": status, "message": message, "metadata": metadata}
    if isinstance(error, CallFailedError) and error.availability is not None:
        body["availability"] = error.availability
    return Failure(status=status, error_type=error_type, error=body, headers=headers)


def envelope(api: ApiType, why: Failure) -> dict[str, Any]:
    """Return the body of an error as callers of this api expect it."""
    if api == "messages":
        inner = {"type": stamp.anthropic_type(why.error_type), "message": why.message}
        return {"type": "error", "error": inner}
    return {"error": why.error}
