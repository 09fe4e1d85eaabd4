"""The one settings tree and the only reader of the environment.

Defaults < `sightline.toml` < environment (`SIGHTLINE_<ROOM>__<FIELD>`) < flags of the command line.
An unknown name stops the start and names the nearest real one.
"""

import difflib
import os
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from sightline.core.errors import ConfigurationError
from sightline.core.memory import limit_bytes
from sightline.domain import process_roles
from sightline.domain.process_roles import ProcessRole
from sightline.services.broadcast.options import BroadcastOptions
from sightline.services.gateway.options import GatewayOptions
from sightline.services.ingest.options import IngestOptions
from sightline.stores.analytics.options import AnalyticsOptions, default_memory_bytes

_PREFIX = "SIGHTLINE_"
_SECRET_NAME = re.compile(r"(^|_)(secret|password|token|api_key|secret_key)$")
# user:password@ in a URL, and values of parameters that name a secret.
_PASSWORD = re.compile(r"(?<=://)([^/@\s:]*):[^/@\s]*@")
_PARAMETER = re.compile(r"(?i)([?&][^=&]*(?:password|secret|token|key)[^=&]*=)[^&]*")


class ServerOptions(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    host: Annotated[str, Meta(description="Address to listen on")] = "127.0.0.1"
    port: Annotated[int, Meta(ge=0, le=65535, description="Port to listen on")] = 5173
    data: Annotated[str, Meta(description="Folder of the embedded stores")] = "./sightline-data"
    role: Annotated[
        str,
        Meta(
            pattern=process_roles.PATTERN,
            description="What this process does: api, gateway, worker; several with commas. All, "
            "unless the stores are shared with processes that do the rest",
        ),
    ] = ",".join(process_roles.ALL)
    max_memory_bytes: Annotated[
        int,
        Meta(
            ge=0,
            description="Memory of this process, within which large requests are refused before "
            "they fill it; 0: what the machine, its container or ulimit allows",
        ),
    ] = 0
    public_url: Annotated[
        str, Meta(description="Address that people use, when it differs from host and port")
    ] = ""
    allowed_hosts: Annotated[
        str,
        Meta(
            description="Names, beside this machine's and that of public_url, by which a server "
            "without keys may be asked; several with commas, * for any"
        ),
    ] = ""
    trusted_proxies: Annotated[
        str,
        Meta(description="Addresses and networks whose X-Forwarded-For is believed, with commas"),
    ] = "127.0.0.1,::1"
    store_wait_s: Annotated[
        float,
        Meta(ge=0, description="Seconds for which a start waits for Postgres and ClickHouse"),
    ] = 60
    stall_timeout_s: Annotated[
        float,
        Meta(
            ge=1,
            description="Seconds in which a client that is waited for must send or take 4 KiB, "
            "before its connection is ended",
        ),
    ] = 60
    min_free_bytes: Annotated[
        int,
        Meta(
            ge=0,
            description="Writes are refused with 507 while the data folder's disk has less room; "
            "of a small disk a twentieth is enough",
        ),
    ] = 256 * 1024 * 1024


class AuthOptions(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    keys: Annotated[
        str,
        Meta(
            pattern="^(auto|on|off)$",
            description="Ask for API keys: on, off, or auto (on as soon as one key exists)",
        ),
    ] = "auto"
    failed_keys_per_minute: Annotated[
        int,
        Meta(
            ge=0,
            description="Wrong keys that one address may try in a minute before it gets 429; "
            "0 for any number",
        ),
    ] = 60


class CatalogOptions(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    url: Annotated[str, Meta(description="SQLAlchemy URL; empty for SQLite in the data folder")] = (
        ""
    )
    statement_timeout_s: Annotated[
        float,
        Meta(
            ge=1,
            description="Longest a statement may take on Postgres; who asks waits at most "
            "half as long again",
        ),
    ] = 20


class BlobOptions(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    url: Annotated[
        str, Meta(description="Folder or s3://, gs://, az:// URL; empty for the data folder")
    ] = ""


class LogOptions(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    level: Annotated[
        str,
        Meta(pattern="^(debug|info|warning|error)$", description="Least level that is written"),
    ] = "info"
    json: Annotated[bool, Meta(description="JSON lines instead of short text")] = False


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    server: ServerOptions = ServerOptions()
    auth: AuthOptions = AuthOptions()
    analytics: AnalyticsOptions = AnalyticsOptions()
    catalog: CatalogOptions = CatalogOptions()
    blobs: BlobOptions = BlobOptions()
    ingest: IngestOptions = IngestOptions()
    gateway: GatewayOptions = GatewayOptions()
    broadcast: BroadcastOptions = BroadcastOptions()
    log: LogOptions = LogOptions()

    @property
    def roles(self) -> frozenset[ProcessRole]:
        return process_roles.parse(self.server.role)

    @property
    def memory_bytes(self) -> int:
        """What this process may take."""
        return self.server.max_memory_bytes or limit_bytes()

    @property
    def engine_bytes(self) -> int:
        """The embedded engine's part of it."""
        if not self.analytics_dsn.startswith("chdb:"):
            return 0
        return self.analytics.max_memory_bytes or default_memory_bytes(self.memory_bytes)

    @property
    def analytics_dsn(self) -> str:
        folder = Path(self.server.data).resolve() / "analytics"
        return self.analytics.dsn or f"chdb://{folder}"

    @property
    def catalog_url(self) -> str:
        return self.catalog.url or f"sqlite:///{Path(self.server.data).resolve() / 'catalog.db'}"

    @property
    def blobs_url(self) -> str:
        return self.blobs.url or str(Path(self.server.data).resolve() / "blobs")


def check_shared(settings: Settings) -> None:
    """Raise `ConfigurationError` for a process that leaves work to others which cannot reach it."""
    if settings.roles == set(process_roles.ALL):
        return
    own = [
        name
        for name, is_own in (
            ("analytics.dsn", settings.analytics_dsn.startswith("chdb:")),
            ("catalog.url", settings.catalog_url.startswith("sqlite")),
            ("blobs.url", not settings.blobs.url),
        )
        if is_own
    ]
    if own:
        raise ConfigurationError(
            f"The role `{process_roles.shown(settings.roles)}` leaves work to other processes, "
            f"which cannot reach the stores in this one's data folder ({', '.join(own)})",
            hint="Set them to a ClickHouse server, Postgres and a bucket that all processes "
            "share, or leave `server.role` at its default: then one process does everything",
        )


class Loaded(msgspec.Struct, frozen=True):
    """Settings, and where each value that is not a default came from (`room.field` → source)."""

    settings: Settings
    sources: dict[str, str]


def load(
    flags: Mapping[str, Any] | None = None,
    environ: Mapping[str, str] | None = None,
    file: Path | None = None,
) -> Loaded:
    """Read the settings; `flags` maps `room.field` to a value, None meaning "not given".

    Raises `ConfigurationError` for an unknown name or a value that does not fit.
    """
    environ = os.environ if environ is None else environ
    file = Path("sightline.toml") if file is None else file
    tree: dict[str, dict[str, Any]] = {}
    sources: dict[str, str] = {}

    def put(room: str, field: str, value: Any, source: str) -> None:
        _check_name(room, field, source)
        tree.setdefault(room, {})[field] = value
        sources[f"{room}.{field}"] = source

    if file.exists():
        try:
            content = tomllib.loads(file.read_text())
        except tomllib.TOMLDecodeError as error:
            raise ConfigurationError(f"`{file}` is not valid TOML: {error}") from None
        for room, fields in content.items():
            if not isinstance(fields, dict):
                raise ConfigurationError(f"`{room}` in `{file}` must be a table")
            for field, value in fields.items():
                put(room, field, value, str(file))
    for name, value in environ.items():
        if name.startswith(_PREFIX):
            room, _, field = name.removeprefix(_PREFIX).lower().partition("__")
            put(room, field, value, name)
    for path, value in (flags or {}).items():
        if value is not None:
            room, _, field = path.partition(".")
            put(room, field, value, f"--{field}")
    try:
        # lax: the environment has only strings
        settings = msgspec.convert(tree, Settings, strict=False)
    except msgspec.ValidationError as error:
        raise ConfigurationError(f"Bad setting: {error}") from None
    return Loaded(settings, sources)


def environment() -> Mapping[str, str]:
    """Return the environment, for files that refer to it by `os.environ/NAME`."""
    return dict(os.environ)


def names() -> list[str]:
    """Return every setting as `room.field`."""
    return [
        f"{room.name}.{field.name}"
        for room in msgspec.structs.fields(Settings)
        for field in msgspec.structs.fields(room.type)
    ]


def value(settings: Settings, path: str) -> Any:
    """Return the value of `room.field`."""
    room, _, field = path.partition(".")
    return getattr(getattr(settings, room), field)


def shown(path: str, value: Any) -> str:
    """Return the value as people may see it, secrets masked."""
    if value == "" or value is None:
        return "-"
    if _SECRET_NAME.search(path.rpartition(".")[2]):
        return "***"
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return _PARAMETER.sub(r"\1***", _PASSWORD.sub(r"\1:***@", text))


def _check_name(room: str, field: str, source: str) -> None:
    path = f"{room}.{field}" if field else room
    known = names()
    if path not in known:
        near = difflib.get_close_matches(path, known, 1, 0.5)
        hint = f"Did you mean `{near[0]}`?" if near else "See `sightline config show`"
        raise ConfigurationError(f"Unknown setting `{path}` (from {source})", hint=hint)
