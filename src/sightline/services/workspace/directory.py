"""Who is asking, and which project is meant: looked up on every request, so kept in memory."""

from collections.abc import Callable, Iterable

from sqlalchemy import Connection

from sightline.core.clock import Clock
from sightline.core.errors import (
    AuthenticationError,
    NotFoundError,
    PermissionDeniedError,
    SightlineError,
    StoreUnavailableError,
)
from sightline.core.ids import Id, new_id
from sightline.core.log import get_logger
from sightline.core.tasks import TaskGroup
from sightline.domain.workspace import (
    DEFAULT_PROJECT,
    DEFAULT_USER,
    DEFAULT_WORKSPACE,
    DEFAULT_WORKSPACE_ID,
    Principal,
    Project,
)
from sightline.services.workspace.cache import AgingCache
from sightline.services.workspace.rules import hash_key, project_name
from sightline.stores.catalog import api_keys, projects, sessions
from sightline.stores.catalog.api_keys import KeyRecord
from sightline.stores.catalog.engine import Catalog
from sightline.stores.catalog.names import key as name_key
from sightline.stores.catalog.sessions import SessionRecord

log = get_logger(__name__)

# How long a change made by another process may go unseen here.
_MAX_AGE_US = 5_000_000
_MAX_KEYS = 10_000
_MAX_PROJECTS = 50_000
_TOUCH_EVERY_US = 60_000_000

_OPEN = Principal(
    workspace_id=DEFAULT_WORKSPACE_ID, workspace_name=DEFAULT_WORKSPACE, user=DEFAULT_USER
)


class Directory:
    """Principals and projects, from memory where they were seen within the last 5 s.

    For one event loop. A change made through this process is seen at once.
    """

    def __init__(self, catalog: Catalog, clock: Clock) -> None:
        self._catalog = catalog
        self._clock = clock
        self._keys: AgingCache[bytes, KeyRecord] = AgingCache(_MAX_KEYS, _MAX_AGE_US)
        self._sessions: AgingCache[bytes, SessionRecord] = AgingCache(_MAX_KEYS, _MAX_AGE_US)
        self._touched: AgingCache[bytes, bool] = AgingCache(_MAX_KEYS, _TOUCH_EVERY_US)
        self._by_name: AgingCache[tuple[Id, str], Project] = AgingCache(_MAX_PROJECTS, _MAX_AGE_US)
        self._by_id: AgingCache[tuple[Id, Id], Project] = AgingCache(_MAX_PROJECTS, _MAX_AGE_US)
        self._tasks = TaskGroup()

    async def authenticate(
        self,
        key: str | None,
        workspace_name: str | None,
        *,
        keys_required: bool,
        session: str | None = None,
    ) -> Principal:
        """Return who is asking, from the headers `Authorization` and `Comet-Workspace`.

        Without keys there is one workspace, `default`, and a key is ignored. With keys the header
        may name the key's own workspace or be absent. Where there is no key, `session` (the token
        of somebody who signed in) stands for the key that it was traded for.

        Raises `NotFoundError` for another workspace without keys, `AuthenticationError` for a key
        that is missing or no longer good, `PermissionDeniedError` for a key of another workspace.
        """
        asked = (workspace_name or "").strip()
        if not keys_required:
            if asked and name_key(asked) != DEFAULT_WORKSPACE:
                raise NotFoundError("Workspace not found")
            return _OPEN
        if key is None and session is not None:
            record = await self._session(session)
        else:
            record = await self.key_record(key)
        if asked and name_key(asked) != name_key(record.workspace_name):
            raise PermissionDeniedError(f"The API key has no access to the workspace `{asked}`")
        return Principal(
            workspace_id=record.workspace_id,
            workspace_name=record.workspace_name,
            user=record.name,
            role=record.role,
        )

    async def project_id(self, workspace_id: Id, name: str | None, user: str = DEFAULT_USER) -> Id:
        """Return the id of the project of that name, made if there is none.

        None and blank mean the default project; case does not count. Raises `UnprocessableError`
        for a name that cannot be one.
        """
        known = self._by_name.get((workspace_id, name or ""), self._clock.now_us())
        if known is not None:
            return known.id
        return (await self.project_ids(workspace_id, [name or ""], user))[name or ""]

    async def project_ids(
        self, workspace_id: Id, names: Iterable[str], user: str = DEFAULT_USER
    ) -> dict[str, Id]:
        """Return the id of every name as it was given; see `project_id`."""
        now_us = self._clock.now_us()
        found: dict[str, Id] = {}
        missing: dict[str, str] = {}
        for name in names:
            known = self._by_name.get((workspace_id, name), now_us)
            if known is not None:
                found[name] = known.id
            else:
                missing[name] = project_name(name) or DEFAULT_PROJECT
        if not missing:
            return found
        generation = self._by_name.generation
        loaded = await self._get_or_create(workspace_id, set(missing.values()), user)
        for name, real in missing.items():
            project = loaded[name_key(real)]
            found[name] = project.id
            self._by_name.put((workspace_id, name), project, now_us, generation)
        return found

    async def project(self, workspace_id: Id, id: Id) -> Project | None:
        """Return the project, None when the workspace has none of that id."""
        now_us = self._clock.now_us()
        known = self._by_id.get((workspace_id, id), now_us)
        if known is not None:
            return known
        generation = self._by_id.generation
        found = await self._catalog.read(lambda c: projects.get(c, workspace_id, id))
        if found is not None:
            self._by_id.put((workspace_id, id), found, now_us, generation)
        return found

    async def find_project(self, workspace_id: Id, name: str | None) -> Project | None:
        """Return the project of that name (None and blank: the default one), never making it."""
        now_us = self._clock.now_us()
        known = self._by_name.get((workspace_id, name or ""), now_us)
        if known is not None:
            return known
        real = project_name(name or "") or DEFAULT_PROJECT
        generation = self._by_name.generation
        found = await self._catalog.read(lambda c: projects.get_by_name(c, workspace_id, real))
        if found is not None:
            self._by_name.put((workspace_id, name or ""), found, now_us, generation)
        return found

    def forget_projects(self) -> None:
        """Read projects again: one was renamed or deleted."""
        self._by_name.clear()
        self._by_id.clear()

    def forget_keys(self) -> None:
        """Read keys and sessions again: one was revoked or has ended."""
        self._keys.clear()
        self._sessions.clear()

    async def close(self) -> None:
        """Give up what still runs in the background."""
        await self._tasks.stop()

    async def _get_or_create(
        self, workspace_id: Id, wanted: set[str], user: str
    ) -> dict[str, Project]:
        found = await self._catalog.read(lambda c: projects.get_by_names(c, workspace_id, wanted))
        absent = {name_key(name): name for name in wanted if name_key(name) not in found}
        if not absent:
            return found
        now_us = self._clock.now_us()
        # In one order everywhere, so that two transactions never wait for each other.
        new = [
            Project(
                id=new_id(),
                workspace_id=workspace_id,
                name=absent[key],
                created_at_us=now_us,
                created_by=user,
                last_updated_at_us=now_us,
                last_updated_by=user,
            )
            for key in sorted(absent)
        ]

        def insert_and_read(connection: Connection) -> dict[str, Project]:
            projects.insert_if_absent(connection, new)
            # Read again: another task or process may have been first.
            return projects.get_by_names(connection, workspace_id, wanted)

        found = await self._catalog.write(insert_and_read)
        if len(found) < len({name_key(name) for name in wanted}):
            raise StoreUnavailableError("A project was deleted while it was looked up")
        return found

    async def key_record(self, key: str | None) -> KeyRecord:
        """Return the key of an `Authorization` header. Raises `AuthenticationError`."""
        text = _without_scheme(key or "")
        if not text:
            raise AuthenticationError("API key should be provided")
        digest = hash_key(text)
        now_us = self._clock.now_us()
        record = self._keys.get(digest, now_us)
        if record is None:
            generation = self._keys.generation
            record = await self._catalog.read(lambda c: api_keys.get_by_hash(c, digest))
            if record is None:
                raise AuthenticationError("Invalid API key")
            self._keys.put(digest, record, now_us, generation)
        _check_good(record, now_us)
        self._note_use(record, now_us)
        return record

    async def _session(self, token: str) -> KeyRecord:
        digest = hash_key(token)
        now_us = self._clock.now_us()
        session = self._sessions.get(digest, now_us)
        if session is None:
            generation = self._sessions.generation
            session = await self._catalog.read(lambda c: sessions.get(c, digest))
            if session is None:
                raise AuthenticationError("You are signed out", hint="Sign in with an API key")
            self._sessions.put(digest, session, now_us, generation)
        if session.expires_at_us <= now_us:
            raise AuthenticationError("The session has ended", hint="Sign in with an API key")
        _check_good(session.key, now_us)
        if self._touched.get(digest, now_us) is None:
            self._touched.put(digest, True, now_us, self._touched.generation)
            self._tasks.spawn(
                "workspace.touch_session",
                self._touch(lambda c: sessions.touch(c, digest, now_us=now_us)),
            )
        self._note_use(session.key, now_us)
        return session.key

    def _note_use(self, record: KeyRecord, now_us: int) -> None:
        if self._touched.get(record.id, now_us) is not None:
            return
        self._touched.put(record.id, True, now_us, self._touched.generation)

        def touch(connection: Connection) -> None:
            api_keys.touch(connection, record.id, now_us=now_us, at_least_us=_TOUCH_EVERY_US)

        self._tasks.spawn("workspace.touch_key", self._touch(touch))

    async def _touch(self, note: Callable[[Connection], None]) -> None:
        try:
            await self._catalog.write(note)
        except SightlineError as error:
            # The next use after a minute tries again; nothing depends on it.
            log.debug("workspace.touch_failed", code=error.code)


def _check_good(record: KeyRecord, now_us: int) -> None:
    """Raise `AuthenticationError` for a key that was revoked or has expired."""
    if record.revoked_at_us is not None or (
        record.expires_at_us is not None and record.expires_at_us <= now_us
    ):
        raise AuthenticationError("Invalid API key")


def _without_scheme(header: str) -> str:
    """Return the key of an `Authorization` header: clients send it bare or after `Bearer`."""
    words = header.split(None, 1)
    if words and words[0].lower() == "bearer":
        return words[1].strip() if len(words) > 1 else ""
    return header.strip()
