"""`sightline migrate`: brings the stores up to this program, and says what it did."""

import argparse
from typing import Any


def add(verbs: Any) -> None:
    parser = verbs.add_parser("migrate", help="bring the stores up to date (serve does it too)")
    parser.add_argument("--data", help="folder of the embedded stores (default ./sightline-data)")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Upgrade the catalog, then the analytics store."""
    from sightline.cli import _stores
    from sightline.cli._running import refuse_running
    from sightline.settings import load
    from sightline.stores.analytics.engine import Analytics
    from sightline.stores.catalog.engine import Catalog
    from sightline.stores.catalog.migrate import migrate

    settings = load({"server.data": args.data}).settings
    if settings.analytics_dsn.startswith("chdb:"):
        refuse_running(settings, "it has brought its stores up to date when it started")
    before = _stores.catalog_versions(settings)
    catalog = Catalog.open(settings.catalog_url)
    try:
        migrate(catalog)
        print(_said("catalog", before, _stores.catalog_versions(settings)))
        before = _stores.analytics_versions(settings)
        # As a server does that starts: of both one makes the tables.
        catalog.alone(lambda: Analytics.open(_stores.analytics_options(settings)).close())
    finally:
        catalog.close()
    print(_said("analytics", before, _stores.analytics_versions(settings)))
    return 0


def _said(store: str, before: Any, after: Any) -> str:
    if before.found == after.found:
        return f"{store}: up to date at {after.found}"
    return f"{store}: {before.found or 'nothing'} -> {after.found}"
