"""ClickHouse, by its HTTP interface: rows of one table, which is made when it is missing.

The table keeps one row for each span, so a row that is sent twice is merged away.
"""

import hashlib
from collections.abc import Sequence
from typing import Annotated

from sightline.core import codec
from sightline.destinations._config import Config, key
from sightline.destinations._requests import batched, below, merged_headers
from sightline.destinations._table import rows
from sightline.destinations._view import view
from sightline.destinations.base import Delivery, Destination, Extras, HttpRequest
from sightline.domain.generation import Generation

# Names stand in backticks, so a database of the cloud may have hyphens.
_IDENTIFIER = r"^[A-Za-z_][A-Za-z0-9_-]{0,127}$"
_COLUMNS = """
    `TRACE_ID` String,
    `SPAN_ID` String,
    `PARENT_SPAN_ID` Nullable(String),
    `USER_ID` Nullable(String),
    `SESSION_ID` Nullable(String),
    `ORGANIZATION_ID` Nullable(String),
    `ENTITY_ID` String,
    `API_KEY_NAME` Nullable(String),
    `TIMESTAMP` DateTime64(3),
    `START_TIME` DateTime64(3),
    `END_TIME` Nullable(DateTime64(3)),
    `DURATION_MS` Nullable(Float64),
    `MODEL` Nullable(String),
    `PROVIDER_NAME` Nullable(String),
    `PROVIDER_SLUG` Nullable(String),
    `STATUS` LowCardinality(String),
    `LEVEL` LowCardinality(String),
    `SPAN_TYPE` LowCardinality(String),
    `FINISH_REASON` Nullable(String),
    `PROMPT_TOKENS` UInt64,
    `COMPLETION_TOKENS` UInt64,
    `TOTAL_TOKENS` UInt64,
    `CACHED_TOKENS` UInt64,
    `REASONING_TOKENS` UInt64,
    `INPUT_COST` Nullable(Float64),
    `OUTPUT_COST` Nullable(Float64),
    `TOTAL_COST` Nullable(Float64),
    `TAGS` Array(String),
    `ATTRIBUTES` String,
    `INPUT` String,
    `OUTPUT` String,
    `METADATA` String,
    `MODEL_PARAMETERS` String,
    `RESOURCE_ATTRIBUTES` String
"""


class ClickhouseConfig(Config, frozen=True, kw_only=True):
    host: Annotated[
        str,
        key(
            "Host",
            "The HTTP interface, with its port.",
            placeholder="https://<host>:8443",
            url=True,
            required=True,
        ),
    ]
    database: Annotated[str, key("Database", pattern=_IDENTIFIER)] = "default"
    table: Annotated[str, key("Table", pattern=_IDENTIFIER)] = "SIGHTLINE_TRACES"
    username: Annotated[str, key("User", placeholder="default", required=True)]
    password: Annotated[str, key("Password", "May be empty.", secret=True)]


def _request(config: ClickhouseConfig, query: dict[str, str], body: bytes = b"") -> HttpRequest:
    ours = {
        "Content-Type": "text/plain; charset=utf-8",
        "X-ClickHouse-User": config.username,
        "X-ClickHouse-Key": config.password,
    }
    return HttpRequest(
        url=below(config.host, "/", query), headers=merged_headers(ours, config.headers), body=body
    )


def _target(config: ClickhouseConfig) -> str:
    return f"`{config.database}`.`{config.table}`"


def prepare(config: ClickhouseConfig) -> list[HttpRequest]:
    create = (
        f"CREATE TABLE IF NOT EXISTS {_target(config)} ({_COLUMNS}) "
        "ENGINE = ReplacingMergeTree "
        "PARTITION BY toYYYYMM(`TIMESTAMP`) ORDER BY (`TIMESTAMP`, `TRACE_ID`, `SPAN_ID`)"
    )
    return [_request(config, {}, create.encode())]


def deliveries(
    config: ClickhouseConfig, batch: Sequence[Generation], extras: Extras
) -> list[Delivery]:
    insert = f"INSERT INTO {_target(config)} FORMAT JSONEachRow"
    parts = [codec.encode_lines(rows(view(it, extras))) for it in batch]

    def make(group: list[bytes]) -> Sequence[HttpRequest]:
        body = b"".join(group)
        query = {
            "query": insert,
            "insert_deduplication_token": hashlib.sha256(body).hexdigest(),
        }
        return (_request(config, query, body),)

    return batched(parts, len, make)


def test(config: ClickhouseConfig) -> HttpRequest:
    return _request(config, {"database": config.database}, b"SELECT 1")


DESTINATION = Destination(
    type="clickhouse",
    title="ClickHouse",
    config=ClickhouseConfig,
    deliveries=deliveries,
    test=test,
    prepare=prepare,
    docs_url="https://clickhouse.com/docs/interfaces/http",
)
