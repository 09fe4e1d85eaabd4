"""Runs the app in Granian inside this process, and stops it without losing what was accepted."""

import asyncio
import gc
import signal
import socket
import sys

from granian.constants import HTTPModes, Interfaces
from granian.log import LogLevels
from granian.server.embed import Server

from sightline.app import App
from sightline.core.errors import ConfigurationError
from sightline.core.log import get_logger
from sightline.settings import Settings

log = get_logger(__name__)

# Connections beyond this wait in the kernel's queue; requests beyond it wait in Granian.
_BACKLOG = 4096


def serve(settings: Settings) -> int:
    """Serve until SIGTERM or SIGINT; returns the exit code.

    Raises `ConfigurationError` when the port is taken or the data folder is in use.
    """
    _check_port(settings.server.host, settings.server.port)
    try:
        import uvloop  # noqa: PLC0415 - optional: not on every platform
    except ImportError:
        return asyncio.run(_serve(settings))
    return uvloop.run(_serve(settings))


def _check_port(host: str, port: int) -> None:
    """Say that a port is taken; the HTTP server itself would share it with whoever has it."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        # Connections that ended lately do not take a port.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise ConfigurationError(
                f"Cannot listen on {host}:{port}: {error.strerror or error}",
                hint="Stop what listens there, or choose another with --port",
            ) from None


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


def _spare_the_collector() -> None:
    """Leave what was made at start, which stays, out of the search for garbage, and search less
    often: requests leave little that reference counts do not free."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)


async def _serve(settings: Settings) -> int:
    app = App(settings)
    await app.start()
    await _warm_up(app)
    _spare_the_collector()
    server = Server(
        app.asgi,
        address=settings.server.host,
        port=settings.server.port,
        interface=Interfaces.ASGINL,
        http=HTTPModes.http1,
        websockets=False,
        backlog=_BACKLOG,
        backpressure=_BACKLOG,
        log_enabled=False,
        log_level=LogLevels.error,
    )
    loop = asyncio.get_running_loop()
    stopping = asyncio.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, stopping.set)
    serving = loop.create_task(server.serve(), name="granian")
    waiting = loop.create_task(stopping.wait(), name="signals")
    address = f"http://{settings.server.host}:{settings.server.port}"
    app.folder.served_at(address)
    print(f"Sightline is at {address}  (data in {app.folder.path})", file=sys.stderr)  # noqa: T201
    await asyncio.wait({serving, waiting}, return_when=asyncio.FIRST_COMPLETED)
    code = 0
    if serving.done() and not stopping.is_set():
        error = serving.exception()
        log.error("serve.failed", exc=error)
        code = 1
    else:
        log.info("serve.stopping")
        app.end_streams()
        server.stop()
        await serving
    await app.stop()
    return code
