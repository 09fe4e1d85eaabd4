"""Where to send, as this process knows it: every destination opened, checked and in memory."""

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from sightline.core.clock import Clock
from sightline.core.errors import ConfigurationError, SightlineError
from sightline.core.ids import Id, derived_id
from sightline.core.log import get_logger
from sightline.core.sealing import Sealer
from sightline.destinations.base import (
    Destination,
    all_destinations,
    decode_config,
    form,
)
from sightline.domain.broadcast import Rules
from sightline.services.broadcast.scrub import Scrubber
from sightline.stores.catalog import destinations, settings, workspaces
from sightline.stores.catalog.destinations import DestinationRow
from sightline.stores.catalog.engine import Catalog

log = get_logger(__name__)

_REFRESH_US = 5_000_000
_WORKSPACES = 1_000


class ConfiguredDestination(msgspec.Struct, frozen=True, kw_only=True):
    """A destination that the operator named in a file: for every workspace, and not to be edited.

    `config` has the wire's keys. `name` must differ from the others'.
    """

    type: str
    name: str
    config: Mapping[str, Any]
    rules: Rules = Rules()

    def __repr__(self) -> str:
        return f"ConfiguredDestination({self.type}, {self.name})"


class Target(msgspec.Struct, frozen=True, kw_only=True):
    """One destination of one workspace, ready to be sent to.

    `values` are the config with its secrets as the wire has it; `problem` is why it cannot be
    used (and then `config` is None).
    """

    id: Id
    workspace_id: Id
    type: str
    name: str
    destination: Destination | None
    config: Any
    values: Mapping[str, Any]
    rules: Rules
    scrubber: Scrubber
    version: str
    row: DestinationRow | None = None
    is_operators: bool
    """Whether it is from the operator's file: it may be next door, and nobody edits it."""
    problem: str | None = None

    def __repr__(self) -> str:
        return f"Target({self.type}, {self.id.hex()})"

    @property
    def is_on(self) -> bool:
        return self.rules.enabled and self.problem is None


class Roster:
    """Knows all destinations; another process's change is seen within 5 s."""

    def __init__(self, catalog: Catalog, sealer: Sealer, clock: Clock) -> None:
        self._catalog = catalog
        self._sealer = sealer
        self._clock = clock
        self._configured: tuple[ConfiguredDestination, ...] = ()
        self._by_id: dict[Id, Target] = {}
        self._by_workspace: dict[Id, list[Target]] = {}
        self._off: frozenset[Id] = frozenset()
        self._looked_us: int | None = None

    @property
    def types(self) -> Mapping[str, Destination]:
        """Every kind of destination; they are imported when the first is asked for."""
        return all_destinations()

    def configured(self, wanted: Sequence[ConfiguredDestination]) -> None:
        """Set the operator's destinations.

        Raises `ConfigurationError` for an unknown type, a bad config or a name used twice.
        """
        names = [one.name.casefold() for one in wanted]
        for one in wanted:
            if one.type not in self.types:
                raise ConfigurationError(
                    f"Unknown destination `{one.type}`", hint=f"Known are {sorted(self.types)}"
                )
            if names.count(one.name.casefold()) > 1:
                raise ConfigurationError(f"Two destinations are called `{one.name}`")
            try:
                decode_config(self.types[one.type], one.config)
            except SightlineError as error:
                raise ConfigurationError(
                    f"Destination `{one.name}`: {error.message}", hint=error.hint
                ) from None
        self._configured = tuple(wanted)
        self._looked_us = None

    async def look(self) -> None:
        """Look now: something has changed."""
        rows, spaces, off = await self._catalog.read(_read)
        targets: dict[Id, Target] = {}
        for row in rows:
            known = self._by_id.get(row.id)
            targets[row.id] = known if known and known.row == row else self._opened(row)
        for workspace_id in spaces:
            for one in self._configured:
                id = derived_id(0, "configured destination", workspace_id.hex(), one.name)
                target = self._by_id.get(id) or self._of_file(id, workspace_id, one)
                targets[id] = target
        by_workspace: dict[Id, list[Target]] = {}
        for target in targets.values():
            by_workspace.setdefault(target.workspace_id, []).append(target)
        self._by_id, self._by_workspace, self._off = targets, by_workspace, off
        self._looked_us = self._clock.now_us()

    async def current(self) -> None:
        """Look, unless that was done a moment ago."""
        if self._looked_us is None or self._clock.now_us() - self._looked_us >= _REFRESH_US:
            await self.look()

    def forget(self) -> None:
        """Look again when somebody asks: something was changed elsewhere."""
        self._looked_us = None

    def get(self, id: Id) -> Target | None:
        return self._by_id.get(id)

    def all(self) -> list[Target]:
        return list(self._by_id.values())

    def of_workspace(self, workspace_id: Id) -> list[Target]:
        return self._by_workspace.get(workspace_id, [])

    def sends(self, target: Target) -> bool:
        """Say whether the destination gets anything: it is on, and so is its workspace's switch."""
        return target.is_on and (target.is_operators or target.workspace_id not in self._off)

    def is_off(self, workspace_id: Id) -> bool:
        """Say whether the workspace's switch is off."""
        return workspace_id in self._off

    def _opened(self, row: DestinationRow) -> Target:
        rules = msgspec.json.decode(row.rules, type=Rules)
        try:
            destination = self.types[row.type]
            values = msgspec.json.decode(self._sealer.open(row.config, seal_context(row.id)))
            config = decode_config(destination, values)
        except (KeyError, SightlineError) as error:
            log.warning("broadcast.destination_unusable", type=row.type, error=type(error).__name__)
            problem = (
                error.message
                if isinstance(error, SightlineError)
                else f"This version of Sightline has no destination `{row.type}`"
            )
            return Target(
                id=row.id,
                workspace_id=row.workspace_id,
                type=row.type,
                name=row.name,
                destination=self.types.get(row.type),
                config=None,
                values={},
                rules=rules,
                scrubber=Scrubber([]),
                version="",
                row=row,
                is_operators=False,
                problem=problem,
            )
        return Target(
            id=row.id,
            workspace_id=row.workspace_id,
            type=row.type,
            name=row.name,
            destination=destination,
            config=config,
            values=values,
            rules=rules,
            scrubber=Scrubber(secrets_of(destination, values)),
            version=_version(values),
            row=row,
            is_operators=False,
        )

    def _of_file(self, id: Id, workspace_id: Id, one: ConfiguredDestination) -> Target:
        destination = self.types[one.type]
        return Target(
            id=id,
            workspace_id=workspace_id,
            type=one.type,
            name=one.name,
            destination=destination,
            config=decode_config(destination, one.config),
            values=one.config,
            rules=one.rules,
            scrubber=Scrubber(secrets_of(destination, one.config)),
            version=_version(one.config),
            is_operators=True,
        )


def seal_context(id: Id) -> str:
    """Return what a destination's sealed config is bound to."""
    return f"destination:{id.hex()}"


def switch_key(workspace_id: Id) -> str:
    """Return the key of the setting that says `off` where a workspace broadcasts nothing."""
    return f"broadcast.switch:{workspace_id.hex()}"


def secrets_of(destination: Destination, values: Mapping[str, Any]) -> list[str]:
    """Return the secret values of a config, and the values of its headers."""
    secret = {field.key for field in form(destination) if field.secret}
    found = [str(values[key]) for key in secret if values.get(key)]
    headers = values.get("headers")
    if isinstance(headers, Mapping):
        found += [str(value) for value in headers.values()]
    return found


def _version(values: Mapping[str, Any]) -> str:
    return hashlib.sha256(msgspec.json.encode(values, order="sorted")).hexdigest()


def _read(connection: Any) -> tuple[list[DestinationRow], list[Id], frozenset[Id]]:
    rows = destinations.list_all(connection)
    spaces: list[Id] = []
    page = 1
    while True:
        found = workspaces.list_page(connection, page=page, size=_WORKSPACES)
        spaces += [workspace.id for workspace in found.items]
        if len(spaces) >= found.total or not found.items:
            break
        page += 1
    off = frozenset(id for id in spaces if settings.get(connection, switch_key(id)) == "off")
    return rows, spaces, off
