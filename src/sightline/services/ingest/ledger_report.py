"""What the ledger says of a period: sums by who sent and where to, and their course over time."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

import msgspec
from sqlalchemy import Connection

from sightline.core.ids import NIL, Id
from sightline.domain.ingest_ledger import STORED
from sightline.domain.workspace import Project
from sightline.stores.catalog import ingest_ledger, projects
from sightline.stores.catalog.engine import Catalog
from sightline.stores.catalog.ingest_ledger import FINE_KEPT_US, FINE_US, HOUR_US, Question, Sum

_MINUTE_US = 60_000_000
_STEPS_US = (FINE_US, 15 * _MINUTE_US, HOUR_US, 3 * HOUR_US, 6 * HOUR_US, 24 * HOUR_US)
_MOST_STEPS = 100


class Line(msgspec.Struct, kw_only=True):
    """Messages of one project, face and client; what is not stored is in `reasons`."""

    workspace_id: Id = NIL
    project_id: Id = NIL
    face: str = ""
    client: str = ""
    stored: int = 0
    reasons: dict[str, int] = {}
    last_us: int = 0

    @property
    def refused(self) -> int:
        return sum(self.reasons.values())

    @property
    def received(self) -> int:
        return self.stored + self.refused

    def add(self, found: Sum) -> None:
        """Add the messages of one outcome."""
        if found.outcome == STORED:
            self.stored += found.messages
        else:
            self.reasons[found.outcome] = self.reasons.get(found.outcome, 0) + found.messages
        self.last_us = max(self.last_us, found.last_us)


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """Messages from `start_us` on, for the step of the report."""

    start_us: int
    stored: int
    refused: int


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """`lines` begin with those of most messages. From and to are whole steps."""

    from_us: int
    to_us: int
    step_us: int
    total: Line
    lines: list[Line]
    steps: list[Step]
    projects: Mapping[Id, Project]


class _Found(NamedTuple):
    sums: list[Sum]
    course: dict[int, tuple[int, int]]
    projects: list[Project]


def step_of(from_us: int, to_us: int, now_us: int) -> int:
    """Return the shortest step in which a period is not too long, and is known."""
    is_old = from_us < now_us - FINE_KEPT_US + HOUR_US
    for step_us in _STEPS_US:
        if (to_us - from_us) // step_us < _MOST_STEPS and not (is_old and step_us < HOUR_US):
            return step_us
    return _STEPS_US[-1]


async def report(catalog: Catalog, workspace_id: Id, asked: Question, now_us: int) -> Report:
    """Return what is known of a period, as of the last time that each process told."""
    step_us = step_of(asked.from_us, asked.to_us, now_us)
    from_us = asked.from_us - asked.from_us % step_us
    to_us = asked.to_us + -asked.to_us % step_us
    whole = msgspec.structs.replace(asked, from_us=from_us, to_us=to_us)

    def read(connection: Connection) -> _Found:
        # At one moment: the sums are those of the course.
        sums = ingest_ledger.sums(connection, whole)
        ids = {one.project_id for one in sums} - {NIL}
        return _Found(
            sums,
            ingest_ledger.series(connection, whole, step_us),
            projects.list_by_ids(connection, workspace_id, ids),
        )

    found = await catalog.read(read)
    total, lines = _lines(found.sums)
    return Report(
        from_us=from_us,
        to_us=to_us,
        step_us=step_us,
        total=total,
        lines=lines,
        steps=[
            Step(start_us=at, stored=stored, refused=refused)
            for at in range(from_us, to_us, step_us)
            for stored, refused in [found.course.get(at, (0, 0))]
        ],
        projects={project.id: project for project in found.projects},
    )


def _lines(sums: Iterable[Sum]) -> tuple[Line, list[Line]]:
    total = Line()
    lines: dict[tuple[Id, Id, str, str], Line] = {}
    for one in sums:
        key = (one.workspace_id, one.project_id, one.face, one.client)
        line = lines.get(key)
        if line is None:
            line = lines[key] = Line(
                workspace_id=one.workspace_id,
                project_id=one.project_id,
                face=one.face,
                client=one.client,
            )
        line.add(one)
        total.add(one)
    ordered = sorted(lines.items(), key=lambda item: (-item[1].received, item[0]))
    return total, [line for _, line in ordered]
