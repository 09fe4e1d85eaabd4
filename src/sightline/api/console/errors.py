"""RFC 9457 problems: how this face says what went wrong.

`{type, title, status, detail, code}`, and where there is more to say `hint`, `fields` and, for a
place in a query, `at` and `end`.
"""

from http import HTTPStatus
from typing import Any

from litestar import Request, Response
from litestar.exceptions import HTTPException

from sightline.core import codec, errors
from sightline.core.errors import SightlineError
from sightline.core.ids import new_text_id
from sightline.core.log import get_logger

log = get_logger(__name__)

PREFIX = "/api/console"
MEDIA_TYPE = "application/problem+json"

_CODES = {
    kind.status: kind.code
    for kind in (
        errors.InvalidRequestError,
        errors.AuthenticationError,
        errors.PermissionDeniedError,
        errors.NotFoundError,
        errors.PayloadTooLargeError,
        errors.UnsupportedMediaTypeError,
        errors.RateLimitedError,
    )
} | {405: "method_not_allowed"}


def on_sightline_error(_: Request[Any, Any, Any], error: SightlineError) -> Response[bytes]:
    """Render an error raised on purpose."""
    headers = {}
    if error.retryable:
        headers["Retry-After"] = str(max(1, error.retry_after_s or 1))
    extra: dict[str, Any] = {"hint": error.hint, "fields": error.fields}
    extra |= {name: getattr(error, name, None) for name in ("at", "end")}
    return _problem(error.status, error.message, error.code, extra, headers)


def on_http_error(request: Request[Any, Any, Any], error: HTTPException) -> Response[bytes]:
    """Render an error of the framework: unknown route, wrong method, bad parameter."""
    status, detail = error.status_code, error.detail
    extra = getattr(error, "extra", None)
    fields = None
    if status == 400 and isinstance(extra, list) and extra:
        fields = [f"{e.get('key', '')} {e.get('message', '')}".strip() for e in extra]
        detail = "; ".join(fields)
    if status == 404 and detail in {"Not Found", ""}:
        detail = f"There is nothing at {request.method} {request.url.path}"
    code = _CODES.get(status, "server" if status >= 500 else "invalid_request")
    return _problem(status, detail, code, {"fields": fields}, dict(error.headers or {}))


def on_unexpected(request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
    """Render what nobody foresaw, without a word of its insides."""
    where = new_text_id()
    log.error("api.failed", exc=error, id=where, method=request.method, path=request.url.path)
    text = f"Something went wrong inside the server. The log has more under the ID {where}."
    return _problem(500, text, "server", {}, {})


def _problem(
    status: int, detail: str, code: str, extra: dict[str, Any], headers: dict[str, str]
) -> Response[bytes]:
    body = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "code": code,
        **{name: value for name, value in extra.items() if value is not None},
    }
    return Response(codec.encode(body), status_code=status, media_type=MEDIA_TYPE, headers=headers)
