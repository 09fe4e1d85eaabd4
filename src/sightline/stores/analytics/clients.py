"""How the engine is reached: in this process (chDB), or as a ClickHouse server over HTTP.

Both take the same SQL through the same driver. An embedded client is for one thread at a time; a
server's holds a pool of connections, and any number of threads may use it.
"""

import os
from typing import Any
from urllib.parse import unquote, urlsplit

import clickhouse_connect
from clickhouse_connect import common as driver_common
from clickhouse_connect.driver.exceptions import ClickHouseError
from clickhouse_connect.driver.httputil import get_pool_manager
from urllib3.exceptions import HTTPError

from sightline.core.errors import ConfigurationError, StoreAwayError
from sightline.stores.analytics.failures import is_away
from sightline.stores.analytics.options import AnalyticsOptions, default_memory_bytes

_MIB = 1024 * 1024
_UNKNOWN_DATABASE = 81
_CONNECT_TIMEOUT_S = 5
# The server ends a query that takes too long itself, and says so: a quarter longer we wait for it.
_LEAST_PATIENCE_S = 2

# A tuple's element must be read through FINAL as a whole: read as a subcolumn, it is not merged.
_SESSION = {
    "optimize_functions_to_subcolumns": "0",
    "use_skip_indexes_if_final": "1",
    "use_skip_indexes_if_final_exact_mode": "1",
    "date_time_output_format": "iso",
    "async_insert": "0",
    # Duplicates inside one insert are merged with all others, later: FINAL and merges see to it.
    "optimize_on_insert": "0",
    "max_partitions_per_insert_block": "0",
    # Thousands of ids may be named in a query, which costs next to nothing.
    "max_query_size": "16777216",
    "max_ast_elements": "1000000",
    "max_expanded_ast_elements": "5000000",
}
# A row sent twice is one row after merging. A replicated table that drops a block which it has had
# would drop what is sent again after it was deleted.
_SERVER = {"insert_deduplicate": "0"}
# Why each is so: ADR 15.
_CLUSTER = {
    "distributed_foreground_insert": "1",
    "distributed_product_mode": "global",
    "parallel_distributed_insert_select": "0",
    "optimize_skip_unused_shards": "1",
    "load_balancing": "in_order",
    "max_replica_delay_for_distributed_queries": "30",
    "prefer_localhost_replica": "0",
}


def connect(options: AnalyticsOptions, *, at_once: int = 1) -> Any:
    """Return a client of the driver, for a server one that serves `at_once` threads.

    A server's database is made when there is none. Raises `ConfigurationError` that says why not:
    `StoreAwayError` where the server may be there later.
    """
    scheme = urlsplit(options.dsn).scheme
    if scheme not in {"chdb", "http", "https"}:
        raise ConfigurationError(
            "analytics.dsn is not an address of a store",
            hint="Use chdb:///path, or http(s)://user:password@host:port/database",
        )
    if scheme == "chdb" and (options.cluster or options.insert_quorum):
        raise ConfigurationError(
            "analytics.cluster and analytics.insert_quorum are for a ClickHouse server",
            hint="Name one in analytics.dsn, or leave them away",
        )
    # A session would tie a client to one server behind a balancer, and to one query at a time.
    driver_common.set_setting("autogenerate_session_id", False)
    is_embedded = scheme == "chdb"
    try:
        return _embedded(options) if is_embedded else _server(options, at_once)
    except (ClickHouseError, HTTPError, OSError, ValueError) as error:
        kind = StoreAwayError if not is_embedded and is_away(error) else ConfigurationError
        raise kind(
            f"Cannot open the analytics store: {_first_line(error)}",
            hint="Is another Sightline running on the same data folder?"
            if is_embedded
            else "Does the server of analytics.dsn run, and do user and password fit?",
        ) from error


def database_of(dsn: str) -> str:
    """Return the database that a server's address names."""
    return unquote(urlsplit(dsn).path.strip("/")) or "default"


def _embedded(options: AnalyticsOptions) -> Any:
    cap = options.max_memory_bytes or default_memory_bytes()
    settings = _settings(options)
    settings["max_memory_usage"] = str(cap // 2)
    settings["max_threads"] = str(os.cpu_count() or 2)
    # Queries leave out what a delete names that is not carried out yet: nobody waits for it.
    settings["apply_mutations_on_fly"] = "1"
    # What is asked for most lies together, in what was written last: unpacked once, it stays.
    settings["use_uncompressed_cache"] = "1"
    # The engine as a whole, then any one query, so that one cannot starve the rest.
    whole = {
        "max_server_memory_usage": cap,
        "mark_cache_size": max(cap // 16, 16 * _MIB),
        "uncompressed_cache_size": min(cap // 16, 64 * _MIB),
    }
    return clickhouse_connect.get_client(dsn=options.dsn, settings=settings, chdb_options=whole)


def _server(options: AnalyticsOptions, at_once: int) -> Any:
    settings = _settings(options) | _SERVER
    if options.cluster:
        settings |= _CLUSTER
        settings["distributed_ddl_task_timeout"] = str(options.query_timeout_s)
    if options.insert_quorum:
        settings["insert_quorum"] = str(options.insert_quorum)
    common: dict[str, Any] = {
        "dsn": options.dsn,
        "database": database_of(options.dsn),
        "client_name": "sightline",
        "connect_timeout": _CONNECT_TIMEOUT_S,
        "send_receive_timeout": _longest_s(options),
        "pool_mgr": get_pool_manager(maxsize=at_once),
        "query_retries": 1,
    }
    try:
        return clickhouse_connect.get_client(settings=settings, **common)
    except ClickHouseError as error:
        if getattr(error, "code", None) != _UNKNOWN_DATABASE:
            raise
    name = database_of(options.dsn).replace("`", "``")
    everywhere = f" ON CLUSTER '{options.cluster}'" if options.cluster else ""
    with clickhouse_connect.get_client(**common | {"database": "default"}) as client:
        client.command(f"CREATE DATABASE IF NOT EXISTS `{name}`{everywhere}")
    return clickhouse_connect.get_client(settings=settings, **common)


def _longest_s(options: AnalyticsOptions) -> int:
    """Return after how many seconds of silence a server is given up."""
    return options.query_timeout_s + max(options.query_timeout_s // 4, _LEAST_PATIENCE_S)


def _settings(options: AnalyticsOptions) -> dict[str, Any]:
    return {**_SESSION, "max_execution_time": str(options.query_timeout_s)}


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0][:300] if str(error) else type(error).__name__
