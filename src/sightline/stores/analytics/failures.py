"""What the driver says went wrong, in our errors: by ClickHouse's number or the system's."""

import re

from clickhouse_connect.driver.exceptions import ClickHouseError
from urllib3.exceptions import HTTPError

from sightline.core.errors import (
    InternalError,
    PayloadTooLargeError,
    SightlineError,
    StoreFullError,
    StoreUnavailableError,
)
from sightline.core.log import get_logger

log = get_logger(__name__)

FAILURES = (ClickHouseError, HTTPError, OSError)
"""What a client raises."""

_CODE = re.compile(r"\bCode: (\d+)")
_STATUS = re.compile(r"HTTP driver received HTTP status (\d+)")
# NOT_ENOUGH_SPACE, CANNOT_WRITE_TO_FILE_DESCRIPTOR.
_FULL = {243, 75}
_BUSY = {
    159,  # TIMEOUT_EXCEEDED
    160,  # TOO_SLOW: it would be
    202,  # TOO_MANY_SIMULTANEOUS_QUERIES
    209,  # SOCKET_TIMEOUT
    210,  # NETWORK_ERROR
    225,  # NO_ZOOKEEPER
    236,  # ABORTED
    241,  # MEMORY_LIMIT_EXCEEDED
    242,  # TABLE_IS_READ_ONLY: a replica without its Keeper
    252,  # TOO_MANY_PARTS
    279,  # ALL_CONNECTION_TRIES_FAILED
    285,  # TOO_FEW_LIVE_REPLICAS
    286,  # UNSATISFIED_QUORUM_FOR_PREVIOUS_WRITE
    319,  # UNKNOWN_STATUS_OF_INSERT
    341,  # UNFINISHED
    394,  # QUERY_WAS_CANCELLED
    999,  # KEEPER_EXCEPTION
}
# UNKNOWN_USER, WRONG_PASSWORD, REQUIRED_PASSWORD, ACCESS_DENIED, AUTHENTICATION_FAILED.
_REFUSED = {192, 193, 194, 497, 516}
# TOO_MANY_ROWS_OR_BYTES, TOO_MANY_ROWS.
_TOO_BIG = {386, 396}
_NO_SPACE = {28, 122}


def translate(error: Exception) -> SightlineError:
    """Return our error for a driver's. What cannot be mended by asking again is an internal one."""
    code = _code(error)
    if _is_full(error, code):
        return StoreFullError("The disk is full", hint="Free space; writes then go on")
    if code in _TOO_BIG:
        return PayloadTooLargeError("The answer is too large; ask for less")
    if code in _BUSY:
        log.warning("analytics.busy", code=code)
        return StoreUnavailableError("The analytics store is busy; try again", retry_after_s=2)
    if code in _REFUSED:
        log.error("analytics.refused", code=code)
        return StoreUnavailableError("The analytics store lets nobody in", retry_after_s=10)
    if code == 0 and _is_transport(error):
        log.warning("analytics.unreachable", kind=type(error.__cause__ or error).__name__)
        return StoreUnavailableError("The analytics store cannot be reached", retry_after_s=2)
    log.error("analytics.failed", exc=error, code=code)
    return InternalError("The analytics store could not do this")


def _code(error: Exception) -> int:
    said = getattr(error, "code", None)
    if isinstance(said, int):
        return said
    found = _CODE.search(str(error))
    return int(found[1]) if found else 0


def _is_full(error: Exception, code: int) -> bool:
    if isinstance(error, OSError) and error.errno in _NO_SPACE:
        return True
    return code in _FULL or (code != 0 and "No space left on device" in str(error))


def _is_transport(error: Exception) -> bool:
    """Say whether the server was not reached, or something before it answered in its place."""
    if isinstance(error, OSError | HTTPError) or isinstance(error.__cause__, OSError | HTTPError):
        return True
    found = _STATUS.search(str(error))
    return found is not None and int(found[1]) in {429, 502, 503, 504}
