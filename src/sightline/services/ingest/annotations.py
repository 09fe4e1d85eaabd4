"""Scores and comments: finds the entity they belong to, stores them, takes them away."""

from collections.abc import Sequence
from decimal import Decimal

from sightline.core.clock import Clock
from sightline.core.errors import NotFoundError
from sightline.core.ids import Id, format_id, new_id, parse_id
from sightline.domain.workspace import Principal
from sightline.domain.writes import ScoreWrite
from sightline.services.ingest import scored
from sightline.services.ingest.service import Ingest
from sightline.stores.analytics import comments, current
from sightline.stores.analytics.comments import Comment
from sightline.stores.analytics.engine import Analytics
from sightline.stores.analytics.row_binary import entity_key
from sightline.stores.analytics.threads import by_model_ids


class Annotations:
    """Feedback scores and comments on traces, spans and threads."""

    def __init__(self, ingest: Ingest, analytics: Analytics, clock: Clock) -> None:
        self._ingest = ingest
        self._analytics = analytics
        self._clock = clock

    async def write_scores(self, who: Principal, writes: Sequence[ScoreWrite]) -> None:
        """Store scores in the project of the entity, if it is there; else in the one named.

        Clients name their default project whatever the entity's is; a score must not be lost
        to view for that.
        """
        places = await scored.places(self._analytics, who.workspace_id, writes)
        for write in writes:
            if found := places.get((write.entity_type, write.entity_id)):
                write.project_id = found[0].project_id
        await self._ingest.write_scores(who, writes, places)

    async def write_score(self, who: Principal, write: ScoreWrite) -> None:
        """Store one score on an entity that must be there.

        Raises `NotFoundError` when it is not.
        """
        await self._project_of(who, write.entity_type, parse_id(write.entity_id))
        await self.write_scores(who, [write])

    async def delete_scores(
        self,
        who: Principal,
        entity_type: str,
        entity_id: str,
        names: Sequence[str],
        *,
        author: str | None,
        project_id: Id | None = None,
    ) -> None:
        """Take away the scores of these names, of one author or of all."""
        now_us = self._clock.now_us()
        there = await current.score_authors(
            self._analytics,
            who.workspace_id,
            entity_type,
            entity_key(entity_type, entity_id),
            names,
            project_id,
        )
        await self._ingest.write_scores(
            who,
            [
                ScoreWrite(
                    entity_type=entity_type,
                    entity_id=entity_id,
                    name=name,
                    value=Decimal(0),
                    version_us=now_us,
                    author=by,
                    project_id=place,
                    deleted=True,
                )
                for place, name, by in there
                if author is None or by == author
            ],
        )

    async def add_comment(
        self, who: Principal, entity_type: str, entity_id: Id, text: str
    ) -> Comment:
        """Store a comment on an entity that must be there; returns it."""
        project_id = await self._project_of(who, entity_type, entity_id)
        now_us = self._clock.now_us()
        comment = Comment(
            id=new_id(),
            project_id=project_id,
            entity_type=entity_type,
            entity_id=entity_id,
            text=text,
            created_by=who.user,
            created_at_us=now_us,
            last_updated_by=who.user,
            last_updated_us=now_us,
        )
        await self._ingest.commit("comments", comments.encode(comment, who.workspace_id), 1)
        return comment

    async def comment(self, who: Principal, entity_type: str, id: Id) -> Comment:
        """Return one comment, or raise `NotFoundError`."""
        found = await comments.by_ids(self._analytics, who.workspace_id, entity_type, [id])
        if not found:
            raise NotFoundError(f"Comment with id {format_id(id)} not found")
        return found[0]

    async def update_comment(self, who: Principal, entity_type: str, id: Id, text: str) -> None:
        """Change the text of a comment."""
        there = await self.comment(who, entity_type, id)
        changed = Comment(
            id=there.id,
            project_id=there.project_id,
            entity_type=there.entity_type,
            entity_id=there.entity_id,
            text=text,
            created_by=there.created_by,
            created_at_us=there.created_at_us,
            last_updated_by=who.user,
            last_updated_us=max(self._clock.now_us(), there.last_updated_us + 1),
        )
        await self._ingest.commit("comments", comments.encode(changed, who.workspace_id), 1)

    async def delete_comments(self, who: Principal, entity_type: str, ids: Sequence[Id]) -> None:
        """Take comments away; unknown ids are passed over."""
        if not ids:
            return
        found = await comments.by_ids(self._analytics, who.workspace_id, entity_type, ids)
        rows = []
        for there in found:
            gone = Comment(
                id=there.id,
                project_id=there.project_id,
                entity_type=there.entity_type,
                entity_id=there.entity_id,
                text="",
                created_by=there.created_by,
                created_at_us=there.created_at_us,
                last_updated_by=who.user,
                last_updated_us=max(self._clock.now_us(), there.last_updated_us + 1),
            )
            rows.append(comments.encode(gone, who.workspace_id, deleted=True))
        await self._ingest.commit("comments", b"".join(rows), len(rows))

    async def _project_of(self, who: Principal, entity_type: str, id: Id) -> Id:
        if entity_type == "thread":
            threads = await by_model_ids(self._analytics, who.workspace_id, [id])
            if id not in threads:
                raise NotFoundError(f"Thread with id {format_id(id)} not found")
            return threads[id].project_id
        found = await current.projects_of(self._analytics, who.workspace_id, entity_type, [id])
        if id not in found:
            raise NotFoundError(f"{entity_type.capitalize()} id: {format_id(id)} not found")
        return found[id]
