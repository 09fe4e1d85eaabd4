"""How the analytics store is reached and how much of the machine it may use."""

from typing import Annotated

import msgspec
from msgspec import Meta

from sightline.core.memory import limit_bytes

_MIB = 1024 * 1024


class AnalyticsOptions(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    dsn: Annotated[
        str,
        Meta(
            description="chdb:///path for the embedded engine, or http(s)://user:pass@host:port/db"
        ),
    ] = ""
    max_memory_bytes: Annotated[
        int,
        Meta(
            ge=0,
            description="Memory of the embedded engine; 0: a quarter of server.max_memory_bytes, "
            "between 512 MiB and 8 GiB",
        ),
    ] = 0
    readers: Annotated[
        int, Meta(ge=1, le=64, description="Queries that may run at the same time")
    ] = 4
    query_timeout_s: Annotated[int, Meta(ge=1, description="Longest a query may run")] = 60
    cluster: Annotated[
        str,
        Meta(
            pattern="^[A-Za-z0-9_-]*$",
            description="Name of the ClickHouse cluster that the tables are spread over, of which "
            "the DSN names any node; empty for one node",
        ),
    ] = ""
    insert_quorum: Annotated[
        int,
        Meta(
            ge=0,
            description="Replicas of a shard that must have a write before it is acknowledged; "
            "0: one",
        ),
    ] = 0

    @property
    def result_bytes(self) -> int:
        """The most that one answer to a query may have: it is in memory several times over."""
        return min((self.max_memory_bytes or default_memory_bytes()) // 4, 1024 * _MIB)


def default_memory_bytes(limit: int | None = None) -> int:
    """Return the cap on the engine's memory: a quarter of what the process may take, between
    512 MiB, below which merges of wide rows fail, and 8 GiB."""
    return min(max((limit or limit_bytes()) // 4, 512 * _MIB), 8192 * _MIB)
