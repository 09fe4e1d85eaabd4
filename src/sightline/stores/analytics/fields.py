"""Which fields a filter may name, of which kind each is, and which operators each kind takes.

The tables for traces and spans stand here; whoever filters something else (threads, dataset
items) makes a table of its own and hands it to `compile_filter`.
"""

from collections.abc import Mapping
from typing import Literal

import msgspec

from sightline.domain.filter import Operator
from sightline.stores.analytics.columns import Entity

Kind = Literal[
    "string",
    "payload",
    "exact",
    "id",
    "enum",
    "number",
    "time",
    "list",
    "dictionary",
    "score",
    "error",
    "text",
]


class Field(msgspec.Struct, frozen=True):
    """A field of a filter: its kind and the logical column that holds its value.

    `column` is empty when it is the field's own name. A field with `keyed` also answers to
    `name.key`; then the key is part of the column (`usage.total_tokens`) for numbers and scores,
    and a path into the JSON text for dictionaries. `required` says that the column is never NULL.
    A list with `of_span` holds that column of the trace's spans, and is never put together: a
    condition on it asks for the traces that have such a span.
    """

    kind: Kind
    column: str = ""
    keyed: bool = False
    required: bool = False
    of_span: str = ""


FieldTable = Mapping[str, Field]

_TEXT: tuple[Operator, ...] = (
    "contains",
    "not_contains",
    "starts_with",
    "ends_with",
    "like",
    "=",
    "!=",
    ">",
    ">=",
    "<",
    "<=",
    "is_empty",
    "is_not_empty",
    "in",
    "not_in",
)
_ORDERED: tuple[Operator, ...] = ("=", "!=", ">", ">=", "<", "<=", "is_empty", "is_not_empty")

OPERATORS: dict[Kind, tuple[Operator, ...]] = {
    "string": _TEXT,
    "payload": _TEXT,
    "exact": _TEXT,
    "id": _TEXT,
    "enum": ("=", "!=", "in", "not_in", "like", "is_empty", "is_not_empty"),
    "number": _ORDERED,
    "time": _ORDERED,
    "list": (
        "contains",
        "not_contains",
        "starts_with",
        "ends_with",
        "like",
        "=",
        "!=",
        "is_empty",
        "is_not_empty",
        "in",
        "not_in",
    ),
    "dictionary": _TEXT,
    "score": _ORDERED,
    "error": ("is_empty", "is_not_empty"),
    "text": ("contains", "not_contains", "like"),
}

_COMMON: dict[str, Field] = {
    "id": Field("id"),
    "project_id": Field("id"),
    "name": Field("string"),
    "start_time": Field("time", required=True),
    "end_time": Field("time"),
    "duration": Field("number"),
    "ttft": Field("number"),
    "input": Field("payload", keyed=True),
    "output": Field("payload", keyed=True),
    "input_json": Field("dictionary", "input", keyed=True),
    "output_json": Field("dictionary", "output", keyed=True),
    "metadata": Field("dictionary", keyed=True),
    "tags": Field("list"),
    "error_info": Field("error"),
    "error_type": Field("string"),
    "usage": Field("number", keyed=True),
    "total_estimated_cost": Field("number"),
    "feedback_scores": Field("score", keyed=True),
    "source": Field("enum", "origin"),
    "environment": Field("enum"),
    "created_at": Field("time", required=True),
    "last_updated_at": Field("time", required=True),
    "created_by": Field("string"),
    "last_updated_by": Field("string"),
    "status": Field("enum"),
    "user": Field("string"),
    "text": Field("text"),
}

TRACE_FIELDS: FieldTable = _COMMON | {
    "thread_id": Field("exact"),
    "visibility_mode": Field("enum"),
    "span_count": Field("number", required=True),
    "llm_span_count": Field("number", required=True),
    "providers": Field("list", of_span="provider"),
    "models": Field("list", of_span="model"),
    "provider": Field("list", "providers", of_span="provider"),
    "model": Field("list", "models", of_span="model"),
    "span_feedback_scores": Field("score", keyed=True),
    "guardrails": Field("string", "guardrails_result"),
    "annotation_queue_ids": Field("list"),
    "experiment_id": Field("id"),
}

SPAN_FIELDS: FieldTable = _COMMON | {
    "trace_id": Field("id"),
    "parent_span_id": Field("id"),
    "type": Field("enum"),
    "model": Field("string"),
    "provider": Field("string"),
}

FIELDS: dict[Entity, FieldTable] = {"trace": TRACE_FIELDS, "span": SPAN_FIELDS}
