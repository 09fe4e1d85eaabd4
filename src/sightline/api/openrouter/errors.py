"""The error envelope that OpenRouter's and OpenAI's clients read: `{"error": {code, message}}`."""

from typing import Any

from litestar import MediaType, Request, Response
from litestar.exceptions import HTTPException

from sightline.core import codec
from sightline.core.errors import SightlineError
from sightline.core.ids import new_text_id
from sightline.core.log import get_logger
from sightline.services.gateway.errors import STATUS, failure

log = get_logger(__name__)

_TYPES = {status: name for name, status in reversed(STATUS.items())} | {
    400: "invalid_request",
    404: "not_found",
    405: "invalid_request",
    500: "server",
}


def render(error: SightlineError) -> Response[bytes]:
    """Return an answer in the envelope."""
    found = failure(error)
    headers = dict(found.headers)
    if error.retryable:
        headers.setdefault("retry-after", str(max(1, error.retry_after_s or 1)))
    return _answer(found.status, {"error": found.error}, headers)


def on_sightline_error(_: Request[Any, Any, Any], error: SightlineError) -> Response[bytes]:
    """Render an error raised on purpose."""
    return render(error)


def on_http_error(request: Request[Any, Any, Any], error: HTTPException) -> Response[bytes]:
    """Render an error of the framework: unknown route, wrong method, bad parameter."""
    status, message = error.status_code, error.detail
    extra = getattr(error, "extra", None)
    if status == 400 and isinstance(extra, list) and extra:
        message = "; ".join(f"{e.get('key', '')} {e.get('message', '')}".strip() for e in extra)
    if status == 404 and message in {"Not Found", ""}:
        message = f"There is nothing at {request.method} {request.url.path}"
    return _envelope(status, message, dict(error.headers or {}))


def on_unexpected(request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
    """Render what nobody foresaw, without a word of its insides."""
    where = new_text_id()
    log.error("api.failed", exc=error, id=where, method=request.method, path=request.url.path)
    return _envelope(500, f"Internal Server Error. It has been logged (ID {where}).", {})


def _envelope(status: int, message: str, headers: dict[str, str]) -> Response[bytes]:
    kind = _TYPES.get(status, "server" if status >= 500 else "invalid_request")
    error = {"code": status, "message": message, "metadata": {"error_type": kind}}
    return _answer(status, {"error": error}, headers)


def _answer(status: int, body: dict[str, Any], headers: dict[str, str]) -> Response[bytes]:
    return Response(
        codec.encode(body), status_code=status, media_type=MediaType.JSON, headers=headers
    )
