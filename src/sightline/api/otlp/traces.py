"""OTLP over HTTP: protobuf and JSON, at Opik's path and at OpenTelemetry's own.

OTLP 1.x, "OTLP/HTTP": a 200 answers in the encoding of the request. The project is named by the
header `projectName`, the workspace by `Comet-Workspace`.
"""

from contextlib import suppress
from typing import Any

from litestar import Request, Response, Router, post

from sightline.api.kit.bodies import read_body
from sightline.api.kit.memory import OTLP_GROWTH
from sightline.api.kit.receipts import receipt_of, take
from sightline.api.kit.services import Services
from sightline.core.errors import NotBuiltError, StoreFullError, UnsupportedMediaTypeError
from sightline.domain.workspace import DEFAULT_PROJECT, Principal
from sightline.wire.otlp.decode import decode_json, decode_protobuf
from sightline.wire.otlp.export import messages_of

_PROTOBUF = "application/x-protobuf"
_JSON = "application/json"


class _TryLaterError(StoreFullError):
    """Of the 5xx exporters send again after 502, 503 and 504 alone (OTLP 1.x, "OTLP/HTTP")."""

    status = 503
    # It is counted as what it is.
    http_status = StoreFullError.status


@post(
    ["/api/v1/private/otel/v1/traces", "/v1/traces"],
    status_code=200,
    opt={"counted": ("otlp", "spans")},
)
async def export_traces(
    request: Request[Any, Any, Any], who: Principal, services: Services
) -> Response[bytes]:
    """Store OpenTelemetry spans; answers when they are on disk."""
    project = _text(request.headers.get("projectname") or "").strip() or None
    receipt_of(request).place = project or DEFAULT_PROJECT
    kind = (request.headers.get("content-type") or "").partition(";")[0].strip().lower()
    if kind not in {_PROTOBUF, "application/protobuf", _JSON}:
        raise UnsupportedMediaTypeError(
            f"Content-Type `{kind}` is not OTLP", hint=f"Send {_PROTOBUF} or {_JSON}"
        )
    body = await read_body(request, OTLP_GROWTH)
    # Whoever tries the address may send nothing: in protobuf that is an empty request, so here too.
    export = decode_json(body or b"{}") if kind == _JSON else decode_protobuf(body)
    take(request, messages_of(export), project or DEFAULT_PROJECT)
    try:
        await services.otlp.write(who, export, project)
    except StoreFullError as error:
        raise _TryLaterError(
            error.message, hint=error.hint, retry_after_s=error.retry_after_s
        ) from error
    if kind == _JSON:
        return Response(b"{}", media_type=_JSON)
    return Response(b"", media_type=_PROTOBUF)


def _text(header: str) -> str:
    """Clients send UTF-8 where they do not send Latin-1, as which a header is read."""
    with suppress(UnicodeError):
        return header.encode("latin-1").decode()
    return header


@post("/v1/metrics", opt={"counted": ("otlp", "metrics")})
async def export_metrics(who: Principal) -> None:
    """Not taken."""
    raise NotBuiltError("OpenTelemetry metrics ingestion is not yet supported")


@post(["/api/v1/private/otel/v1/logs", "/v1/logs"], opt={"counted": ("otlp", "logs")})
async def export_logs(who: Principal) -> None:
    """Not taken."""
    raise NotBuiltError("OpenTelemetry logs ingestion is not yet supported")


ROUTER = Router(
    path="/", route_handlers=[export_traces, export_metrics, export_logs], tags=["otlp"]
)
