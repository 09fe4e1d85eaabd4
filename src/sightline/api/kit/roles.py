"""Refuses what another process serves: this one has not all roles."""

from collections.abc import Callable, Collection
from typing import Any

from sightline.api.kit.misdirected import refuse
from sightline.api.kit.paths import plain
from sightline.domain.process_roles import ProcessRole, shown

Served = Callable[[str, str], Collection[ProcessRole]]
"""(method, path without repeated slashes) → roles of which each serves it."""


class Roles:
    """ASGI wrapper for a process of `roles`; what it does not serve is 421, whoever asks."""

    def __init__(self, app: Any, roles: Collection[ProcessRole], served: Served) -> None:
        self.app = app
        self._roles = frozenset(roles)
        self._served = served

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            wanted = self._served(scope["method"], plain(scope["path"]))
            if self._roles.isdisjoint(wanted):
                await refuse(
                    f"This process has the role `{shown(self._roles)}`; what you ask for is "
                    f"served by one with the role `{'` or `'.join(wanted)}`",
                    send,
                )
                return
        await self.app(scope, receive, send)
