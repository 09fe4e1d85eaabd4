"""An export request to trace and span writes; docs/adr/0007-otlp-conventions.md has the rules."""

from collections.abc import Mapping
from typing import Any

from sightline.core.codec import encode_text
from sightline.core.ids import Id
from sightline.domain.writes import SpanWrite, TraceWrite
from sightline.wire.otlp import providers
from sightline.wire.otlp.counting import CountedParents, count_once
from sightline.wire.otlp.draft import Draft, plant
from sightline.wire.otlp.export import (
    STATUS_ERROR,
    ExportRequest,
    ScopeSpans,
    Span,
    is_connection_test,
)
from sightline.wire.otlp.ids import end_us, id_in_trace, start_us
from sightline.wire.otlp.linking import link
from sightline.wire.otlp.node import Node, Origin
from sightline.wire.otlp.table import Conventions, RuleTable, conventions
from sightline.wire.otlp.traces import TraceFacts, trace_writes
from sightline.wire.otlp.values import opened

SOURCE = "sdk"

_LOGFIRE = "logfire"
_EVENTS_KEY = "opentelemetry.events"
_LINKS_KEY = "opentelemetry.links"
_ENVIRONMENT_KEYS = ("deployment.environment.name", "deployment.environment")


def build(
    request: ExportRequest,
    trace_ids: Mapping[bytes, Id],
    now_us: int,
    project_name: str | None,
    *,
    counted: CountedParents | None = None,
) -> tuple[list[TraceWrite], list[SpanWrite]]:
    """Return the writes of a request.

    `trace_ids` MUST hold every otel trace id of the request (see `TraceIds.resolve`). A trace is
    written once its root span is here; every span is written, the root too. `counted` carries from
    request to request where tokens were counted already. Nothing is raised for odd content.
    """
    nodes = _read(request, trace_ids, conventions())
    link(nodes)
    count_once(nodes, CountedParents() if counted is None else counted)
    facts: dict[Id, TraceFacts] = {}
    spans = []
    for node in nodes:
        write = _span_write(node, now_us, project_name)
        spans.append(write)
        TraceFacts.note(facts, node, write)
    return trace_writes(facts, now_us, project_name), spans


def _read(request: ExportRequest, trace_ids: Mapping[bytes, Id], rules: Conventions) -> list[Node]:
    nodes = []
    hashed: dict[bytes, Id] = {}
    default = _default_integration(request)
    for scope in request.scopes:
        origin = _origin(scope, default)
        for span in scope.spans:
            if is_connection_test(span):
                continue
            trace_id = trace_ids[span.trace_id]
            parent = span.parent_span_id
            nodes.append(
                Node(
                    span.trace_id + span.span_id,
                    span.trace_id + parent if parent else None,
                    span,
                    _draft(span, rules.table(span.name)),
                    origin,
                    trace_id,
                    _hashed(span.span_id, trace_id, hashed),
                    _hashed(parent, trace_id, hashed) if parent else None,
                )
            )
    return nodes


def _hashed(otel_id: bytes, trace_id: Id, known: dict[bytes, Id]) -> Id:
    # Siblings share a parent: each id is hashed once per request.
    key = trace_id + otel_id
    found = known.get(key)
    if found is None:
        found = known[key] = id_in_trace(otel_id, trace_id)
    return found


def _draft(span: Span, table: RuleTable) -> Draft:
    draft = Draft(span.name, span.attributes, span.start_unix_nano)
    bound = table.bound
    for key, value in span.attributes.items():
        if value is not None:
            (bound.get(key) or table.bind(key))(draft, value)
    if span.events:
        _read_events(span, draft, table)
    if draft.trees:
        plant(draft)
    if span.links:
        draft.metadata[_LINKS_KEY] = [
            {"trace_id": x.trace_id.hex(), "span_id": x.span_id.hex(), "attributes": x.attributes}
            for x in span.links
        ]
    if draft.repeats_usage:
        draft.usage.clear()
        draft.cost = None
    if draft.provider is not None:
        _clean_provider(draft, draft.provider)
    return draft


def _read_events(span: Span, draft: Draft, table: RuleTable) -> None:
    kept = []
    for event in span.events:
        rule = table.events.get(event.name)
        if rule is not None:
            for key, value in rule(draft, event.attributes).items():
                (table.bound.get(key) or table.bind(key))(draft, value)
            continue
        kept.append(
            {
                "name": event.name,
                "time_unix_nano": event.time_unix_nano,
                "attributes": {key: opened(value) for key, value in event.attributes.items()},
            }
        )
    if kept:
        draft.metadata[_EVENTS_KEY] = kept


def _clean_provider(draft: Draft, provider: str) -> None:
    host = draft.attributes.get("server.address")
    named = providers.clean(provider, draft.model, host if isinstance(host, str) else "")
    draft.provider, draft.model = named.provider, named.model
    if named.metadata:
        draft.metadata.update(named.metadata)


def _span_write(node: Node, now_us: int, project_name: str | None) -> SpanWrite:
    span, draft, origin = node.span, node.draft, node.origin
    metadata = draft.metadata
    if draft.thread_id is not None:
        metadata["thread_id"] = draft.thread_id
    if origin.integration is not None:
        metadata["integration"] = origin.integration
    # At most 15 keywords: see `wire.opik.writes`.
    write = SpanWrite(
        id=node.id,
        trace_id=node.trace_id,
        version_us=now_us,
        project_name=project_name,
        parent_span_id=node.parent_id,
        name=span.name or None,
        type=draft.stated_type,
        start_time_us=start_us(span, now_us),
        end_time_us=end_us(span),
        input=encode_text(draft.input) if draft.input else None,
        output=encode_text(draft.output) if draft.output else None,
        metadata=encode_text(metadata) if metadata else None,
        tags=draft.tags or None,
        source=SOURCE,
        environment=draft.environment or origin.environment,
    )
    if span.events or span.status_code == STATUS_ERROR:
        write.error_info = _error_info(span)
    if draft.model is not None:
        write.model = draft.model
    if draft.provider is not None:
        write.provider = draft.provider
    if draft.usage:
        write.usage = _with_total(draft.usage)
    if draft.cost is not None:
        write.total_estimated_cost = draft.cost
    if draft.ttft_ms is not None:
        write.ttft_ms = draft.ttft_ms
    return write


def _with_total(usage: dict[str, int]) -> dict[str, int]:
    if "total_tokens" not in usage:
        asked, answered = usage.get("prompt_tokens"), usage.get("completion_tokens")
        if asked is not None or answered is not None:
            usage["total_tokens"] = (asked or 0) + (answered or 0)
    return usage


def _error_info(span: Span) -> str | None:
    for event in reversed(span.events):
        if event.name == "exception":
            said = event.attributes
            message = said.get("exception.message")
            return _error(
                said.get("exception.type"), message, said.get("exception.stacktrace") or message
            )
    if span.status_code == STATUS_ERROR:
        message = span.status_message or None
        return _error(span.attributes.get("error.type"), message, message)
    return None


def _error(kind: Any, message: Any, traceback: Any) -> str:
    info = {
        "exception_type": kind or "Error",
        "message": message,
        "traceback": traceback or "Error",
    }
    return encode_text({key: value for key, value in info.items() if value is not None})


def _default_integration(request: ExportRequest) -> str | None:
    for scope in request.scopes:
        if scope.scope_name and scope.scope_name != _LOGFIRE:
            return scope.scope_name
    return None


def _origin(scope: ScopeSpans, default: str | None) -> Origin:
    name = scope.scope_name
    environments = (scope.resource.get(key) for key in _ENVIRONMENT_KEYS)
    return Origin(
        scope.resource,
        name if name and name != _LOGFIRE else default,
        next((said for said in environments if isinstance(said, str) and said), None),
    )
