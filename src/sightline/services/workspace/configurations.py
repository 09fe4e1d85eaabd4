"""Workspace configuration: when threads end, how tables show, which label has which colour."""

import re

from sightline.core.clock import Clock
from sightline.core.errors import NotFoundError, UnprocessableError
from sightline.core.ids import Id
from sightline.stores.catalog import workspace_configurations
from sightline.stores.catalog.engine import Catalog
from sightline.stores.catalog.workspace_configurations import WorkspaceConfiguration

MAX_THREAD_TIMEOUT_S = 7 * 24 * 3600
DEFAULT_THREAD_TIMEOUT_S = 15 * 60
MAX_COLORS = 10_000
_MAX_LABEL_LENGTH = 255
_MAX_COLOR_LENGTH = 20

DEFAULTS = WorkspaceConfiguration(
    thread_timeout_s=DEFAULT_THREAD_TIMEOUT_S, truncation_on_tables=True, color_map={}
)

# ISO-8601 as `PnDTnHnMnS`; years, months and weeks have no fixed place in a time-out.
_DURATION = re.compile(
    r"P(?:(?P<d>\d{1,9})D)?(?:T(?:(?P<h>\d{1,9})H)?(?:(?P<m>\d{1,9})M)?(?:(?P<s>\d{1,9})(?:\.0*)?S)?)?",
    re.IGNORECASE,
)
_FIELD = "timeout_to_mark_thread_as_inactive"


class Configurations:
    """Keeps one configuration a workspace."""

    def __init__(self, catalog: Catalog, clock: Clock) -> None:
        self._catalog = catalog
        self._clock = clock

    async def get(self, workspace_id: Id) -> WorkspaceConfiguration:
        """Return what the workspace has set. Raises `NotFoundError` when it never has."""
        found = await self._read(workspace_id)
        if found is None:
            raise _missing()
        return found

    async def effective(self, workspace_id: Id) -> WorkspaceConfiguration:
        """Return what holds: the workspace's configuration, its gaps filled from `DEFAULTS`."""
        found = await self._read(workspace_id) or DEFAULTS
        return WorkspaceConfiguration(
            **{
                name: getattr(DEFAULTS if getattr(found, name) is None else found, name)
                for name in WorkspaceConfiguration.__struct_fields__
            }
        )

    async def put(
        self,
        workspace_id: Id,
        *,
        user: str,
        thread_timeout: str | None = None,
        truncation_on_tables: bool | None = None,
        color_map: dict[str, str] | None = None,
    ) -> WorkspaceConfiguration:
        """Replace the configuration; None takes a value back to its default.

        `thread_timeout` is an ISO-8601 duration of whole seconds, at most seven days. Raises
        `UnprocessableError` for a broken rule.
        """
        _check_colors(color_map)
        wanted = WorkspaceConfiguration(
            thread_timeout_s=None if thread_timeout is None else parse_duration(thread_timeout),
            truncation_on_tables=truncation_on_tables,
            color_map=color_map,
        )
        now_us = self._clock.now_us()
        await self._catalog.write(
            lambda c: workspace_configurations.put(
                c, workspace_id, wanted, user=user, now_us=now_us
            )
        )
        return wanted

    async def delete(self, workspace_id: Id) -> None:
        """Forget the configuration. Raises `NotFoundError` when there is none."""
        if not await self._catalog.write(
            lambda c: workspace_configurations.remove(c, workspace_id)
        ):
            raise _missing()

    async def _read(self, workspace_id: Id) -> WorkspaceConfiguration | None:
        return await self._catalog.read(lambda c: workspace_configurations.get(c, workspace_id))


def parse_duration(text: str) -> int:
    """Return the seconds of an ISO-8601 duration. Raises `UnprocessableError`."""
    match = _DURATION.fullmatch(text.strip())
    days, hours, minutes, seconds = (int(n or 0) for n in match.groups()) if match else (0,) * 4
    total_s = ((days * 24 + hours) * 60 + minutes) * 60 + seconds
    if total_s == 0:
        raise _broken(
            f"{_FIELD} minimum precision supported is seconds, please use a duration with seconds"
            " precision or higher"
        )
    if total_s > MAX_THREAD_TIMEOUT_S:
        raise _broken(
            f"{_FIELD} duration exceeds the maximum allowed of "
            + format_duration(MAX_THREAD_TIMEOUT_S)
        )
    return total_s


def format_duration(seconds: int) -> str:
    """Return seconds as an ISO-8601 duration in hours, minutes and seconds: `PT15M`."""
    minutes, s = divmod(seconds, 60)
    h, m = divmod(minutes, 60)
    parts = [f"{value}{unit}" for value, unit in ((h, "H"), (m, "M"), (s, "S")) if value]
    return "PT" + ("".join(parts) or "0S")


def _check_colors(color_map: dict[str, str] | None) -> None:
    if color_map is None:
        return
    if len(color_map) > MAX_COLORS:
        raise _broken(f"color_map size must be between 0 and {MAX_COLORS}")
    for label, color in color_map.items():
        if len(label) > _MAX_LABEL_LENGTH:
            raise _broken(f"color_map label size must be between 0 and {_MAX_LABEL_LENGTH}")
        if len(color) > _MAX_COLOR_LENGTH:
            raise _broken(f"color_map color size must be between 0 and {_MAX_COLOR_LENGTH}")


def _broken(text: str) -> UnprocessableError:
    return UnprocessableError(text, fields=[text])


def _missing() -> NotFoundError:
    return NotFoundError("Workspace configuration not found")
