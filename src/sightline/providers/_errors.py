"""Upstreams' refusals in OpenRouter's words, and without any key in them."""

import re
from collections.abc import Mapping
from typing import Any

import msgspec

from sightline.domain.upstream import BadAnswerError, UpstreamError
from sightline.wire.loose import as_dict, as_text

_MAX_MESSAGE = 2_000

# What providers call the same thing: `code`, `type` or `status` of their error object.
_CODES = {
    "context_length_exceeded": "context_length_exceeded string_above_max_length"
    " context_window_exceeded model_context_window_exceeded request_too_long prompt_too_long",
    "content_policy_violation": "content_filter content_policy_violation content_policy"
    " responsibleaipolicyviolation moderation_blocked data_inspection_failed cyber_policy",
    "invalid_prompt": "invalid_prompt",
    "invalid_image": "invalid_image invalid_base64_image image_parse_error invalid_image_format"
    " image_file_too_small_or_corrupt invalid_image_url invalid_image_mode",
    "image_too_large": "image_too_large image_file_too_large",
    "image_too_small": "image_too_small",
    "unsupported_image_format": "unsupported_image_media_type unsupported_image_format",
    "image_download_failed": "failed_to_download_image image_download_failed",
    "image_not_found": "image_file_not_found image_not_found",
    "authentication": "invalid_api_key authentication_error unauthenticated invalid_token"
    " unrecognizedclientexception expiredtokenexception invalidsignatureexception"
    " incompletesignature missingauthenticationtokenexception",
    "payment_required": "insufficient_quota billing_error insufficient_balance"
    " billing_hard_limit_reached exceeded_current_quota_error payment_required",
    "permission_denied": "permission_error permission_denied accessdeniedexception"
    " unsupported_country_region_territory",
    "not_found": "not_found_error model_not_found not_found resourcenotfoundexception"
    " deploymentnotfound",
    "payload_too_large": "request_too_large payload_too_large",
    "rate_limit_exceeded": "rate_limit_exceeded rate_limit_error resource_exhausted"
    " throttlingexception too_many_requests servicequotaexceededexception rate_limit_reached",
    "provider_overloaded": "overloaded_error overloaded unavailable serviceunavailableexception"
    " modelnotreadyexception engine_overloaded_error engine_overloaded server_overloaded"
    " service_unavailable capacity_exceeded slow_down",
    "timeout": "timeout_error deadline_exceeded modeltimeoutexception request_timeout timeout",
    "provider_unavailable": "server_error api_error internal_error internalserverexception"
    " internal internal_server_error modelstreamerrorexception modelerrorexception",
}
_TYPE_BY_CODE = {code: kind for kind, codes in _CODES.items() for code in codes.split()}

# Read only of a 400, 413 or 422, whose code says no more than that the request is wrong.
_PHRASES: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), kind)
    for pattern, kind in (
        (
            r"context (?:length|window|size|limit)|maximum (?:context|prompt|sequence|input) length"
            r"|(?:prompt|input) is too long|too many (?:input )?tokens|input (?:length|token count)"
            r"|reduce (?:the|your) (?:length|input|prompt)|max_prompt_tokens|tokens? exceeds? the"
            r"|exceed(?:s|ed)? (?:the )?(?:max|maximum|model'?s?|available|context)[^.]{0,40}token",
            "context_length_exceeded",
        ),
        (
            r"content (?:management )?policy|content filter|usage polic|safety (?:system|filter)"
            r"|flagged|moderation|responsible ai|inappropriate content",
            "content_policy_violation",
        ),
        (r"(?:download|fetch)\w*[^.]{0,40}(?:image|url)", "image_download_failed"),
        (r"image[^.]{0,60}(?:too large|exceeds|maximum|size limit)", "image_too_large"),
        (r"(?:unsupported|invalid)[^.]{0,20}image|could not process image", "invalid_image"),
        (r"credit balance is too low", "payment_required"),
        (r"api key not valid|invalid api key|incorrect api key", "authentication"),
    )
)

_BY_STATUS = {
    400: "invalid_request",
    401: "authentication",
    402: "payment_required",
    403: "permission_denied",
    404: "not_found",
    408: "timeout",
    412: "precondition_failed",
    413: "payload_too_large",
    422: "unprocessable",
    429: "rate_limit_exceeded",
    498: "provider_overloaded",
    503: "provider_overloaded",
    504: "timeout",
    524: "timeout",
    529: "provider_overloaded",
}
# What a code may still refine when the status is already clear.
_REFINES = frozenset({400, 403, 404, 413, 422, 429, 500, 502, 503, 200, 0})

_KEYS = re.compile(
    r"\b(?:sk|pk|rk|gsk|xai|hf|pplx|nvapi|fw|r8|csk|tgp|key|dapi|AIza|ghp|github_pat|ya29|AKIA|ASIA)"
    r"[-_.]?[A-Za-z0-9*_\-.]{12,}"
    r"|\bsk-[^\s\"',;]{4,}"
    r"|\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_\-.]{8,}"
    r"|(?i:(?<=bearer )\S+|(?<=[?&]key=)[^&\s\"']+|(?<=api-key: )\S+)"
    r"|\b[A-Fa-f0-9]{32,}\b"
)
_TAG = re.compile(r"<[^>]*>")


def refusal(status: int, headers: Mapping[str, str], data: bytes) -> UpstreamError:
    """Read an error answer of any provider; `headers` have lower-case names."""
    text = data[:65_536].decode("utf-8", "replace").strip()
    try:
        value = msgspec.json.decode(text) if text[:1] in ("{", "[", '"') else None
    except (msgspec.DecodeError, RecursionError):
        value = None
    if isinstance(value, list):  # Gemini's stream
        value = value[0] if value else None
    message, codes = _read(value)
    if amazon := headers.get("x-amzn-errortype"):
        codes = [amazon.partition(":")[0], *codes]
    is_plain = value is None and text and "html" not in headers.get("content-type", "")
    if not message and is_plain and "<html" not in text[:500].lower():
        message = _TAG.sub(" ", text)[:300]
    message = clean(message) or f"The provider answered with status {status}"
    kind = _kind(status, codes, message)
    code = next((code for code in codes if code), None)
    return UpstreamError(type=kind, message=message, status=status, provider_code=code)


def in_answer(value: Any) -> UpstreamError | None:
    """Return the error that stands in an answer or a stream event with status 200."""
    body = as_dict(value)
    found = body.get("error")
    if not found:
        return None
    message, codes = _read(body)
    number = as_dict(found).get("code")
    status = number if number.__class__ is int and 400 <= number < 600 else 502
    message = clean(message) or "The provider failed while it answered"
    code = next((code for code in codes if code), None)
    kind = _kind(status, codes, message)
    return UpstreamError(type=kind, message=message, status=status, provider_code=code)


def broken(message: str) -> UpstreamError:
    """Return the error of an upstream that does not keep to its protocol."""
    return UpstreamError(type="provider_unavailable", message=message, status=502)


def no_answer(what: str = "an answer") -> BadAnswerError:
    """Return the exception for bytes that are not what they should be."""
    return BadAnswerError(broken(f"The provider sent what is not {what}"))


def clean(message: str) -> str:
    """Return the message without anything that looks like a key, and not too long."""
    return _KEYS.sub("[key]", message.strip())[:_MAX_MESSAGE]


def _kind(status: int, codes: list[str], message: str) -> str:
    if status in _REFINES:
        for code in codes:
            if kind := _TYPE_BY_CODE.get(code.lower().replace("-", "_")):
                return kind
    if status in (400, 413, 422, 500):
        for pattern, kind in _PHRASES:
            if pattern.search(message):
                return kind
    if status == 403 and _PHRASES[1][0].search(message):
        return "content_policy_violation"
    if found := _BY_STATUS.get(status):
        return found
    return "invalid_request" if 400 <= status < 500 else "provider_unavailable"


def _read(value: Any) -> tuple[str, list[str]]:
    """Return the message and the codes, the most telling first."""
    if isinstance(value, str):
        return value, []
    body = as_dict(value)
    error = body.get("error", body)
    if isinstance(error, str):
        codes = [as_text(body.get("code")), as_text(body.get("type"))]
        return as_text(body.get("message")) or as_text(body.get("error_description")) or error, [
            code for code in codes if code
        ]
    error = as_dict(error)
    message = (
        error.get("message") or error.get("Message") or error.get("detail") or error.get("msg")
    )
    if isinstance(message, list):
        message = "; ".join(_field_error(item) for item in message[:5])
    elif isinstance(message, dict):
        message = as_text(message.get("message")) or msgspec.json.encode(message).decode()
    inner = as_dict(error.get("innererror"))
    meta = as_dict(error.get("metadata"))
    codes = [
        as_text(word)
        for word in (
            inner.get("code"),
            error.get("code"),
            error.get("status"),
            meta.get("error_type"),
            error.get("type"),
        )
    ]
    return as_text(message), [code for code in codes if code and code != "error"]


def _field_error(item: Any) -> str:
    error = as_dict(item)
    place = error.get("loc")
    path = ".".join(str(step) for step in place) if isinstance(place, list) else ""
    return f"{path}: {as_text(error.get('msg'))}" if path else as_text(error.get("msg"))
