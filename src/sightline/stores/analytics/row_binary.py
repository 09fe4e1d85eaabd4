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
_NO_TEXT = _NO_STRING, b""
_SMALL = [bytes((n,)) for n in range(128)]
_LOW = [bytes((n | 128,)) for n in range(128)]

# Names, types, models and tags are few, and come again with each row.
_MAX_REMEMBERED = 4096
_MAX_REMEMBERED_CHARS = 64
_remembered: dict[str, bytes] = {}
_known = _remembered.get

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
    if n < 16_384:
        return _LOW[n & 127] + _SMALL[n >> 7]
    out = bytearray()
    while n > 127:
        out.append(n & 127 | 128)
        n >>= 7
    out.append(n)
    return bytes(out)


def string(text: str) -> bytes:
    try:
        raw = text.encode()
    except UnicodeEncodeError:
        raw = text.encode("utf-8", "surrogatepass")
    n = len(raw)
    return (_SMALL[n] if n < 128 else _length(n)) + raw


def binary(raw: bytes) -> bytes:
    return _length(len(raw)) + raw


def _word(text: str) -> bytes:
    """Return `string(text)` and remember it; ask `_known` first."""
    packed = string(text)
    if len(text) <= _MAX_REMEMBERED_CHARS:
        if len(_remembered) >= _MAX_REMEMBERED:
            _remembered.clear()
        _remembered[text] = packed
    return packed


def _versioned_string(version: bytes, text: str | None) -> bytes:
    return _NO_STRING if text is None else version + string(text)


def _versioned_text(version: bytes, text: str) -> tuple[bytes, bytes]:
    """Return a versioned string in two pieces: to put them together would copy a long one."""
    try:
        raw = text.encode()
    except UnicodeEncodeError:
        raw = text.encode("utf-8", "surrogatepass")
    n = len(raw)
    return version + (_LOW[n & 127] + _SMALL[n >> 7] if 128 <= n < 16_384 else _length(n)), raw


def _versioned_tags(version: bytes, tags: list[str] | None) -> bytes:
    if tags is None:
        return _NO_ARRAY
    return version + _length(len(tags)) + b"".join([(_known(t) or _word(t)) for t in tags])


def _start(id: Id, now_us: int) -> bytes:
    """A message without a start gives the id's own time, at version 0: anything else beats it."""
    guess = time_ms(id)
    return _VI64(0, guess * 1000 if guess is not None and guess < _FAR_MS else now_us)


def decimal_units(value: Decimal, scale: int) -> int:
    """Return `value` in units of 10**-scale, rounded half even."""
    return round(value.scaleb(scale))


class Rows:
    """Rows of one writer's traces or of their spans, put together once.

    rows = Rows(workspace_id, user, now_us)
    rows.add_span(write, cost_usd, price_version)
    rows.data()
    """

    __slots__ = ("_now_us", "_parts", "_tail", "_workspace_id")

    def __init__(self, workspace_id: Id, user: str, now_us: int) -> None:
        """`now_us` is when the rows came."""
        self._workspace_id = workspace_id
        self._now_us = now_us
        name = string(user)
        self._tail = name + name + _I64(now_us)
        self._parts: list[bytes] = []

    def data(self) -> bytes:
        """Return all rows."""
        return b"".join(self._parts)

    def add_trace(self, w: TraceWrite) -> None:
        """Add a row of `traces`; `w.project_id` must be set."""
        version_us = w.version_us
        v = _U64(version_us)
        input, input_end = _NO_TEXT if w.input is None else _versioned_text(v, w.input)
        output, output_end = _NO_TEXT if w.output is None else _versioned_text(v, w.output)
        metadata, metadata_end = _NO_TEXT if w.metadata is None else _versioned_text(v, w.metadata)
        self._parts += (
            self._workspace_id,
            w.project_id or NIL,
            w.id,
            _NO_STRING if w.name is None else v + (_known(w.name) or _word(w.name)),
            _start(w.id, self._now_us)
            if w.start_time_us is None
            else _VI64(version_us, w.start_time_us),
            _NO_NUMBER if w.end_time_us is None else _VI64(version_us, w.end_time_us),
            input,
            input_end,
            output,
            output_end,
            metadata,
            metadata_end,
            _NO_ARRAY if w.tags is None else _versioned_tags(v, w.tags),
            _NO_STRING if w.error_info is None else v + string(w.error_info),
            _NO_STRING if w.thread_id is None else v + string(w.thread_id),
            _NO_NUMBER if w.ttft_ms is None else _VF64(version_us, w.ttft_ms),
            _NO_STRING if w.source is None else v + (_known(w.source) or _word(w.source)),
            _NO_STRING
            if w.environment is None
            else v + (_known(w.environment) or _word(w.environment)),
            _NO_STRING
            if w.visibility_mode is None
            else v + (_known(w.visibility_mode) or _word(w.visibility_mode)),
            v,
            self._tail,
            # The time of the last update, which is the version.
            v,
        )

    def add_span(
        self, w: SpanWrite, computed_cost: Decimal | None = None, cost_version: str | None = None
    ) -> None:
        """Add a row of `spans`; `w.project_id` must be set. Costs are USD."""
        version_us = w.version_us
        v = _U64(version_us)
        input, input_end = _NO_TEXT if w.input is None else _versioned_text(v, w.input)
        output, output_end = _NO_TEXT if w.output is None else _versioned_text(v, w.output)
        metadata, metadata_end = _NO_TEXT if w.metadata is None else _versioned_text(v, w.metadata)
        usage = w.usage
        cost = w.total_estimated_cost
        self._parts += (
            self._workspace_id,
            w.project_id or NIL,
            w.trace_id,
            w.id,
            _NO_ID if w.parent_span_id is None else v + w.parent_span_id,
            _NO_STRING if w.name is None else v + (_known(w.name) or _word(w.name)),
            _NO_STRING if w.type is None else v + (_known(w.type) or _word(w.type)),
            _start(w.id, self._now_us)
            if w.start_time_us is None
            else _VI64(version_us, w.start_time_us),
            _NO_NUMBER if w.end_time_us is None else _VI64(version_us, w.end_time_us),
            input,
            input_end,
            output,
            output_end,
            metadata,
            metadata_end,
        )
        # In two, for a tuple of more than 30 is built one by one.
        self._parts += (
            _NO_ARRAY if w.tags is None else _versioned_tags(v, w.tags),
            _NO_STRING if w.error_info is None else v + string(w.error_info),
            _NO_STRING if w.model is None else v + (_known(w.model) or _word(w.model)),
            _NO_STRING if w.provider is None else v + (_known(w.provider) or _word(w.provider)),
            _NO_ARRAY
            if usage is None
            else v
            + _length(len(usage))
            + b"".join([(_known(k) or _word(k)) + _I64(n) for k, n in usage.items()]),
            _NO_NUMBER if cost is None else _versioned_cost(version_us, cost),
            _NO_NUMBER if computed_cost is None else _versioned_cost(version_us, computed_cost),
            _NO_STRING
            if cost_version is None
            else v + (_known(cost_version) or _word(cost_version)),
            _NO_NUMBER if w.ttft_ms is None else _VF64(version_us, w.ttft_ms),
            _NO_STRING if w.source is None else v + (_known(w.source) or _word(w.source)),
            _NO_STRING
            if w.environment is None
            else v + (_known(w.environment) or _word(w.environment)),
            v,
            self._tail,
            # The time of the last update, which is the version.
            v,
        )


def encode_trace(w: TraceWrite, workspace_id: Id, user: str, now_us: int) -> bytes:
    """Return one row of `traces`; `w.project_id` must be set."""
    rows = Rows(workspace_id, user, now_us)
    rows.add_trace(w)
    return rows.data()


def encode_span(
    w: SpanWrite,
    workspace_id: Id,
    user: str,
    now_us: int,
    computed_cost: Decimal | None = None,
    cost_version: str | None = None,
) -> bytes:
    """Return one row of `spans`; `w.project_id` must be set. Costs are USD."""
    rows = Rows(workspace_id, user, now_us)
    rows.add_span(w, computed_cost, cost_version)
    return rows.data()


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
