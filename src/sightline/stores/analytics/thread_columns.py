"""Logical columns of a thread, how its traces and its own row give them, and what filters may name.

In the SQL here `t` is the traces of a project grouped by thread id, `m` the row of `threads`.
A name that ends in `_` is an alias, never a column of a table.
"""

import msgspec

from sightline.stores.analytics.columns import entry
from sightline.stores.analytics.fields import Field, FieldTable


class Lifecycle(msgspec.Struct, frozen=True, kw_only=True):
    """What decides whether a thread is active: the time now and how long silence lasts."""

    now_us: int
    timeout_us: int


class Computed(msgspec.Struct, frozen=True):
    """A column's SQL, the aggregates of traces it reads, and whether it reads the thread's row."""

    sql: str
    aggregates: tuple[str, ...] = ()
    row: bool = False


# The order of a conversation is the order in which its traces started, whenever they arrived.
_TURN = "(start_time, id)"

AGGREGATES = {
    "count_": "count()",
    "start_": "min(start_time)",
    "end_": "max(end_time)",
    "first_": f"argMin(id, {_TURN})",
    "last_": f"argMax(id, {_TURN})",
    "turns_": "groupArray(id)",
    "created_": "min(created_at)",
    "arrived_": "max(created_at)",
    "updated_": "max(last_updated_at)",
    "created_by_": f"argMin(created_by, {_TURN})",
    "updated_by_": "argMax(last_updated_by, (last_updated_at, id))",
    "environment_": f"argMaxIf(environment, {_TURN}, environment != '')",
    "failed_": "countIf(error_info != '')",
}

_MICROS = "toUnixTimestamp64Micro"
# The clients' clocks give last_updated_at, ours gives the others: a turn that just arrived counts
# whatever the client's clock says.
_ACTIVITY = f"{_MICROS}(greatest(t.updated_, t.arrived_, m.last_trace_))"
_ACTIVITY_OF = ("updated_", "arrived_")
_CLOSED = f"(m.mark_ = 'inactive' AND toInt64(m.marked_) >= {_ACTIVITY})"
_ALIVE = f"greatest({_ACTIVITY}, if(m.mark_ = 'active', toInt64(m.marked_), toInt64(0)))"

_COLUMNS: dict[str, Computed] = {
    "id": Computed("t.thread_"),
    "project_id": Computed("t.project_"),
    # Every trace of the thread lies between the two in the order of the key.
    "lowest_trace_id": Computed("t.lowest_"),
    "highest_trace_id": Computed("t.highest_"),
    # For threads of few traces alone.
    "trace_ids": Computed("t.turns_", ("turns_",)),
    "first_trace_id": Computed("t.first_", ("first_",)),
    "last_trace_id": Computed("t.last_", ("last_",)),
    "start_time": Computed("t.start_", ("start_",)),
    "end_time": Computed("t.end_", ("end_",)),
    "duration": Computed(f"({_MICROS}(t.end_) - {_MICROS}(t.start_)) / 1000.", ("start_", "end_")),
    "number_of_messages": Computed("t.count_ * 2", ("count_",)),
    "failed_traces": Computed("t.failed_", ("failed_",)),
    "created_at": Computed("t.created_", ("created_",)),
    "created_by": Computed("t.created_by_", ("created_by_",)),
    "last_updated_at": Computed("greatest(t.updated_, m.updated_)", ("updated_",), row=True),
    "last_updated_by": Computed(
        "if(m.updated_ > t.updated_ AND m.updated_by_ != '', m.updated_by_, t.updated_by_)",
        ("updated_", "updated_by_"),
        row=True,
    ),
    "last_activity_at": Computed(
        "greatest(t.updated_, t.arrived_, m.last_trace_)", _ACTIVITY_OF, row=True
    ),
    "environment": Computed("t.environment_", ("environment_",)),
    "tags": Computed("m.tags_", row=True),
    # A thread whose row is missing goes by its lowest trace id until it has one.
    "thread_model_id": Computed(
        "if(m.model_ IN (unhex('00000000000000000000000000000000'), "
        "unhex('ffffffffffffffffffffffffffffffff')), t.lowest_, m.model_)",
        row=True,
    ),
    "annotation_queue_ids": Computed("emptyArrayString()"),
}


def computed(name: str, lifecycle: Lifecycle) -> Computed | None:
    """Return how a column is computed; None for one that is joined or unknown."""
    if name == "inactive_at_us":
        return Computed(_inactive_at_us(lifecycle), _ACTIVITY_OF, row=True)
    if name == "status":
        now_us = int(lifecycle.now_us)
        ended = f"{_CLOSED} OR {_inactive_at_us(lifecycle)} <= {now_us}"
        return Computed(f"if({ended}, 'inactive', 'active')", _ACTIVITY_OF, row=True)
    return _COLUMNS.get(name)


def joined_source(name: str) -> str | None:
    """Return which join gives a column: `spans`, `scores`, or None."""
    found = entry(name)
    head = found[0] if found else name
    return {
        "usage": "spans" if found else None,
        "total_estimated_cost": "spans",
        "feedback_scores": "scores" if found else None,
    }.get(head)


def _inactive_at_us(lifecycle: Lifecycle) -> str:
    """The first microsecond at which the thread is inactive, past or to come."""
    return f"if({_CLOSED}, toInt64(m.marked_), {_ALIVE} + {int(lifecycle.timeout_us) + 1})"


FIRST_MESSAGE = "first_message"
LAST_MESSAGE = "last_message"
# Which column of which trace of the thread holds a message.
MESSAGES = {FIRST_MESSAGE: ("first_trace_id", "input"), LAST_MESSAGE: ("last_trace_id", "output")}

THREAD_FIELDS: FieldTable = {
    "id": Field("exact"),
    "thread_model_id": Field("id"),
    FIRST_MESSAGE: Field("payload"),
    LAST_MESSAGE: Field("payload"),
    "number_of_messages": Field("number"),
    "duration": Field("number"),
    "start_time": Field("time"),
    "end_time": Field("time"),
    "created_at": Field("time"),
    "last_updated_at": Field("time"),
    "created_by": Field("string"),
    "last_updated_by": Field("string"),
    "total_estimated_cost": Field("number"),
    "usage": Field("number", keyed=True),
    "feedback_scores": Field("score", keyed=True),
    "status": Field("enum"),
    "tags": Field("list"),
    "environment": Field("enum"),
    "annotation_queue_ids": Field("list"),
    # Of some trace of the thread; free text also of its id and tags.
    "user": Field("string"),
    "text": Field("text"),
}

SORTABLE = (
    "id",
    "start_time",
    "end_time",
    "duration",
    "number_of_messages",
    "last_updated_at",
    "created_at",
    "created_by",
    "last_updated_by",
    "total_estimated_cost",
    "usage.*",
    "feedback_scores.*",
    "status",
    "tags",
    "environment",
)


def is_sortable(name: str) -> bool:
    """Say whether a list may be sorted by this field; `usage.*` stands for any of its keys."""
    found = entry(name)
    return (f"{found[0]}.*" if found and found[1] else name) in SORTABLE
