"""The parts of `migrate-store`: what each opens, refuses, moves and says in the end."""

import abc
import contextlib
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

import msgspec
from sqlalchemy import select

from sightline.cli import _damage, _stores
from sightline.core.clock import SystemClock
from sightline.core.errors import ConfigurationError, SightlineError
from sightline.core.sealing import Sealer
from sightline.core.secret import Secret
from sightline.services.broadcast.targets import seal_context
from sightline.services.gateway.catalogue import context_of
from sightline.services.moving import analytics as moved_analytics
from sightline.services.moving import blobs as moved_blobs
from sightline.services.moving.report import Moved, Say, not_empty
from sightline.services.moving.state import StateFile
from sightline.settings import BlobOptions, CatalogOptions, Settings, shown, value
from sightline.stores.analytics import journal
from sightline.stores.analytics import moving as tables_moving
from sightline.stores.analytics.engine import Analytics
from sightline.stores.analytics.options import AnalyticsOptions
from sightline.stores.analytics.rollup_units import OF_UNITS
from sightline.stores.blobs import Blobs
from sightline.stores.catalog import moving as catalog_moving
from sightline.stores.catalog import sealing_keys
from sightline.stores.catalog.engine import Catalog
from sightline.stores.catalog.migrate import migrate
from sightline.stores.catalog.tables import destinations, gateway_providers
from sightline.stores.secret_key import FILE_NAME, secret_key
from sightline.stores.spool.spool import Spool, SpoolOptions

NAMES = {"analytics": "analytics.dsn", "catalog": "catalog.url", "blobs": "blobs.url"}
_NEW_KEY = "openssl rand -hex 32"
_WORKED_OUT = {*OF_UNITS, "rollup_units"}
# Adding up a large table takes as long as it takes.
_PATIENCE_S = 24 * 3600
_START_ONCE_MORE = "Start Sightline on it once more as before, stop it with SIGTERM, and come again"


def address(settings: Settings, part: str) -> str:
    """Return where the settings place a part, secrets included; empty for the data folder."""
    return str(value(settings, NAMES[part]))


def place(settings: Settings, part: str) -> str:
    """Return where the settings place a part, for people: without secrets."""
    text = shown(NAMES[part], address(settings, part))
    is_cluster = part == "analytics" and settings.analytics.cluster
    return f"{text} on cluster {settings.analytics.cluster}" if is_cluster else text


class Sources(msgspec.Struct, frozen=True):
    """The stores of the data folder that are to be moved."""

    folder: Path
    analytics: Analytics | None
    catalog: Catalog | None
    blobs: Blobs | None

    @classmethod
    def open(
        cls, settings: Settings, folder: Path, parts: list[str], stack: contextlib.ExitStack
    ) -> "Sources":
        """Open them as they are; nothing is upgraded.

        Raises `ConfigurationError` for a folder that this program's version has not served, for one
        with calls that are not stored yet, and for one with rows that are not served.
        """
        inside = msgspec.structs.replace(
            settings,
            analytics=AnalyticsOptions(
                max_memory_bytes=settings.analytics.max_memory_bytes, query_timeout_s=_PATIENCE_S
            ),
            catalog=CatalogOptions(),
            blobs=BlobOptions(),
        )
        _check_spool(folder)
        analytics = catalog = blobs = None
        if "catalog" in parts:
            _check_version(_stores.catalog_versions(inside), "catalog", folder)
            catalog = Catalog.open(inside.catalog_url)
            stack.callback(catalog.close)
        if "analytics" in parts:
            _check_version(_stores.analytics_versions(inside), "analytics", folder)
            # The engine has just looked at its parts.
            _check_parts(inside)
            _check_journal(folder, inside)
            analytics = Analytics(_stores.analytics_options(inside))
            stack.callback(analytics.close)
        if "blobs" in parts and Path(inside.blobs_url).is_dir():
            blobs = Blobs.open(inside.blobs_url)
        return cls(folder, analytics, catalog, blobs)

    async def sizes(self) -> list[Moved]:
        """Return what there is."""
        found = []
        if self.blobs is not None:
            found.append(Moved("objects", *await moved_blobs.count(self.blobs)))
        if self.analytics is not None:
            for table in await tables_moving.tables(self.analytics):
                found.append(Moved(table.name, table.rows, table.bytes, "on disk"))
        if self.catalog is not None:
            rows = sum(one.rows for one in catalog_moving.sums(self.catalog).values())
            size = (self.folder / "catalog.db").stat().st_size
            found.append(Moved("catalog", rows, size, "on disk"))
        return found


class Part(Protocol):
    """One store on its way."""

    name: str
    place: str

    async def mark(self) -> str:
        """Return what is another once the folder has something else of it."""

    async def check(self) -> None:
        """Raise `ConfigurationError` when it cannot go there; nothing is moved yet."""

    async def move(self, say: Say) -> list[Moved]:
        """Move and compare it."""


class _Part(abc.ABC):
    """What all parts have: `name`, and a store in the folder and a new one."""

    name = ""

    def __init__(self, settings: Settings, state: StateFile, stack: contextlib.ExitStack) -> None:
        self.settings, self.state, self.stack = settings, state, stack
        self.place = place(settings, self.name)

    def _begin(self) -> None:
        if not self.state.begun(self.name, self.place):
            self.state.begin(self.name, self.place)

    async def _finish(self) -> None:
        self.state.finish(self.name, SystemClock().now_us(), await self.mark())

    @abc.abstractmethod
    async def mark(self) -> str:
        """Return what `Part.mark` returns."""


class _Blobs(_Part):
    name = "blobs"

    def __init__(self, source: Blobs | None, *rest: Any) -> None:
        super().__init__(*rest)
        self.source = source

    async def mark(self) -> str:
        return "none" if self.source is None else await moved_blobs.mark(self.source)

    async def check(self) -> None:
        self.target = Blobs.open(self.settings.blobs_url)
        is_known = self.state.begun(self.name, self.place)
        if not is_known and not await moved_blobs.is_empty(self.target):
            raise not_empty("The blob store", self.place)

    async def move(self, say: Say) -> list[Moved]:
        self._begin()
        moved = Moved("objects", 0)
        if self.source is not None:
            moved = await moved_blobs.move(self.source, self.target, say)
        await self._finish()
        return [moved]


class _Analytics(_Part):
    name = "analytics"

    def __init__(self, source: Analytics, *rest: Any) -> None:
        super().__init__(*rest)
        self.source = source

    async def mark(self) -> str:
        return await tables_moving.mark(self.source)

    async def check(self) -> None:
        if not self.settings.analytics.dsn.startswith("http"):
            raise ConfigurationError(
                "`analytics.dsn` is not the address of a ClickHouse server",
                hint="Use http(s)://user:password@host:port/database",
            )
        is_known = self.state.begun(self.name, self.place)
        if not is_known:
            _check_unused(_stores.analytics_versions(self.settings), "analytics store", self.place)
        options = msgspec.structs.replace(self.settings.analytics, query_timeout_s=_PATIENCE_S)
        self.target = self._alone(lambda: Analytics.open(options))
        self.stack.callback(self.target.close)
        if not is_known and not await moved_analytics.is_empty(self.source, self.target):
            raise not_empty("The analytics store", self.place)

    def _alone(self, opened: Callable[[], Analytics]) -> Analytics:
        """Open the new store while no server that starts makes its tables.

        Servers agree through the new catalog. One in the data folder is ours as long as we move.
        """
        if not address(self.settings, "catalog"):
            return opened()
        catalog = Catalog.open(self.settings.catalog_url)
        try:
            catalog.check()
            return catalog.alone(opened)
        finally:
            catalog.close()

    async def move(self, say: Say) -> list[Moved]:
        self._begin()
        moved = await moved_analytics.move(self.source, self.target, self.state, say)
        await self._finish()
        return moved


class _Catalog(_Part):
    name = "catalog"

    def __init__(self, source: Catalog, folder: Path, *rest: Any) -> None:
        super().__init__(*rest)
        self.source, self.folder = source, folder

    async def mark(self) -> str:
        return catalog_moving.digest(self.source)

    async def check(self) -> None:
        self.key = _sealing_key(self.settings, self.folder, self.source)
        _check_unused(_stores.catalog_versions(self.settings), "catalog", self.place)
        self.target = Catalog.open(self.settings.catalog_url)
        self.stack.callback(self.target.close)
        migrate(self.target)
        is_ours = catalog_moving.mark(self.target) == self.state.now.move
        if not is_ours and not catalog_moving.is_empty(self.target):
            raise not_empty("The catalog", self.place)

    async def move(self, say: Say) -> list[Moved]:
        self._begin()
        source, target, move = self.source, self.target, self.state.now.move
        now_us = SystemClock().now_us()
        if catalog_moving.mark(target) != move:
            say("catalog: copying")
            catalog_moving.copy(source, target, move, now_us=now_us)
        say("catalog: comparing")
        ours, theirs = catalog_moving.sums(source), catalog_moving.sums(target)
        differing = [name for name, one in ours.items() if theirs[name] != one]
        if differing:
            raise ConfigurationError(
                f"`{'`, `'.join(differing)}` of the catalog differ in {self.place}",
                hint="Has the old server run meanwhile, or does something else write there? "
                "Empty that database and start again",
            )
        if self.key is not None:
            sealing_keys.agree(target, self.key, is_given=False, now_us=now_us)
        await self._finish()
        return [Moved("catalog", sum(one.rows for one in ours.values()))]


def part_named(
    name: str,
    settings: Settings,
    sources: Sources,
    state: StateFile,
    stack: contextlib.ExitStack,
) -> Part:
    """Return what moves a part; `stack` closes what it opens."""
    rest = (settings, state, stack)
    if name == "analytics" and sources.analytics is not None:
        return _Analytics(sources.analytics, *rest)
    if name == "catalog" and sources.catalog is not None:
        return _Catalog(sources.catalog, sources.folder, *rest)
    return _Blobs(sources.blobs, *rest)


def how_to_start(settings: Settings, folder: Path, parts: list[str]) -> str:
    """Return what the operator does next."""
    lines = ["Start the new servers with"]
    for part in ("analytics", "catalog", "blobs"):
        if part not in parts:
            continue
        lines.append(f"  {_variable(NAMES[part])}={shown(NAMES[part], address(settings, part))}")
        if part == "analytics" and settings.analytics.cluster:
            lines.append(f"  {_variable('analytics.cluster')}={settings.analytics.cluster}")
    if "catalog" in parts:
        key = "the key that they have now"
        if not settings.gateway.secret_key:
            is_file = (folder / FILE_NAME).exists()
            read = f"cat {shlex.quote(str(folder / FILE_NAME))}" if is_file else _NEW_KEY
            key = f'"$({read})"'
        lines.append(f"  {_variable('gateway.secret_key')}={key}")
    stays = [part for part in NAMES if part not in parts and not address(settings, part)]
    if stays:
        lines.append(f"and still --data {folder}, where {' and '.join(stays)} stay.")
    else:
        lines.append("and a --data folder of its own each. Nothing was removed from")
        lines.append(f"{folder}: keep it until you have looked around.")
    return "\n".join(lines)


def _variable(name: str) -> str:
    return f"SIGHTLINE_{name.upper().replace('.', '__')}"


def _check_version(versions: _stores.Versions, what: str, folder: Path) -> None:
    if versions.is_newer:
        raise ConfigurationError(
            f"The {what} was written by a newer Sightline", hint="Move it with that version"
        )
    if versions.found is None:
        raise ConfigurationError(
            f"There is no {what} in `{folder}`", hint="Name what is to be moved with --only"
        )
    if versions.found != versions.known:
        raise ConfigurationError(
            f"The {what} in `{folder}` is not of this version (at {versions.found}, this program "
            f"is at {versions.known})",
            hint=f"Take a backup, then run `sightline migrate --data {folder}` without settings "
            "for other stores",
        )


def _check_unused(versions: _stores.Versions, what: str, place: str) -> None:
    """Refuse a store that another version made: a look at it must not upgrade it."""
    if versions.found not in {None, versions.known}:
        raise ConfigurationError(
            f"The {what} at {place} is of another version (at {versions.found}, this program is at "
            f"{versions.known}); nothing was moved",
            hint="Name an empty database; what an earlier move left must be deleted first",
        )


def _check_spool(folder: Path) -> None:
    if not (folder / "spool").is_dir():
        return
    spool = Spool(folder / "spool", SystemClock(), SpoolOptions())
    if spool.backlog_bytes:
        raise ConfigurationError(
            f"`{folder}` has calls of the gateway that are not stored yet",
            hint=_START_ONCE_MORE,
        )


def _check_journal(folder: Path, settings: Settings) -> None:
    if journal.waiting_bytes(Path(settings.analytics_dsn.removeprefix("chdb://"))):
        raise ConfigurationError(
            f"`{folder}` has traces or spans that are in no table yet", hint=_START_ONCE_MORE
        )


def _check_parts(settings: Settings) -> None:
    """Refuse what would not be missed in the new store, for it is not read in the old one."""
    every = _damage.aside(settings)
    found = [part for part in every if part.table not in _WORKED_OUT]
    if found:
        part = found[0]
        more = f", and {len(found) - 1:,} parts more" if len(found) > 1 else ""
        raise ConfigurationError(
            f"Part {part.name} of table {part.table} lies aside and is not served: {part.rows}, in "
            f"{part.folder}{more}",
            hint="See `sightline doctor`. Restore a backup, or accept the loss: take these folders "
            "out of there, and come again",
        )
    if every:
        # What is left of it would come over as if it were whole.
        part = every[0]
        raise ConfigurationError(
            f"Part {part.name} of table {part.table} is damaged; what it held is worked out of the "
            "traces and spans",
            hint="Start Sightline on the folder once more as before, which makes it anew; stop it "
            "with SIGTERM, and come again",
        )


def _sealing_key(settings: Settings, folder: Path, catalog: Catalog) -> bytes | None:
    """Return the key that opens what is sealed in the catalog; None where nothing tells it.

    Raises `ConfigurationError` when there are secrets and the key at hand opens none of them.
    """
    given = settings.gateway.secret_key
    key = None
    if given or (folder / FILE_NAME).exists():
        key = secret_key(folder, Secret(given) if given else None)
    sealed = _sealed(catalog)
    if not sealed or (key is not None and any(_opens(key, *one) for one in sealed)):
        return key
    raise ConfigurationError(
        "The keys of providers and destinations do not open with "
        + ("`gateway.secret_key`" if given else f"`{folder / FILE_NAME}`"),
        hint="Set `gateway.secret_key` to the key that the old server was started with: its "
        f"setting, or what `{folder / FILE_NAME}` says",
    )


def _sealed(catalog: Catalog) -> list[tuple[str, str]]:
    """Return sealed texts, each with what it is bound to."""
    providers = select(gateway_providers.c.id, gateway_providers.c.sealed)
    found = catalog.read_sync(lambda connection: connection.execute(providers).all())
    bound = [(row.sealed, context_of(row.id)) for row in found if row.sealed]
    configs = select(destinations.c.id, destinations.c.config)
    rows = catalog.read_sync(lambda connection: connection.execute(configs).all())
    return bound + [(row.config, seal_context(row.id)) for row in rows if row.config]


def _opens(key: bytes, text: str, context: str) -> bool:
    try:
        Sealer(key).open(text, context)
    except SightlineError:
        return False
    return True
