"""What became of the messages that clients sent: counts by hour, lately by five minutes.

The workspace and the project are `NIL` where they were not known. Rows of five minutes become part
of their hour's after two days; hours are kept a month.
"""

from collections.abc import Iterable, Sequence

import msgspec
from sqlalchemy import ColumnElement, Connection, Row, and_, delete, func, select, true

from sightline.core.ids import NIL, Id
from sightline.domain.ingest_ledger import STORED, Place
from sightline.stores.catalog import names, projects
from sightline.stores.catalog.pages import MAX_IDS
from sightline.stores.catalog.tables import ingest_ledger, ingest_ledger_flushes
from sightline.stores.catalog.tables import projects as projects_table
from sightline.stores.catalog.upserts import upsert_adding, upsert_rising

FINE_US = 300_000_000
HOUR_US = 3_600_000_000
DAY_US = 24 * HOUR_US
FINE_KEPT_US = 2 * DAY_US
KEPT_US = 31 * DAY_US
_table, _flushes = ingest_ledger, ingest_ledger_flushes
_KEY = ("workspace_id", "start_us", "project_id", "face", "client", "outcome")


class Tally(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Messages of one outcome since `start_us`; the project may be a name, to be looked up."""

    workspace_id: Id
    start_us: int
    project: Place
    face: str
    client: str
    outcome: str
    messages: int
    last_us: int


class Sum(msgspec.Struct, frozen=True, kw_only=True):
    """Messages of one outcome in a period."""

    workspace_id: Id
    project_id: Id
    face: str
    client: str
    outcome: str
    messages: int
    last_us: int


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """Which counts are meant, from ≤ time < to. None is every project; `NIL` is none."""

    workspace_ids: tuple[Id, ...]
    from_us: int
    to_us: int
    project_id: Id | None = None


def add(
    connection: Connection, tallies: Sequence[Tally], *, process_id: Id, number: int, now_us: int
) -> None:
    """Add counts to those that are there. Projects that do not exist are none.

    `number` is greater each time; the same again, after an answer that did not come, adds nothing.
    """
    row = {"process_id": process_id, "number": number, "at_us": now_us}
    if not upsert_rising(connection, _flushes, row, number="number"):
        return
    known = _known(connection, tallies)
    rows: dict[tuple[object, ...], list[int]] = {}
    for one in tallies:
        project_id = known.get((one.workspace_id, one.project), NIL)
        key = (one.workspace_id, one.start_us, project_id, one.face, one.client, one.outcome)
        _sum(rows, key, one.messages, one.last_us)
    _upsert(connection, rows)


def sums(connection: Connection, asked: Question) -> list[Sum]:
    """Return the counts of a period by everything but time."""
    by = [_table.c[name] for name in _KEY if name != "start_us"]
    query = (
        select(
            *by,
            func.sum(_table.c.messages).label("messages"),
            func.max(_table.c.last_us).label("last_us"),
        )
        .where(_meant(asked))
        .group_by(*by)
    )
    return [
        Sum(**{**row._mapping, "messages": int(row.messages)}) for row in connection.execute(query)
    ]


def series(connection: Connection, asked: Question, step_us: int) -> dict[int, tuple[int, int]]:
    """Return messages stored and not stored by the start of each step that has any."""
    start = (_table.c.start_us - _table.c.start_us % step_us).label("start")
    is_stored = (_table.c.outcome == STORED).label("is_stored")
    query = (
        select(start, is_stored, func.sum(_table.c.messages).label("messages"))
        .where(_meant(asked))
        .group_by(start, is_stored)
    )
    found: dict[int, tuple[int, int]] = {}
    for row in connection.execute(query):
        stored, refused = found.get(row.start, (0, 0))
        if row.is_stored:
            stored += int(row.messages)
        else:
            refused += int(row.messages)
        found[row.start] = (stored, refused)
    return found


def fold(connection: Connection, *, before_us: int, steps: int) -> int:
    """Make hours of what is finer and older than `before_us`; return how many rows that were.

    At most `steps` hours at once, the oldest first. Two processes that do it at once share the
    work: each adds up the rows that it has deleted itself.
    """
    is_fine = _table.c.start_us % HOUR_US != 0
    before_us -= before_us % HOUR_US
    oldest = select(func.min(_table.c.start_us)).where(_table.c.start_us < before_us, is_fine)
    first_us = connection.execute(oldest).scalar_one()
    if first_us is None:
        return 0
    until_us = min(before_us, first_us - first_us % HOUR_US + steps * HOUR_US)
    gone = delete(_table).where(_table.c.start_us < until_us, is_fine).returning(*_table.c)
    rows: dict[tuple[object, ...], list[int]] = {}
    count = 0
    for row in connection.execute(gone).all():
        count += 1
        _sum(rows, _hour_key(row), row.messages, row.last_us)
    _upsert(connection, rows)
    return count


def forget(connection: Connection, *, before_us: int) -> int:
    """Delete what is older; return how many rows of counts that were."""
    connection.execute(delete(_flushes).where(_flushes.c.at_us < before_us))
    return connection.execute(delete(_table).where(_table.c.start_us < before_us)).rowcount


def _known(connection: Connection, tallies: Iterable[Tally]) -> dict[tuple[Id, Place], Id]:
    """Return the id of each project that exists, by the workspace and what was said of it."""
    said: dict[Id, set[str | Id]] = {}
    for one in tallies:
        if one.project is not None:
            said.setdefault(one.workspace_id, set()).add(one.project)
    known: dict[tuple[Id, Place], Id] = {}
    for workspace_id, places in said.items():
        wanted = [place for place in places if isinstance(place, str)]
        by_key = projects.get_by_names(connection, workspace_id, wanted) if wanted else {}
        for name in wanted:
            if (project := by_key.get(names.key(name))) is not None:
                known[workspace_id, name] = project.id
        ids = [place for place in places if isinstance(place, bytes)]
        for id in _ids_of(connection, workspace_id, ids):
            known[workspace_id, id] = id
    return known


def _ids_of(connection: Connection, workspace_id: Id, ids: Sequence[Id]) -> list[Id]:
    found: list[Id] = []
    for start in range(0, len(ids), MAX_IDS):
        query = select(projects_table.c.id).where(
            projects_table.c.workspace_id == workspace_id,
            projects_table.c.id.in_(ids[start : start + MAX_IDS]),
        )
        found.extend(connection.execute(query).scalars())
    return found


def _hour_key(row: Row[tuple[object, ...]]) -> tuple[object, ...]:
    start_us = row.start_us - row.start_us % HOUR_US
    return (row.workspace_id, start_us, row.project_id, row.face, row.client, row.outcome)


def _sum(
    rows: dict[tuple[object, ...], list[int]], key: tuple[object, ...], messages: int, last_us: int
) -> None:
    entry = rows.setdefault(key, [0, 0])
    entry[0] += messages
    entry[1] = max(entry[1], last_us)


def _upsert(connection: Connection, rows: dict[tuple[object, ...], list[int]]) -> None:
    upsert_adding(
        connection,
        _table,
        [
            {**dict(zip(_KEY, key, strict=True)), "messages": messages, "last_us": last_us}
            # In one order everywhere, so that two transactions never wait for each other.
            for key, (messages, last_us) in sorted(rows.items())
        ],
        add=("messages",),
        raise_=("last_us",),
    )


def _meant(asked: Question) -> ColumnElement[bool]:
    of_project = true() if asked.project_id is None else _table.c.project_id == asked.project_id
    return and_(
        _table.c.workspace_id.in_(asked.workspace_ids),
        _table.c.start_us >= asked.from_us,
        _table.c.start_us < asked.to_us,
        of_project,
    )
