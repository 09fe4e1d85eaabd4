"""`sightline repair`: takes damaged parts out of the tables, so that the rest is read again."""

import argparse
import sys
from typing import Any


def add(verbs: Any) -> None:
    parser = verbs.add_parser("repair", help="take damaged parts out, and serve what is sound")
    parser.add_argument("--data", help="folder of the embedded stores (default ./sightline-data)")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Check every part of the stopped store, and lay aside those that are damaged."""
    from sightline.cli._running import refuse_running
    from sightline.cli._stores import analytics_exists, analytics_options
    from sightline.core.errors import ConfigurationError
    from sightline.settings import load
    from sightline.stores.analytics.engine import Analytics
    from sightline.stores.analytics.parts import check, lay_aside, listed

    settings = load({"server.data": args.data}).settings
    if not settings.analytics_dsn.startswith("chdb:"):
        raise ConfigurationError(
            "The analytics store is a ClickHouse server",
            hint="Use its own CHECK TABLE and ALTER TABLE … DETACH PART",
        )
    refuse_running(settings, "it must be stopped")
    if not analytics_exists(settings):
        print("There is no store yet")
        return 0
    store = Analytics(analytics_options(settings))
    try:
        client = store._connect()
        every, lost, taken = listed(client), 0, 0
        for at, part in enumerate(every, 1):
            print(f"\r{at:,} of {len(every):,} parts", end="", file=sys.stderr, flush=True)
            if check(client, part) is not None:
                lay_aside(client, part)
                lost, taken = lost + part.rows, taken + 1
                print(file=sys.stderr)
                print(f"table {part.table}: part {part.name} taken out, {part.rows:,} rows")
        print(file=sys.stderr)
    finally:
        store.close()
    print(f"{taken} of {len(every):,} parts taken out, with {lost:,} rows")
    return 0
