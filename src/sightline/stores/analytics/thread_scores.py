"""Feedback scores of threads, by thread."""

from collections.abc import Sequence

from sightline.core.ids import Id
from sightline.domain.score import AuthorScore, FeedbackScore, merge_authors
from sightline.domain.thread import ThreadKey
from sightline.stores.analytics.engine import Analytics
from sightline.stores.analytics.sql import Binder, id_list, id_literal


async def of_threads(
    analytics: Analytics, workspace_id: Id, keys: Sequence[ThreadKey]
) -> dict[ThreadKey, list[FeedbackScore]]:
    """Return the scores of these threads, by name."""
    if not keys:
        return {}
    binder = Binder()
    rows = await analytics.query(
        "SELECT project_id, entity_id, name, author, value, category_name, reason, source, "
        "toUnixTimestamp64Micro(created_at), version FROM feedback_scores FINAL "
        f"PREWHERE workspace_id = {id_literal(workspace_id)} "
        f"AND project_id IN {id_list({k.project_id for k in keys})} AND entity_type = 'thread' "
        f"AND entity_id IN {binder.add([k.thread_id for k in keys], 'Array(String)')} "
        "ORDER BY name",
        binder.params,
    )
    given: dict[ThreadKey, dict[str, list[AuthorScore]]] = {}
    for project_id, thread_id, name, *rest in rows:
        author, value, category_name, reason, source, created_at_us, version = rest
        given.setdefault(ThreadKey(project_id, thread_id), {}).setdefault(name, []).append(
            AuthorScore(
                author=author,
                value=value,
                category_name=category_name,
                reason=reason,
                source=source,
                created_at_us=created_at_us,
                # Each version of a row is made anew, and may be dated by a client's clock.
                last_updated_us=max(version, created_at_us),
            )
        )
    return {
        key: [merge_authors(name, scores) for name, scores in names.items()]
        for key, names in given.items()
    }
