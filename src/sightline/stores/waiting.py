"""Waits for stores that are servers of their own: of what is started together, any may be last."""

import time
from collections.abc import Callable

from sightline.core.errors import StoreAwayError
from sightline.core.log import get_logger
from sightline.stores.analytics.clients import connect
from sightline.stores.analytics.options import AnalyticsOptions
from sightline.stores.catalog.engine import Catalog

log = get_logger(__name__)

_AGAIN_S = 0.5
_TELL_AGAIN_S = 10.0


def await_stores(catalog_url: str, analytics: AnalyticsOptions, seconds: float) -> None:
    """Return when both databases let us in; at once for those in the data folder.

    Raises `ConfigurationError` for one that does not, and for one that is not there in time.
    """
    ends_s = time.monotonic() + seconds
    if not catalog_url.startswith("sqlite:"):
        _await("catalog", lambda: _ask_catalog(catalog_url), ends_s)
    if not analytics.dsn.startswith("chdb:"):
        _await("analytics", lambda: connect(analytics).close(), ends_s)


def _ask_catalog(url: str) -> None:
    catalog = Catalog.open(url)
    try:
        catalog.check()
    finally:
        catalog.close()


def _await(store: str, ask: Callable[[], None], ends_s: float) -> None:
    begun_s = time.monotonic()
    told_s: float | None = None
    while True:
        try:
            ask()
        except StoreAwayError as error:
            now_s = time.monotonic()
            if now_s >= ends_s:
                raise
            if told_s is None or now_s - told_s >= _TELL_AGAIN_S:
                told_s = now_s
                log.warning(
                    "start.waits",
                    store=store,
                    why=error.message,
                    waited_s=round(now_s - begun_s),
                    longest_s=round(ends_s - begun_s),
                )
            time.sleep(_AGAIN_S)
        else:
            if told_s is not None:
                log.info(
                    "start.store_came", store=store, waited_s=round(time.monotonic() - begun_s)
                )
            return
