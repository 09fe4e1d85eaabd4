"""Snowflake, by its SQL API: rows of one table, which is made when it is missing.

All rows of a request travel as one bind variable, a JSON array, and are merged by their ids, so a
row that is sent twice is there once.
"""

from collections.abc import Sequence
from typing import Annotated, Any

from sightline.core import codec
from sightline.core.ids import derived_id, format_id
from sightline.destinations._config import Config, key
from sightline.destinations._requests import batched, below, json_request
from sightline.destinations._table import IDENTIFIER, JSON_COLUMNS, rows
from sightline.destinations._view import view
from sightline.destinations.base import Delivery, Destination, Extras, HttpRequest
from sightline.domain.generation import Generation

_COLUMNS = {
    "TRACE_ID": "VARCHAR(128) NOT NULL",
    "SPAN_ID": "VARCHAR(128) NOT NULL",
    "PARENT_SPAN_ID": "VARCHAR(128)",
    "USER_ID": "VARCHAR(256)",
    "SESSION_ID": "VARCHAR(256)",
    "ORGANIZATION_ID": "VARCHAR(256)",
    "ENTITY_ID": "VARCHAR(256) NOT NULL",
    "API_KEY_NAME": "VARCHAR(256)",
    "TIMESTAMP": "TIMESTAMP_NTZ NOT NULL",
    "START_TIME": "TIMESTAMP_NTZ NOT NULL",
    "END_TIME": "TIMESTAMP_NTZ",
    "DURATION_MS": "NUMBER(18,3)",
    "MODEL": "VARCHAR(256)",
    "PROVIDER_NAME": "VARCHAR(256)",
    "PROVIDER_SLUG": "VARCHAR(256)",
    "STATUS": "VARCHAR(32) NOT NULL",
    "LEVEL": "VARCHAR(32) NOT NULL",
    "SPAN_TYPE": "VARCHAR(32) NOT NULL",
    "FINISH_REASON": "VARCHAR(256)",
    "PROMPT_TOKENS": "NUMBER(18,0) NOT NULL",
    "COMPLETION_TOKENS": "NUMBER(18,0) NOT NULL",
    "TOTAL_TOKENS": "NUMBER(18,0) NOT NULL",
    "CACHED_TOKENS": "NUMBER(18,0) NOT NULL",
    "REASONING_TOKENS": "NUMBER(18,0) NOT NULL",
    "INPUT_COST": "FLOAT",
    "OUTPUT_COST": "FLOAT",
    "TOTAL_COST": "FLOAT",
    "TAGS": "VARIANT",
    **dict.fromkeys(JSON_COLUMNS, "VARIANT"),
}
_TIMEOUT_S = 60
# A bind variable holds 16 MB; quoting may double a text.
_MAX_BYTES = 4_000_000


class SnowflakeConfig(Config, frozen=True, kw_only=True):
    account: Annotated[
        str,
        key(
            "Account",
            placeholder="myorg-account123",
            required=True,
            pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,254}$",
        ),
    ]
    token: Annotated[str, key("Token", "A programmatic access token.", secret=True, required=True)]
    database: Annotated[str, key("Database", pattern=IDENTIFIER)] = "SNOWFLAKE_LEARNING_DB"
    schema: Annotated[str, key("Schema", pattern=IDENTIFIER)] = "PUBLIC"
    table: Annotated[str, key("Table", pattern=IDENTIFIER)] = "SIGHTLINE_TRACES"
    warehouse: Annotated[str, key("Warehouse", pattern=IDENTIFIER)] = "COMPUTE_WH"


def _request(
    config: SnowflakeConfig, statement: str, bound: str | None = None, request_id: str = ""
) -> HttpRequest:
    body: dict[str, Any] = {
        "statement": statement,
        "timeout": _TIMEOUT_S,
        "database": config.database,
        "schema": config.schema,
        "warehouse": config.warehouse,
    }
    if bound is not None:
        body["bindings"] = {"1": {"type": "TEXT", "value": bound}}
    headers = {
        "Accept": "application/json",
        "Authorization": f"Bearer {config.token}",
        "X-Snowflake-Authorization-Token-Type": "PROGRAMMATIC_ACCESS_TOKEN",
    }
    # With it Snowflake runs a request that comes again only once.
    query = {"requestId": request_id, "retry": "true"} if request_id else None
    base = f"https://{config.account}.snowflakecomputing.com"
    return json_request(below(base, "/api/v2/statements", query), body, headers, config.headers)


def _target(config: SnowflakeConfig) -> str:
    return f"{config.database}.{config.schema}.{config.table}"


def prepare(config: SnowflakeConfig) -> list[HttpRequest]:
    columns = ", ".join(f"{name} {type}" for name, type in _COLUMNS.items())
    return [_request(config, f"CREATE TABLE IF NOT EXISTS {_target(config)} ({columns})")]


def _merge(config: SnowflakeConfig) -> str:
    selected = ", ".join(f"{_selected(name, type)} AS {name}" for name, type in _COLUMNS.items())
    names = ", ".join(_COLUMNS)
    values = ", ".join(f"s.{name}" for name in _COLUMNS)
    return (
        f"MERGE INTO {_target(config)} t USING (SELECT {selected} "
        "FROM TABLE(FLATTEN(INPUT => PARSE_JSON(?))) v) s "
        "ON t.TRACE_ID = s.TRACE_ID AND t.SPAN_ID = s.SPAN_ID "
        f"WHEN NOT MATCHED THEN INSERT ({names}) VALUES ({values})"
    )


def _selected(name: str, type: str) -> str:
    if name in JSON_COLUMNS:
        return f"PARSE_JSON(v.value:{name}::VARCHAR)"
    return f"v.value:{name}::{type.removesuffix(' NOT NULL')}"


def deliveries(
    config: SnowflakeConfig, batch: Sequence[Generation], extras: Extras
) -> list[Delivery]:
    statement = _merge(config)
    parts = [b",".join(codec.encode(row) for row in rows(view(it, extras))) for it in batch]

    def make(group: list[bytes]) -> Sequence[HttpRequest]:
        bound = (b"[" + b",".join(group) + b"]").decode()
        request_id = format_id(derived_id(0, "snowflake", bound))
        return (_request(config, statement, bound, request_id),)

    return batched(parts, len, make, max_bytes=_MAX_BYTES)


def test(config: SnowflakeConfig) -> HttpRequest:
    return _request(config, "SELECT 1")


DESTINATION = Destination(
    type="snowflake",
    title="Snowflake",
    config=SnowflakeConfig,
    deliveries=deliveries,
    test=test,
    prepare=prepare,
    docs_url="https://docs.snowflake.com/en/developer-guide/sql-api/",
)
