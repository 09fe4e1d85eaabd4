"""`sightline keys`: make, list and end API keys."""

import argparse
import asyncio
import sys
from collections.abc import Awaitable, Callable
from typing import Any

from sightline.core.errors import ConfigurationError


def add(verbs: Any) -> None:
    parser = verbs.add_parser("keys", help="make, list and end API keys")
    actions = parser.add_subparsers(dest="action", required=True, metavar="action")
    create = actions.add_parser("create", help="make a key; its text is shown once")
    create.add_argument("--workspace", default="default", help="made if it does not exist")
    create.add_argument("--role", choices=["admin", "write", "read"], default="admin")
    create.add_argument(
        "--name", default="admin", help="who the key's requests are said to be from"
    )
    listing = actions.add_parser("list", help="list keys, newest first")
    revoke = actions.add_parser("revoke", help="end a key")
    revoke.add_argument("id", help="the key's id, as `keys list` shows it")
    for action in (create, listing, revoke):
        action.add_argument("--data", help="folder of the embedded stores (default as in settings)")
    create.set_defaults(run=lambda args: _with_keys(args, _create))
    listing.set_defaults(run=lambda args: _with_keys(args, _list))
    revoke.set_defaults(run=lambda args: _with_keys(args, _revoke))


def _with_keys(
    args: argparse.Namespace,
    action: Callable[[argparse.Namespace, Any, Any], Awaitable[None]],
) -> int:
    """Open the catalog, which a server may have open too, and act."""
    from sightline.core.clock import SystemClock
    from sightline.services.workspace.api_keys import ApiKeys
    from sightline.services.workspace.directory import Directory
    from sightline.settings import load
    from sightline.stores.catalog.engine import Catalog
    from sightline.stores.catalog.migrate import migrate

    settings = load({"server.data": args.data}).settings
    catalog = Catalog.open(settings.catalog_url)
    try:
        migrate(catalog)
        keys = ApiKeys(catalog, Directory(catalog, SystemClock()), SystemClock())
        asyncio.run(_run(action(args, keys, settings)))
    finally:
        catalog.close()
    return 0


async def _run(action: Awaitable[None]) -> None:
    await action


async def _create(args: argparse.Namespace, keys: Any, settings: Any) -> None:
    from sightline.cli._running import find, local

    issued = await keys.create(args.workspace, args.name, role=args.role)
    record, text = issued.record, issued.key.reveal()
    running = find(settings)
    url = (running and running.url) or settings.server.public_url
    url = url or f"http://{local(settings.server.host)}:{settings.server.port}"
    _say(f"A key of role {record.role} for workspace `{record.workspace_name}`:\n")
    sys.stderr.flush()
    # Alone on stdout, so that `KEY=$(sightline keys create …)` works.
    print(text, flush=True)
    _say(
        f"""
It is shown this once; only its hash is kept. To use it:

  Opik SDK, LiteLLM   OPIK_API_KEY=<key>  OPIK_WORKSPACE={record.workspace_name}
                      OPIK_URL_OVERRIDE={url}/api
  OpenTelemetry       OTEL_EXPORTER_OTLP_ENDPOINT={url}/api/v1/private/otel
                      OTEL_EXPORTER_OTLP_HEADERS=Authorization=<key>
  curl                -H 'Authorization: <key>'

To end it: sightline keys revoke {_text(record.id)}"""
    )
    if settings.auth.keys == "off":
        _say("\nauth.keys is off: the server asks nobody for a key until you set it to auto or on.")
    elif running is not None:
        _say(f"\nThe server ({running}) asks everybody for a key within seconds from now on.")


async def _list(args: argparse.Namespace, keys: Any, settings: Any) -> None:
    from sightline.core.clock import SystemClock

    now_us = SystemClock().now_us()
    rows: list[tuple[str, ...]] = [
        ("id", "key", "name", "role", "workspace", "made", "last used", "state")
    ]
    page = 1
    while True:
        found = await keys.list_page(page=page, size=500)
        rows += [_row(record, now_us) for record in found.items]
        if len(rows) > found.total or not found.items:
            break
        page += 1
    if len(rows) == 1:
        _say("There are no keys. Make one with: sightline keys create --workspace default")
        return
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    for row in rows:
        print(
            "  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip()
        )


async def _revoke(args: argparse.Namespace, keys: Any, settings: Any) -> None:
    from sightline.core.errors import NotFoundError, UnprocessableError
    from sightline.core.ids import parse_id

    try:
        await keys.revoke(parse_id(args.id))
    except (NotFoundError, UnprocessableError):
        raise ConfigurationError(
            f"There is no key with id `{args.id}`", hint="`sightline keys list` shows the ids"
        ) from None
    _say(f"The key {args.id} has ended; a running server refuses it within 5 seconds.")


def _row(record: Any, now_us: int) -> tuple[str, ...]:
    if record.revoked_at_us is not None:
        state = "revoked"
    elif record.expires_at_us is not None and record.expires_at_us <= now_us:
        state = "expired"
    else:
        state = "good"
    return (
        _text(record.id),
        record.masked,
        record.name,
        record.role,
        record.workspace_name,
        _when(record.created_at_us),
        _when(record.last_used_at_us) if record.last_used_at_us else "never",
        state,
    )


def _when(us: int) -> str:
    from sightline.core.clock import from_us

    return from_us(us).strftime("%Y-%m-%d %H:%M")


def _text(id: bytes) -> str:
    from sightline.core.ids import format_id

    return format_id(id)


def _say(text: str) -> None:
    print(text, file=sys.stderr)
