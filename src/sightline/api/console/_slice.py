"""The slice: which rows of a project a read is about, said by the same parameters everywhere."""

from typing import Annotated

import msgspec
from litestar.params import QueryParameter

from sightline.api.kit.services import Services
from sightline.core.errors import InvalidRequestError, NotFoundError
from sightline.core.ids import Id, parse_id
from sightline.domain.filter import EntityType
from sightline.domain.literals import time_us_of
from sightline.domain.workspace import Principal
from sightline.services.workspace.configurations import DEFAULT_THREAD_TIMEOUT_S, Configurations
from sightline.stores.analytics.scope import Scope
from sightline.stores.analytics.thread_columns import Lifecycle
from sightline.wire.query.read import read_query

ENTITIES: dict[str, EntityType] = {"trace": "trace", "span": "span", "thread": "thread"}

# What the product made itself rather than an application: hidden unless one asks.
HIDDEN_SOURCES = ("experiment", "playground", "optimization", "evaluator")


class SliceIn(msgspec.Struct, kw_only=True, rename={"from_": "from"}):
    """The parameters of a slice beside its entity, as a body carries them."""

    query: str | None = None
    from_: str | None = None
    to: str | None = None
    include_hidden: bool = False


class Slice(msgspec.Struct, frozen=True, kw_only=True):
    """Rows of one project: `scope` holds everything that narrows them, the query as its filter.

    `lifecycle` is what relations of threads need; of no meaning for traces and spans.
    """

    entity: EntityType
    project_id: Id
    scope: Scope
    query: str
    include_hidden: bool
    lifecycle: Lifecycle

    @property
    def hidden_scope(self) -> Scope:
        """Return what the default hiding leaves out of the same slice."""
        return msgspec.structs.replace(self.scope, sources=HIDDEN_SOURCES, hidden_sources=())


async def slice_of(
    who: Principal,
    services: Services,
    project_id: str,
    entity: str = "trace",
    query_text: Annotated[str | None, QueryParameter(name="query")] = None,
    from_: Annotated[str | None, QueryParameter(name="from")] = None,
    to: str | None = None,
    include_hidden: bool = False,
) -> Slice:
    """Read a slice from query parameters; a dependency: `{"asked": Provide(slice_of)}`.

    The route's path must name `project_id`. Raises `InvalidRequestError` for a wrong entity or
    time, `QueryError` for a query that does not read, `NotFoundError` for no such project.
    """
    asked = SliceIn(query=query_text, from_=from_, to=to, include_hidden=include_hidden)
    return await read_slice(who, services, project_id, entity, asked)


async def read_slice(
    who: Principal, services: Services, project_id: str, entity: str, asked: SliceIn
) -> Slice:
    """Return the slice that a body or query parameters ask for; raises what `slice_of` raises."""
    kind = entity_of(entity)
    project = await project_of(who, services, project_id)
    now_us = services.clock.now_us()
    from_us, until_us = time_param("from", asked.from_), time_param("to", asked.to)
    if from_us is not None and until_us is not None and from_us >= until_us:
        raise InvalidRequestError("Parameter `to` must be after `from`")
    return Slice(
        entity=kind,
        project_id=project,
        scope=Scope(
            workspace_id=who.workspace_id,
            project_ids=(project,),
            from_us=from_us,
            to_us=until_us,
            filter=read_query(kind, asked.query, now_us),
            hidden_sources=() if asked.include_hidden else HIDDEN_SOURCES,
        ),
        query=(asked.query or "").strip(),
        include_hidden=asked.include_hidden,
        lifecycle=await _lifecycle(who, services, kind, now_us),
    )


def entity_of(text: str) -> EntityType:
    """Return the entity that a parameter names. Raises `InvalidRequestError`."""
    found = ENTITIES.get(text)
    if found is None:
        raise InvalidRequestError(
            f"Parameter `entity` cannot be `{text[:40]}`",
            hint=f"It is one of {', '.join(ENTITIES)}",
        )
    return found


async def project_of(who: Principal, services: Services, project_id: str) -> Id:
    """Return a project's id. Raises `NotFoundError` when the workspace does not have it."""
    id = parse_id(project_id, "project_id")
    if await services.directory.project(who.workspace_id, id) is None:
        raise NotFoundError(f"Project id: {project_id} not found")
    return id


def time_param(name: str, text: str | None) -> int | None:
    """Read a moment in Unix µs, None for none. Raises `InvalidRequestError` naming it."""
    if text is None or not text.strip():
        return None
    found = time_us_of(text)
    if found is None:
        raise InvalidRequestError(
            f"Parameter `{name}` is no time: `{text[:40]}`",
            hint="Write it as 2026-01-31T12:00:00Z",
        )
    return found


async def _lifecycle(
    who: Principal, services: Services, entity: EntityType, now_us: int
) -> Lifecycle:
    timeout_s = DEFAULT_THREAD_TIMEOUT_S
    if entity == "thread":
        found = await Configurations(services.catalog, services.clock).effective(who.workspace_id)
        timeout_s = found.thread_timeout_s or DEFAULT_THREAD_TIMEOUT_S
    return Lifecycle(now_us=now_us, timeout_us=timeout_s * 1_000_000)
