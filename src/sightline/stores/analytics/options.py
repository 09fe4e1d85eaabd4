"""How the analytics store is reached and how much of the machine it may use."""

from typing import Annotated

import msgspec
from msgspec import Meta


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
            description="Memory of the embedded engine; 0: a quarter of the machine, at most 8 GiB",
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
