"""Where what is scored is: its hours' scores are added up anew (ADR 17)."""

from collections.abc import Iterable, Mapping, Sequence

from sightline.core.ids import Id, parse_id
from sightline.domain.writes import ScoreWrite
from sightline.stores.analytics import current
from sightline.stores.analytics.current import Place
from sightline.stores.analytics.engine import Analytics
from sightline.stores.analytics.rollup_units import Unit, unit_of

Places = Mapping[tuple[str, str], Sequence[Place]]
"""By type and id of what is scored, both as its scores say them."""

_KINDS = ("trace", "span")
# Ids in one statement.
_CHUNK = 2_000


async def places(analytics: Analytics, workspace_id: Id, writes: Iterable[ScoreWrite]) -> Places:
    """Return where the scored traces and spans are that exist."""
    found: dict[tuple[str, str], Sequence[Place]] = {}
    said = dict.fromkeys((w.entity_type, w.entity_id) for w in writes)
    for kind in _KINDS:
        ids = {text: parse_id(text) for of, text in said if of == kind}
        distinct = list(dict.fromkeys(ids.values()))
        known: dict[Id, list[Place]] = {}
        for start in range(0, len(distinct), _CHUNK):
            some = distinct[start : start + _CHUNK]
            known |= await current.places_of(analytics, workspace_id, kind, some)
        found |= {(kind, text): known[id] for text, id in ids.items() if id in known}
    return found


def units(workspace_id: Id, found: Places) -> set[Unit]:
    """Return the units of which scores change."""
    return {
        Unit(workspace_id, place.project_id, unit_of(place.trace_id), of_scores=True)
        for some in found.values()
        for place in some
    }


def missing(writes: Iterable[ScoreWrite], found: Places) -> list[ScoreWrite]:
    """Return the scores of traces and spans that were not found."""
    return [
        w for w in writes if w.entity_type in _KINDS and (w.entity_type, w.entity_id) not in found
    ]
