"""Finding a text within one trace: in its own row, and in which of its spans."""

from sightline.core.ids import Id
from sightline.stores.analytics.columns import column
from sightline.stores.analytics.engine import Analytics
from sightline.stores.analytics.filters import compile_search
from sightline.stores.analytics.sql import Binder, id_list, id_literal
from sightline.stores.analytics.text_match import match_text

_SEARCHED = ("id", "name", "input", "output", "metadata", "tags")


async def spans_with(
    analytics: Analytics, workspace_id: Id, trace_id: Id, text: str, *, limit: int
) -> list[Id]:
    """Return the ids of spans that hold the text anywhere, up to `limit`, the earliest first."""
    binder = Binder()
    plain = text.strip().encode("utf-8", "replace").decode()
    model = match_text(column("model"), "contains", plain, binder)
    found = await analytics.query(
        f"SELECT DISTINCT id, start_time FROM (SELECT {', '.join((*_SEARCHED, 'model'))}, "
        f"start_time FROM spans FINAL PREWHERE workspace_id = {id_literal(workspace_id)} "
        f"AND trace_id = {id_literal(trace_id)}) "
        f"WHERE {compile_search(text, binder)} OR {model} "
        f"ORDER BY start_time, id LIMIT {int(limit)}",
        binder.params,
    )
    return list(dict.fromkeys(row[0] for row in found))


async def is_in_trace(analytics: Analytics, workspace_id: Id, trace_id: Id, text: str) -> bool:
    """Say whether the trace's own row holds the text anywhere."""
    binder = Binder()
    found = await analytics.query(
        f"SELECT 1 FROM (SELECT {', '.join(_SEARCHED)} FROM traces FINAL "
        f"PREWHERE workspace_id = {id_literal(workspace_id)} AND id IN {id_list([trace_id])}) "
        f"WHERE {compile_search(text, binder)} LIMIT 1",
        binder.params,
    )
    return bool(found)
