"""Runs the app inside this process, and stops it without losing what was accepted."""

import asyncio
import contextlib
import gc
import resource
import signal
import socket
import sys

import msgspec

from sightline.app import App
from sightline.core.errors import ConfigurationError, SightlineError
from sightline.core.log import get_logger
from sightline.domain import process_roles
from sightline.listener import Bounds, Listener
from sightline.settings import Settings
from sightline.stores.waiting import await_stores

log = get_logger(__name__)

# So long those that are being answered may take when the process is told to end.
_FINISH_S = 30.0
_BREATH_S = 0.3
# Connections may take all files but these, or half of a small number: stores open some, too.
_FILES, _FILES_OF_STORES = 65_536, 4_096


def serve(settings: Settings) -> int:
    """Serve until SIGTERM or SIGINT; returns the exit code.

    Raises `ConfigurationError` when the port is taken, the data folder in use, or a store that is
    a server of its own does not let us in, or is not there after a while.
    """
    _check_port(settings.server.host, settings.server.port)
    open_files = _raise_open_files()
    await_stores(
        settings.catalog_url,
        msgspec.structs.replace(settings.analytics, dsn=settings.analytics_dsn),
        settings.server.store_wait_s,
    )
    try:
        import uvloop  # noqa: PLC0415 - optional: not on every platform
    except ImportError:
        return asyncio.run(_serve(settings, open_files))
    return uvloop.run(_serve(settings, open_files))


def _raise_open_files() -> int:
    """Let this process have as many files open as it may, within reason; return how many.

    A shell gives 1,024, which a thousand idle clients use up.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY:
        return _FILES
    wanted = _FILES if hard == resource.RLIM_INFINITY else min(_FILES, hard)
    if wanted > soft:
        # Some systems have a lower limit of their own.
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
            return wanted
    return soft


def _check_port(host: str, port: int) -> None:
    """Say that a port is taken; the HTTP server itself would share it with whoever has it."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        # Connections that ended lately do not take a port.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise _cannot_listen(host, port, error) from None


def _cannot_listen(host: str, port: int, error: OSError) -> ConfigurationError:
    return ConfigurationError(
        f"Cannot listen on {host}:{port}: {error.strerror or error}",
        hint="Stop what listens there, or choose another with --port",
    )


async def _warm_up(app: App) -> None:
    """Ask `/health` once inside the process, so that the first client does not pay for imports."""
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": "/health",
        "raw_path": b"/health",
        "query_string": b"",
        "root_path": "",
        "headers": [],
        "client": ("127.0.0.1", 0),
        "server": ("127.0.0.1", 0),
    }

    async def receive() -> dict[str, object]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(_: dict[str, object]) -> None:
        return None

    await app.asgi(scope, receive, send)


async def _prepare(app: App, stopping: asyncio.Event) -> None:
    """Make ready what first requests may need, as soon as those that wait for us are answered."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(_BREATH_S):
            await stopping.wait()
        return
    try:
        await asyncio.to_thread(app.prepare)
    except SightlineError as error:
        # Who needs it tries again, and is told.
        log.warning("serve.not_prepared", code=error.code)


def _spare_the_collector() -> None:
    """Leave what was made at start, which stays, out of the search for garbage, and search less
    often: requests leave little that reference counts do not free.

    The start is not searched either, which takes a quarter of a second: it leaves little.
    """
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)
    gc.enable()


async def _serve(settings: Settings, open_files: int) -> int:
    app = App(settings)
    await app.start()
    await _warm_up(app)
    _spare_the_collector()
    bounds = Bounds(
        stall_s=settings.server.stall_timeout_s,
        connections=max(open_files - _FILES_OF_STORES, open_files // 2),
    )
    listener = Listener(
        app.asgi, settings.server.host, settings.server.port, bounds, app.services.connections
    )
    try:
        await listener.open()
    except OSError as error:
        # Somebody took the port since it was looked at.
        await app.stop()
        raise _cannot_listen(settings.server.host, settings.server.port, error) from None
    loop = asyncio.get_running_loop()
    stopping = asyncio.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, stopping.set)
    preparing = loop.create_task(_prepare(app, stopping), name="prepare")
    address = f"http://{settings.server.host}:{settings.server.port}"
    app.folder.served_at(address)
    has_all = app.roles == set(process_roles.ALL)
    role = "" if has_all else f", role {process_roles.shown(app.roles)}"
    print(f"Sightline is at {address}  (data in {app.folder.path}{role})", file=sys.stderr)  # noqa: T201
    await stopping.wait()
    log.info("serve.stopping")
    app.end_streams()
    await listener.close(_FINISH_S)
    await preparing
    await app.stop()
    return 0
