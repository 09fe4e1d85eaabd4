"""Which rows a question is about: one workspace, mostly one project, a time range, a filter."""

import msgspec

from sightline.core.ids import Id
from sightline.domain.filter import EVERYTHING, Condition, Filter, all_of


class Resting(msgspec.Struct, frozen=True):
    """Says that of all units but the `changed` ones, by project, rows at rest hold (`resting`)."""

    changed: tuple[tuple[Id, tuple[int, ...]], ...]


class Scope(msgspec.Struct, frozen=True, kw_only=True):
    """What a list, a statistic or a chart is taken over. Times are Unix µs, from ≤ t < to.

    `sources` names where rows must come from, `hidden_sources` where they must not; what says
    nothing of it has the source "". `within` names where rows may be, if that is known: projects,
    each with a first and a last id of traces (see `likely_hours`), and `is_few` that
    those hold few rows; `said_within` is where the traces of threads may be that have the one text
    which a filter looks for. So do `trace_ids`, which go with
    `ids` (see `candidates`). `resting` is how rows may be read without merging them.
    """

    workspace_id: Id
    project_ids: tuple[Id, ...] | None = None
    from_us: int | None = None
    to_us: int | None = None
    filter: Filter = EVERYTHING
    search: str = ""
    trace_id: Id | None = None
    span_type: str | None = None
    ids: tuple[Id, ...] | None = None
    sources: tuple[str, ...] | None = None
    hidden_sources: tuple[str, ...] = ()
    within: tuple[tuple[Id, Id, Id], ...] | None = None
    is_few: bool = False
    said_within: tuple[tuple[Id, Id, Id], ...] | None = None
    trace_ids: tuple[Id, ...] | None = None
    resting: Resting | None = None

    @property
    def whole_filter(self) -> Filter:
        """The filter, with the quick search as one more condition."""
        if not self.search.strip():
            return self.filter
        text = Condition(field="text", operator="contains", value=self.search.strip())
        return all_of(self.filter, text)
