"""The parts that tables of the embedded engine consist of: list, check, lay aside."""

from typing import Any, NamedTuple

from clickhouse_connect.driver.exceptions import ClickHouseError

from sightline.stores.analytics.failures import is_damage, translate

_PARTS = """SELECT table, name, rows, bytes_on_disk FROM system.parts
WHERE active AND database = currentDatabase() ORDER BY table, name"""
_ONE = {"check_query_single_value_result": "0"}
_NO_SUCH_PART = 232


class StoredPart(NamedTuple):
    table: str
    name: str
    rows: int
    size_bytes: int


def listed(client: Any) -> list[StoredPart]:
    """Return the parts in use, and let none be merged from now on; `client` is the driver's."""
    client.command("SYSTEM STOP MERGES")
    return [StoredPart(*row) for row in client.query(_PARTS).result_rows]


def check(client: Any, part: StoredPart) -> str | None:
    """Read a part and compare its checksums; return what is wrong, None when it is sound.

    Raises `SightlineError` when that cannot be said, for want of memory or files.
    """
    try:
        found = client.query(f"CHECK TABLE `{part.table}` PART '{part.name}'", settings=_ONE)
    except ClickHouseError as error:
        if getattr(error, "code", None) == _NO_SUCH_PART:
            # Merged in the moment before merges were stopped.
            return None
        if not is_damage(error):
            raise translate(error) from error
        return str(error).splitlines()[0][:200]
    for _, is_passed, message in found.result_rows:
        # The driver takes this for a statement, whose answer is text.
        if str(is_passed) != "1":
            return str(message).splitlines()[0][:200] if message else "its checksums are others"
    return None


def lay_aside(client: Any, part: StoredPart) -> None:
    """Take a part out of its table, into the folder `detached` there."""
    client.command(f"ALTER TABLE `{part.table}` DETACH PART '{part.name}'")
