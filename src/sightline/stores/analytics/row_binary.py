"""Encodes writes as RowBinary, the cheapest form that both the embedded engine and a server take.

A versioned column is `(version, value)`; one that a message says nothing of is version 0 and an
empty value. Speed matters here: this runs once for each ingested row.
"""

import struct
from decimal import Decimal

from sightline.core.ids import NIL, Id, time_ms
from sightline.domain.writes import GuardrailWrite, ScoreWrite, SpanWrite, TraceWrite

_U64 = struct.Struct("<Q").pack
_I64 = struct.Struct("<q").pack
_VI64 = struct.Struct("<Qq").pack
_VF64 = struct.Struct("<Qd").pack

_NO_STRING = bytes(9)
_NO_NUMBER = bytes(16)
_NO_ID = bytes(24)
_NO_ARRAY = bytes(9)
_SMALL = [bytes((n,)) for n in range(128)]

COST_SCALE = 12
SCORE_SCALE = 9
# 2100: an id that says a later time does not tell the time.
_FAR_MS = 4_102_444_800_000
_MAX_COST = 9_000_000 * 10**COST_SCALE

TRACE_COLUMNS = (
    "workspace_id project_id id name_v start_time_v end_time_v input_v output_v metadata_v tags_v "
    "error_info_v thread_id_v ttft_v source_v environment_v visibility_mode_v last_updated_by_v "
    "created_by created_at last_updated_at"
).split()

SPAN_COLUMNS = (
    "workspace_id project_id trace_id id parent_span_id_v name_v type_v start_time_v end_time_v "
    "input_v output_v metadata_v tags_v error_info_v model_v provider_v usage_v client_cost_v "
    "computed_cost_v cost_version_v ttft_v source_v environment_v last_updated_by_v created_by "
    "created_at last_updated_at"
).split()

SCORE_COLUMNS = (
    "workspace_id project_id entity_type entity_id name author value category_name reason source "
    "created_at version is_deleted"
).split()

COMMENT_COLUMNS = (
    "workspace_id project_id entity_type entity_id id text created_by created_at last_updated_by "
    "version is_deleted"
).split()

GUARDRAIL_COLUMNS = (
    "workspace_id project_id entity_id secondary_id id name result config details created_at "
    "version is_deleted"
).split()

THREAD_COLUMNS = (
    "workspace_id project_id thread_id thread_model_id tags_v status_v environment_v "
    "last_updated_by_v created_by created_at last_trace_at last_updated_at"
).split()


def _length(n: int) -> bytes:
    """LEB128, as RowBinary writes lengths."""
    if n < 128:
        return _SMALL[n]
    out = bytearray()
    while n > 127:
        out.append(n & 127 | 128)
        n >>= 7
    out.append(n)
    return bytes(out)


def string(text: str) -> bytes:
    raw = text.encode("utf-8", "surrogatepass")
    n = len(raw)
    return (_SMALL[n] if n < 128 else _length(n)) + raw


def binary(raw: bytes) -> bytes:
    return _length(len(raw)) + raw


def _versioned_string(version: bytes, text: str | None) -> bytes:
    if text is None:
        return _NO_STRING
    raw = text.encode("utf-8", "surrogatepass")
    n = len(raw)
    return version + (_SMALL[n] if n < 128 else _length(n)) + raw


def _versioned_tags(version: bytes, tags: list[str] | None) -> bytes:
    if tags is None:
        return _NO_ARRAY
    return version + _length(len(tags)) + b"".join([string(t) for t in tags])


def _start(id: Id, now_us: int) -> bytes:
    """A message without a start gives the id's own time, at version 0: anything else beats it."""
    guess = time_ms(id)
    return _VI64(0, guess * 1000 if guess is not None and guess < _FAR_MS else now_us)


def decimal_units(value: Decimal, scale: int) -> int:
    """Return `value` in units of 10**-scale, rounded half even."""
    return round(value.scaleb(scale))


def encode_trace(w: TraceWrite, workspace_id: Id, user: str, now_us: int) -> bytes:
    """Return one row of `traces`; `w.project_id` must be set."""
    v = _U64(w.version_us)
    project = w.project_id or NIL
    who = string(user)
    return b"".join(
        (
            workspace_id,
            project,
            w.id,
            _NO_STRING if w.name is None else _versioned_string(v, w.name),
            _start(w.id, now_us)
            if w.start_time_us is None
            else _VI64(w.version_us, w.start_time_us),
            _NO_NUMBER if w.end_time_us is None else _VI64(w.version_us, w.end_time_us),
            _NO_STRING if w.input is None else _versioned_string(v, w.input),
            _NO_STRING if w.output is None else _versioned_string(v, w.output),
            _NO_STRING if w.metadata is None else _versioned_string(v, w.metadata),
            _NO_ARRAY if w.tags is None else _versioned_tags(v, w.tags),
            _NO_STRING if w.error_info is None else _versioned_string(v, w.error_info),
            _NO_STRING if w.thread_id is None else _versioned_string(v, w.thread_id),
            _NO_NUMBER if w.ttft_ms is None else _VF64(w.version_us, w.ttft_ms),
            _NO_STRING if w.source is None else _versioned_string(v, w.source),
            _NO_STRING if w.environment is None else _versioned_string(v, w.environment),
            _NO_STRING if w.visibility_mode is None else _versioned_string(v, w.visibility_mode),
            v,
            who,
            who,
            _I64(now_us),
            _I64(w.version_us),
        )
    )


def encode_span(
    w: SpanWrite,
    workspace_id: Id,
    user: str,
    now_us: int,
    computed_cost: Decimal | None = None,
    cost_version: str | None = None,
) -> bytes:
    """Return one row of `spans`; `w.project_id` must be set. Costs are USD."""
    v = _U64(w.version_us)
    project = w.project_id or NIL
    who = string(user)
    usage = w.usage
    return b"".join(
        (
            workspace_id,
            project,
            w.trace_id,
            w.id,
            _NO_ID if w.parent_span_id is None else v + w.parent_span_id,
            _NO_STRING if w.name is None else _versioned_string(v, w.name),
            _NO_STRING if w.type is None else _versioned_string(v, w.type),
            _start(w.id, now_us)
            if w.start_time_us is None
            else _VI64(w.version_us, w.start_time_us),
            _NO_NUMBER if w.end_time_us is None else _VI64(w.version_us, w.end_time_us),
            _NO_STRING if w.input is None else _versioned_string(v, w.input),
            _NO_STRING if w.output is None else _versioned_string(v, w.output),
            _NO_STRING if w.metadata is None else _versioned_string(v, w.metadata),
            _NO_ARRAY if w.tags is None else _versioned_tags(v, w.tags),
            _NO_STRING if w.error_info is None else _versioned_string(v, w.error_info),
            _NO_STRING if w.model is None else _versioned_string(v, w.model),
            _NO_STRING if w.provider is None else _versioned_string(v, w.provider),
            _NO_ARRAY
            if usage is None
            else v
            + _length(len(usage))
            + b"".join([string(k) + _I64(n) for k, n in usage.items()]),
            _NO_NUMBER
            if w.total_estimated_cost is None
            else _versioned_cost(w.version_us, w.total_estimated_cost),
            _NO_NUMBER if computed_cost is None else _versioned_cost(w.version_us, computed_cost),
            _NO_STRING if cost_version is None else _versioned_string(v, cost_version),
            _NO_NUMBER if w.ttft_ms is None else _VF64(w.version_us, w.ttft_ms),
            _NO_STRING if w.source is None else _versioned_string(v, w.source),
            _NO_STRING if w.environment is None else _versioned_string(v, w.environment),
            v,
            who,
            who,
            _I64(now_us),
            _I64(w.version_us),
        )
    )


def _versioned_cost(version_us: int, cost: Decimal) -> bytes:
    return _VI64(version_us, min(decimal_units(cost, COST_SCALE), _MAX_COST))


def entity_key(entity_type: str, entity_id: str) -> bytes:
    """Return the stored form of an entity's id: 16 bytes, or a thread id's text."""
    if entity_type == "thread":
        return entity_id.encode("utf-8", "surrogatepass")
    return bytes.fromhex(entity_id.replace("-", ""))


def encode_score(w: ScoreWrite, workspace_id: Id, now_us: int) -> bytes:
    """Return one row of `feedback_scores`."""
    return b"".join(
        (
            workspace_id,
            w.project_id or NIL,
            string(w.entity_type),
            binary(entity_key(w.entity_type, w.entity_id)),
            string(w.name),
            string(w.author),
            _I64(decimal_units(w.value, SCORE_SCALE)),
            string(w.category_name or ""),
            string(w.reason or ""),
            string(w.source),
            _I64(now_us),
            _U64(w.version_us),
            b"\1" if w.deleted else b"\0",
        )
    )


def encode_guardrail(w: GuardrailWrite, workspace_id: Id, now_us: int) -> bytes:
    """Return one row of `guardrails`."""
    return b"".join(
        (
            workspace_id,
            w.project_id or NIL,
            w.entity_id,
            w.secondary_id,
            w.id,
            string(w.name),
            string(w.result),
            string(w.config),
            string(w.details),
            _I64(now_us),
            _U64(w.version_us),
            b"\0",
        )
    )
