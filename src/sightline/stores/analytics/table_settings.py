"""Settings that only the embedded engine's tables need; a server has its own defaults."""

from collections.abc import Callable
from typing import Any

# The engine merges parts without fsync, and by its default here deletes the sources at once: a
# power cut, or a disk that was full, would take rows that are acknowledged. Kept for a minute,
# what was written reaches the disk (Linux writes after 35 s) and a bad merge is noticed. What is so
# large that a slow disk may need longer is synced by the merge itself.
# Deletes that are not carried out yet cost each query 2 ms for a part and 1,000 ids: the more of
# them, the longer the next one takes, up to 5 s, and then it is refused.
# One damaged part must not keep a table from being opened, however large it is.
_WANTED = {
    "old_parts_lifetime": 60,
    "min_compressed_bytes_to_fsync_after_merge": 64 << 20,
    "number_of_mutations_to_delay": 16,
    "number_of_mutations_to_throw": 100,
    "max_delay_to_mutate_ms": 5_000,
    "max_suspicious_broken_parts": 1_000_000,
    "max_suspicious_broken_parts_bytes": 1 << 50,
}
TEXT = ", ".join(f"{name} = {value}" for name, value in _WANTED.items())


def settle(command: Callable[[str], Any], rows: Callable[[str], list[Any]]) -> None:
    """Give the settings to the tables that have others."""
    found = rows(
        "SELECT name FROM system.tables WHERE database = currentDatabase()"
        f" AND engine LIKE '%MergeTree' AND position(engine_full, '{TEXT}') = 0"
    )
    for (table,) in found:
        command(f"ALTER TABLE `{table}` MODIFY SETTING {TEXT}")
