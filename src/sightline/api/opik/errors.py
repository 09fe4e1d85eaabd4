"""Opik's two error bodies: `{"errors": […]}` and `{"code", "message", "details"}`.

`message` is always filled, since some readers show nothing else.
"""

from typing import Any

from litestar import MediaType, Request, Response
from litestar.exceptions import HTTPException

from sightline.core import codec
from sightline.core.errors import SightlineError
from sightline.core.ids import new_text_id
from sightline.core.log import get_logger

log = get_logger(__name__)

_LISTED = {409, 422}


def render(error: SightlineError) -> Response[bytes]:
    """Return an answer in Opik's shape."""
    headers = {}
    if error.retryable:
        wait = str(max(1, error.retry_after_s or 1))
        headers["Retry-After"] = wait
        if error.status == 429:
            # Without it the Opik SDK drops the message in silence.
            headers["RateLimit-Reset"] = wait
    message = error.message if error.hint is None else f"{error.message}. {error.hint}"
    body: dict[str, Any] = {"code": error.status, "message": message}
    if error.status in _LISTED:
        body["errors"] = error.fields or [error.message]
    elif error.fields:
        body["details"] = "; ".join(error.fields)
    return _json(error.status, body, headers)


def on_sightline_error(_: Request[Any, Any, Any], error: SightlineError) -> Response[bytes]:
    """Render an error raised on purpose."""
    return render(error)


def on_http_error(request: Request[Any, Any, Any], error: HTTPException) -> Response[bytes]:
    """Render an error of the framework: unknown route, wrong method, bad parameter."""
    status = error.status_code
    message = error.detail
    extra = getattr(error, "extra", None)
    if status == 400 and isinstance(extra, list) and extra:
        message = "; ".join(f"{e.get('key', '')} {e.get('message', '')}".strip() for e in extra)
    if status == 404 and message in {"Not Found", ""}:
        message = f"HTTP 404 Not Found: {request.method} {request.url.path}"
    return _json(status, {"code": status, "message": message}, {})


def on_unexpected(request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
    """Render what nobody foresaw, without a word of its insides."""
    where = new_text_id()
    log.error("api.failed", exc=error, id=where, method=request.method, path=request.url.path)
    text = f"There was an error processing your request. It has been logged (ID {where})."
    return _json(500, {"code": 500, "message": text}, {})


def _json(status: int, body: dict[str, Any], headers: dict[str, str]) -> Response[bytes]:
    return Response(
        codec.encode(body), status_code=status, media_type=MediaType.JSON, headers=headers
    )
