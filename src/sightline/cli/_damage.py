"""What `doctor` finds of damage in the data folder: parts of tables, the spool, the clock."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from sightline.cli._machine import Finding, shown_size

_RESTORE = "Restore a backup (`sightline restore`)"
_MANY = 20
# An hour of summer time, and what a machine without a battery shows, are much more.
_CLOCK_SLACK_S = 60


class Aside(NamedTuple):
    """A part that is not served, in the folder where the engine or `repair` laid it."""

    table: str
    name: str
    folder: Path

    @property
    def rows(self) -> str:
        """How many rows it had, as far as it says so itself."""
        try:
            return f"{int((self.folder / 'count.txt').read_text()):,} rows"
        except (OSError, ValueError):
            return "nobody knows how many rows"


def aside(settings: Any) -> list[Aside]:
    """Return the parts that lie aside; works also while a server has the store open."""
    if not settings.analytics_dsn.startswith("chdb://"):
        return []
    store = Path(settings.analytics_dsn.removeprefix("chdb://"))
    return [
        Aside(folder.parents[1].name, folder.name, folder.resolve())
        for folder in sorted(store.glob("data/default/*/detached/*"))
        if not folder.name.startswith(("tmp", "attaching", "deleting"))
    ]


def parts(settings: Any, running: Any) -> Iterator[Finding]:
    """Find parts that lie aside."""
    found = aside(settings)
    if not found:
        return
    from sightline.stores.analytics.rollup_units import OF_UNITS

    for part in found[:_MANY]:
        if part.table in {*OF_UNITS, "rollup_units"}:
            yield Finding(
                "warning",
                "damage",
                f"part {part.name} of table {part.table} is damaged; what it held is worked out of "
                "the traces and spans",
                "Start the server again: it is made anew",
            )
            continue
        # Without a word before it, people have laid it there.
        is_broken = not part.name.startswith("all_")
        yield Finding(
            "problem" if is_broken else "warning",
            "damage",
            f"part {part.name} of table {part.table} is {'damaged and ' if is_broken else ''}"
            f"not served: {part.rows}, in {part.folder}",
            f"{_RESTORE}, or accept the loss and delete that folder",
        )
    if len(found) > _MANY:
        yield Finding("problem", "damage", f"and {len(found) - _MANY} parts more")


def deep(settings: Any, running: Any) -> Iterator[Finding]:
    """Read all parts of all tables and compare their checksums; says on stderr how far it is."""
    from sightline.cli._stores import analytics_exists, analytics_options
    from sightline.stores.analytics.engine import Analytics
    from sightline.stores.analytics.parts import check, listed

    if not settings.analytics_dsn.startswith("chdb:"):
        yield Finding("ok", "parts", "a ClickHouse server checks its own: CHECK TABLE")
        return
    if running is not None:
        yield Finding(
            "warning",
            "parts",
            f"{running} has them open: not checked",
            "Stop the server and ask again with --deep",
        )
        return
    if not analytics_exists(settings):
        return
    store = Analytics(analytics_options(settings))
    try:
        client = store._connect()
        every = listed(client)
        damaged = []
        for at, part in enumerate(every, 1):
            print(f"\r{at:,} of {len(every):,} parts", end="", file=sys.stderr, flush=True)
            if (why := check(client, part)) is not None:
                damaged.append((part, why))
        print(file=sys.stderr)
    finally:
        store.close()
    for part, why in damaged:
        yield Finding(
            "problem",
            "damage",
            f"part {part.name} of table {part.table} is damaged: {part.rows:,} rows, "
            f"{shown_size(part.size_bytes)}: {why}",
            f"{_RESTORE}, or accept the loss with `sightline repair`: the rest is then read again",
        )
    if not damaged:
        yield Finding("ok", "parts", f"{len(every):,} are as they were written")


def spool(settings: Any, running: Any) -> Iterator[Finding]:
    """Find damage among the calls that are not stored yet, and groups that were laid aside."""
    folder = Path(settings.server.data).resolve() / "spool"
    kept = sorted((folder / "aside").glob("*.seg"))
    if kept:
        yield Finding(
            "warning",
            "spool",
            f"{len(kept)} groups of calls could not be stored and lie in {folder / 'aside'}",
            "The log says why (gateway.set_aside); delete the files when they are not wanted",
        )
    if running is not None or not folder.exists():
        return
    places = sum(_damaged_places(segment) for segment in folder.glob("*.seg"))
    if places:
        yield Finding(
            "problem",
            "spool",
            f"{places} places in {folder} are damaged: the calls there have no trace",
            "The next start passes over them and stores the rest; look after the disk",
        )


def journal(settings: Any, running: Any) -> Iterator[Finding]:
    """Find acknowledged rows that are in no table yet, and what of them was set aside."""
    from sightline.stores.analytics import journal

    if not settings.analytics_dsn.startswith("chdb:"):
        return
    store = Path(settings.analytics_dsn.removeprefix("chdb://"))
    kept = journal.aside(store)
    if kept:
        yield Finding(
            "problem",
            "journal",
            f"{len(kept)} files of acknowledged rows are damaged or were refused by the engine, "
            f"and lie in {kept[0].parent}",
            "The log says why (journal.damaged, journal.set_aside); what of them could be read is "
            "stored; delete them when they are not wanted",
        )
    if running is None and (size := journal.waiting_bytes(store)):
        yield Finding(
            "ok", "journal", f"{shown_size(size)} of acknowledged rows: the next start stores them"
        )


def _damaged_places(segment: Path) -> int:
    from sightline.stores.spool import frames

    places, at, size = 0, 0, segment.stat().st_size
    with segment.open("rb") as file:
        while at < size:
            record = frames.read(file, size - at)
            if record is None:
                places += 1
                file.seek(at)
                found = frames.find(file.read(size - at), 1)
                if found is None:
                    break
                at += found
                file.seek(at)
            else:
                at += frames.HEAD_BYTES + len(record)
    return places


def clock(settings: Any, running: Any) -> Iterator[Finding]:
    """Compare the machine's clock with what was written last."""
    from sightline.core.clock import SystemClock
    from sightline.stores.data_folder import last_written_us

    now_us = SystemClock().wall_us()
    behind_s = (last_written_us(Path(settings.server.data).resolve()) - now_us) / 1_000_000
    if behind_s > _CLOCK_SLACK_S:
        yield Finding(
            "problem",
            "clock",
            f"it is {behind_s / 60:,.0f} minutes behind what was written last",
            "Set it right (NTP). Up to a day Sightline's own goes on from there; beyond, changes "
            "that carry no time of their own lose against older ones",
        )
    else:
        yield Finding("ok", "clock", "not behind what was written last")
