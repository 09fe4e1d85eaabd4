"""Destinations of a workspace as people manage them: tested before they are saved, never shown."""

import difflib
from collections.abc import Mapping
from typing import Any

import msgspec
from sqlalchemy import Connection

from sightline.core.clock import Clock
from sightline.core.errors import (
    ConflictError,
    InvalidRequestError,
    NotFoundError,
    PermissionDeniedError,
)
from sightline.core.ids import Id, format_id, new_id
from sightline.core.log import get_logger
from sightline.core.sealing import Sealer
from sightline.destinations.base import (
    Destination,
    decode_config,
    encode_config,
    masked,
    merge_secrets,
)
from sightline.domain.broadcast import MIN_SAMPLING_RATE, Rules
from sightline.services.broadcast.targets import Roster, Target, seal_context, switch_key
from sightline.services.broadcast.trials import Outcome, TestFailedError, Trials
from sightline.stores.catalog import destinations, notices, settings, workspaces
from sightline.stores.catalog.destinations import DestinationRow
from sightline.stores.catalog.engine import Catalog

log = get_logger(__name__)

MAX_PER_TYPE = 5
_MAX_NAME = 100


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be changed of a destination; None leaves it as it is.

    Keys that `config` leaves out, and masked secrets, stay as they are; null unsets a key.
    """

    name: str | None = None
    config: Mapping[str, Any] | None = None
    rules: Rules | None = None


class Management:
    """Makes, changes, tests and deletes destinations of a workspace."""

    def __init__(
        self, catalog: Catalog, sealer: Sealer, roster: Roster, trials: Trials, clock: Clock
    ) -> None:
        self._catalog = catalog
        self._sealer = sealer
        self._roster = roster
        self._trials = trials
        self._clock = clock

    @property
    def types(self) -> Mapping[str, Destination]:
        return self._roster.types

    async def list_all(self, workspace_id: Id) -> list[Target]:
        """Return a workspace's destinations, oldest first, after those of the operator."""
        await self._roster.look()
        found = self._roster.of_workspace(workspace_id)
        return sorted(found, key=lambda target: (not target.is_operators, target.id))

    async def get(self, workspace_id: Id, id: Id) -> Target:
        """Raises `NotFoundError` for a destination that is not the workspace's."""
        await self._roster.current()
        target = self._roster.get(id)
        if target is None:
            await self._roster.look()
            target = self._roster.get(id)
        if target is None or target.workspace_id != workspace_id:
            raise NotFoundError(f"Destination {format_id(id)} not found")
        return target

    async def create(
        self,
        workspace_id: Id,
        type: str,
        name: str,
        config: Mapping[str, Any],
        rules: Rules,
        *,
        user: str,
    ) -> Target:
        """Make a destination, when its test passes.

        Raises `InvalidRequestError` for a config that does not read, `TestFailedError` (one, too),
        `ConflictError` for a name that is taken and when there are as many as may be of the type.
        """
        destination = self._type(type)
        name = _checked_name(name)
        values = encode_config(destination, decode_config(destination, config))
        _check_rate(rules)
        # Said before a test is sent, and again when it is saved.
        await self._catalog.read(lambda c: _check_room(c, workspace_id, type))
        await self._pass(destination, values)
        id, now_us = new_id(), self._clock.now_us()
        row = DestinationRow(
            id=id,
            workspace_id=workspace_id,
            type=type,
            name=name,
            config=self._sealed(id, values),
            enabled=rules.enabled,
            privacy_mode=rules.privacy_mode,
            sampling_rate=rules.sampling_rate,
            rules=_text(rules),
            created_at_us=now_us,
            created_by=user,
            last_updated_at_us=now_us,
            last_updated_by=user,
        )

        def insert(connection: Connection) -> None:
            workspaces.lock(connection, workspace_id)
            _check_room(connection, workspace_id, type)
            destinations.insert(connection, row)

        await self._write(insert, name)
        log.info("broadcast.destination_created", type=type, id=format_id(id))
        return await self.get(workspace_id, id)

    async def update(self, workspace_id: Id, id: Id, change: Change, *, user: str) -> Target:
        """Change a destination; a config that changes must pass its test.

        Raises as `create` does, `NotFoundError`, and `PermissionDeniedError` for the operator's.
        """
        target = await self._own(workspace_id, id)
        changes: dict[str, Any] = {}
        if change.name is not None:
            changes["name"] = _checked_name(change.name)
        if change.rules is not None:
            _check_rate(change.rules)
            changes |= {
                "rules": _text(change.rules),
                "enabled": change.rules.enabled,
                "privacy_mode": change.rules.privacy_mode,
                "sampling_rate": change.rules.sampling_rate,
            }
        if change.config is not None:
            destination = self._type(target.type)
            values = merged_values(destination, target, change.config)
            if values != target.values:
                await self._pass(destination, values)
                changes["config"] = self._sealed(id, values)
        changes |= {"last_updated_at_us": self._clock.now_us(), "last_updated_by": user}

        def put(connection: Connection) -> None:
            if not destinations.update_fields(connection, workspace_id, id, changes):
                raise NotFoundError(f"Destination {format_id(id)} not found")

        await self._write(put, change.name or target.name)
        return await self.get(workspace_id, id)

    async def delete(self, workspace_id: Id, id: Id) -> None:
        """Delete a destination and what waits for it. Raises as `update` does."""
        await self._own(workspace_id, id)
        await self._catalog.write(lambda c: destinations.remove(c, workspace_id, id))
        await self._roster.look()
        log.info("broadcast.destination_deleted", id=format_id(id))

    async def test(
        self, workspace_id: Id, type: str, config: Mapping[str, Any], id: Id | None = None
    ) -> Outcome:
        """Try a config without saving it; with `id`, masked secrets are those kept there.

        Raises `InvalidRequestError` for a config that does not read.
        """
        destination = self._type(type)
        values: Mapping[str, Any] = config
        if id is not None:
            target = await self._own(workspace_id, id)
            if target.type != type:
                raise InvalidRequestError(f"type must be {target.type}, as the destination's is")
            values = merged_values(destination, target, config)
        return await self._trials.test(destination, values)

    async def send_sample(self, workspace_id: Id, id: Id) -> Outcome:
        """Send a sample to a destination, whether it is on or not. Raises `NotFoundError`."""
        return await self._trials.sample(await self.get(workspace_id, id))

    async def is_off(self, workspace_id: Id) -> bool:
        """Say whether the workspace broadcasts nothing, whatever its destinations say."""
        await self._roster.current()
        return self._roster.is_off(workspace_id)

    async def switch(self, workspace_id: Id, *, on: bool) -> None:
        """Turn the workspace's broadcast on or off as a whole. The operator's goes on."""
        key, now_us = switch_key(workspace_id), self._clock.now_us()

        def put(connection: Connection) -> None:
            if on:
                settings.remove(connection, key)
            else:
                settings.put(connection, key, "off", now_us=now_us)
            notices.tell(connection, notices.DESTINATIONS)

        await self._catalog.write(put)
        await self._roster.look()

    async def _own(self, workspace_id: Id, id: Id) -> Target:
        target = await self.get(workspace_id, id)
        if target.is_operators:
            raise PermissionDeniedError(
                "This destination is set in the operator's file and cannot be changed here",
                hint="Change `callbacks` in that file and start the server again",
            )
        return target

    async def _pass(self, destination: Destination, values: Mapping[str, Any]) -> None:
        outcome = await self._trials.test(destination, values)
        if not outcome.passed:
            raise TestFailedError(outcome)

    async def _write(self, say: Any, name: str) -> None:
        try:
            await self._catalog.write(say)
        except ConflictError as error:
            if error.hint is not None:
                raise
            raise ConflictError(
                f"A destination named `{name}` exists already", hint="Choose another name"
            ) from None
        await self._roster.look()

    def _type(self, type: str) -> Destination:
        found = self._roster.types.get(type)
        if found is None:
            near = difflib.get_close_matches(type, list(self._roster.types), 1, 0.5)
            known = ", ".join(sorted(self._roster.types))
            hint = f"Did you mean `{near[0]}`?" if near else f"Known are {known}"
            text = f"Unknown destination type `{type[:50]}`"
            raise InvalidRequestError(text, fields=[f"type: {text}"], hint=hint)
        return found

    def _sealed(self, id: Id, values: Mapping[str, Any]) -> str:
        return self._sealer.seal(msgspec.json.encode(values).decode(), seal_context(id))


def merged_values(
    destination: Destination, target: Target, config: Mapping[str, Any]
) -> Mapping[str, Any]:
    """Return the whole config: what `config` leaves out, or has masked, is as it is kept.

    Raises `InvalidRequestError` for a config that does not read, and for an address that changes
    without its secrets: a secret must not go to another host unseen.
    """
    whole = {**masked(destination, target.values), **config}
    values = merge_secrets(destination, target.values, whole)
    return encode_config(destination, decode_config(destination, values))


def _check_room(connection: Connection, workspace_id: Id, type: str) -> None:
    if destinations.count_of_type(connection, workspace_id, type) >= MAX_PER_TYPE:
        raise ConflictError(
            f"There are {MAX_PER_TYPE} destinations of type `{type}` already",
            hint="Delete one that nobody uses",
        )


def _check_rate(rules: Rules) -> None:
    if not MIN_SAMPLING_RATE <= rules.sampling_rate <= 1:
        text = f"sampling_rate must be between {MIN_SAMPLING_RATE} and 1"
        raise InvalidRequestError(text, fields=[text])


def _checked_name(name: str) -> str:
    name = name.strip()
    if not name or len(name) > _MAX_NAME:
        text = f"name must have between 1 and {_MAX_NAME} characters"
        raise InvalidRequestError(text, fields=[text])
    return name


def _text(rules: Rules) -> str:
    return msgspec.json.encode(rules).decode()
