"""Bodies of projects and of their figures.

Source: the published `opik` client 2.2.122 (`project_*.py`, `project_stats_summary*.py`,
`recent_activity_*.py`).
"""

from typing import Any, Literal

import msgspec

from sightline.core.clock import format_us
from sightline.core.errors import InvalidRequestError
from sightline.core.ids import format_id
from sightline.domain.workspace import Project
from sightline.wire.opik.definitions import audit_body

Visibility = Literal["private", "public"]
LAST_TRACE = "last_updated_trace_at"
SORTABLE = ["id", "name", "created_at", "last_updated_at", LAST_TRACE]


class ProjectIn(msgspec.Struct, kw_only=True):
    """A project to create."""

    name: str
    visibility: Visibility | None = None
    description: str | None = None


class ProjectUpdate(msgspec.Struct, kw_only=True):
    """The body of `PATCH projects/{id}`; null means "not said"."""

    name: str | None = None
    visibility: Visibility | None = None
    description: str | None = None


class ProjectRetrieve(msgspec.Struct, kw_only=True):
    """The body of `POST projects/retrieve`."""

    name: str
    include_stats: bool | None = msgspec.field(name="includeStats", default=None)


class SortIn(msgspec.Struct, kw_only=True):
    """One field of the `sorting` parameter, a JSON list."""

    field: str
    direction: str = "ASC"

    @property
    def descending(self) -> bool:
        return self.direction.upper() == "DESC"


def check_sorting(sorting: list[SortIn] | None) -> list[SortIn]:
    """Return the order asked for. Raises `InvalidRequestError` for a field or direction unknown."""
    for item in sorting or ():
        if item.field not in SORTABLE:
            raise InvalidRequestError(
                f"Invalid sorting fields [{item.field}]", hint=f"Sortable are {SORTABLE}"
            )
        if item.direction.upper() not in {"ASC", "DESC"}:
            raise InvalidRequestError(f"Invalid sorting direction {item.direction}")
    return sorting or []


def project_body(project: Project, last_trace_us: int | None) -> dict[str, Any]:
    """Return a project in Opik's shape."""
    return {
        "id": format_id(project.id),
        "name": project.name,
        "visibility": project.visibility,
        "description": project.description,
        **audit_body(project),
        LAST_TRACE: None if last_trace_us is None else format_us(last_trace_us),
    }
