"""Logical columns: what a reader may ask of a trace or a span, and the SQL that computes it.

A logical column is a name such as `duration`, or a map's entry such as `usage.total_tokens` or
`feedback_scores.accuracy`. Base columns come from the entity's own row; the others are joined
(see `sources.py`). In SQL a logical column is always written through `column()`.
"""

import re
from typing import Literal

from sightline.stores.analytics.sql import Binder

Entity = Literal["trace", "span"]

_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_.]*")

TABLES: dict[Entity, str] = {"trace": "traces", "span": "spans"}

_COMMON = (
    "id project_id name start_time end_time duration input output metadata tags error_info ttft "
    "source environment created_at last_updated_at created_by last_updated_by is_partial"
).split()
_ERROR_TYPE = "if(error_info = '', '', JSONExtractString(error_info, 'exception_type'))"
# A failure says so before it ends.
_STATUS = "multiIf(error_info != '', 'error', isNull(end_time), 'running', 'ok')"
# What does not say where it comes from came from an SDK.
_ORIGIN = "if(source = '', 'sdk', source)"
# Who a call was for has no field of its own: SDKs and conventions write it into the metadata.
_USER_KEYS = ("user_id", "user.id", "userId", "user")
_USERS = "JSONExtract(metadata, 'Tuple(" + ", ".join(f"`{k}` String" for k in _USER_KEYS) + ")')"
_USER = (
    "arrayFirst(u_ -> u_ != '', arrayMap(u_ -> "
    "if(startsWith(u_, '{'), JSONExtractString(u_, 'id'), u_), ["
    + ", ".join(f"tupleElement({_USERS}, {i + 1})" for i in range(len(_USER_KEYS)))
    + "]))"
)
_DERIVED = {"error_type": _ERROR_TYPE, "status": _STATUS, "origin": _ORIGIN, "user": _USER}

_BASE: dict[Entity, dict[str, str]] = {
    "trace": {
        **{name: name for name in (*_COMMON, "thread_id", "visibility_mode")},
        **_DERIVED,
        # No trace is in an annotation queue or an experiment yet.
        "annotation_queue_ids": "emptyArrayString()",
        "experiment_id": "toFixedString('', 16)",
    },
    "span": {
        **{name: name for name in _COMMON},
        **{
            name: name
            for name in (
                "trace_id",
                "parent_span_id",
                "type",
                "model",
                "provider",
                "usage",
                "total_estimated_cost",
                "total_estimated_cost_version",
            )
        },
        **_DERIVED,
        "usage_pairs": "tupleElement(usage_v, 2)",
    },
}

# Reading one of these costs megabytes where the others cost kilobytes.
WIDE = frozenset(("input", "output", "metadata"))
MAPS = ("usage", "feedback_scores", "span_feedback_scores")


def column(name: str) -> str:
    """Return the SQL identifier of a logical column; any text is safe."""
    if _PLAIN.fullmatch(name):
        return f"`{name}`"
    # A backslash or a brace in an identifier would be read by the parser or by the binder.
    return f"`x_{name.encode('utf-8', 'surrogatepass').hex()}`"


def entry(name: str) -> tuple[str, str] | None:
    """Split `usage.total_tokens` into its map and its key; None for any other column."""
    head, dot, key = name.partition(".")
    return (head, key) if dot and head in MAPS else None


def base_column(entity: Entity, name: str, binder: Binder) -> str | None:
    """Return the expression of a column over the entity's table, or None when it is joined."""
    if entity == "span" and (found := entry(name)) is not None and found[0] == "usage":
        return usage_of(found[1], binder)
    return _BASE[entity].get(name)


def is_wide(name: str) -> bool:
    """Say whether reading the column means reading payloads."""
    return name in WIDE or name == "user"


def usage_of(key: str, binder: Binder) -> str:
    """Return one usage number of a row of `spans`, NULL when the span does not have it.

    The total of tokens has a column of its own (schema 0005), which is quicker to sum up.
    """
    if key == "total_tokens":
        return "nullIf(tupleElement(tokens_v, 2), toInt64(-9223372036854775808))"
    return usage_entry(binder.add(key))


def usage_entry(key_sql: str) -> str:
    """Return one usage number of a row of `spans`, NULL when the span does not have it."""
    pairs = "tupleElement(usage_v, 2)"
    return (
        f"arrayElementOrNull(tupleElement({pairs}, 2), "
        f"toInt64(indexOf(tupleElement({pairs}, 1), {key_sql})))"
    )
