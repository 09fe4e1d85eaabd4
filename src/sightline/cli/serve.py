"""`sightline serve`: the server, with all roles in this process or those that are named."""

import argparse
import gc
from typing import Any


def add(verbs: Any) -> None:
    parser = verbs.add_parser("serve", help="start the server")
    parser.add_argument("--host", help="address to listen on (default 127.0.0.1)")
    parser.add_argument("--port", type=int, help="port to listen on (default 5173)")
    parser.add_argument("--data", help="folder of the embedded stores (default ./sightline-data)")
    parser.add_argument("--role", help="what this process does: api, gateway, worker (default all)")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Serve until SIGTERM or SIGINT."""
    # Until all is made that stays: `serving` enables it again.
    gc.disable()
    from sightline.core import log
    from sightline.serving import serve
    from sightline.settings import load

    settings = load(
        {
            "server.host": args.host,
            "server.port": args.port,
            "server.data": args.data,
            "server.role": args.role,
        }
    ).settings
    log.setup(settings.log.level, as_json=settings.log.json)
    return serve(settings)
