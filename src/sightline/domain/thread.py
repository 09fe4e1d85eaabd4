"""Threads: the traces of a project that share a thread id, read as one conversation."""

from decimal import Decimal
from typing import Literal

import msgspec

from sightline.core.ids import Id

ThreadStatus = Literal["active", "inactive"]

MAX_TAGS = 50
MAX_TAG_LENGTH = 100


class ThreadKey(msgspec.Struct, frozen=True):
    """What names a thread: its id is the client's text, and belongs to one project."""

    project_id: Id
    thread_id: str


class Thread(msgspec.Struct, frozen=True, kw_only=True):
    """A conversation as it stands now.

    Messages are JSON text as the client sent it, or its beginning where `is_…_truncated` says so.
    Times are Unix µs, `duration` is ms, `total_estimated_cost` USD and None where no price is
    known.
    """

    id: str
    project_id: Id
    thread_model_id: Id
    start_time_us: int
    end_time_us: int | None
    duration: float | None
    first_trace_id: Id
    last_trace_id: Id
    first_message: str
    is_first_message_truncated: bool = False
    last_message: str
    is_last_message_truncated: bool = False
    number_of_messages: int
    status: ThreadStatus
    usage: dict[str, int]
    total_estimated_cost: Decimal | None
    tags: list[str]
    environment: str
    created_at_us: int
    created_by: str
    last_updated_us: int
    last_updated_by: str

    @property
    def key(self) -> ThreadKey:
        return ThreadKey(self.project_id, self.id)


class ThreadStats(msgspec.Struct, frozen=True, kw_only=True):
    """Averages are over the threads that have the value; costs are USD.

    `durations_ms` are the 50th, 90th and 99th percentile, None where no thread has ended.
    """

    thread_count: int
    durations_ms: tuple[float, float, float] | None
    average_messages: float
    average_cost_usd: Decimal | None
    total_cost_usd: Decimal | None
    average_usage: dict[str, float]
    average_scores: dict[str, float]
