"""What the driver says went wrong, in our errors: by ClickHouse's number or the system's."""

import errno
import os
import re
from typing import Any, NamedTuple

from clickhouse_connect.driver.exceptions import ClickHouseError
from urllib3.exceptions import HTTPError

from sightline.core.errors import (
    InternalError,
    InvalidRequestError,
    PayloadTooLargeError,
    SightlineError,
    StoreFullError,
    StoreUnavailableError,
)
from sightline.core.ids import new_text_id
from sightline.core.log import get_logger
from sightline.stores.analytics.cluster import SHARDED_BY
from sightline.stores.disk import READ_ONLY

log = get_logger(__name__)

FAILURES = (ClickHouseError, HTTPError, OSError)
"""What a client raises."""

_CODE = re.compile(r"\bCode: (\d+)")
_STATUS = re.compile(r"HTTP driver received HTTP status (\d+)")
# NOT_ENOUGH_SPACE, CANNOT_WRITE_TO_FILE_DESCRIPTOR.
_FULL = {243, 75}
_BUSY = {
    60,  # UNKNOWN_TABLE: it is being opened anew
    159,  # TIMEOUT_EXCEEDED
    160,  # TOO_SLOW: it would be
    202,  # TOO_MANY_SIMULTANEOUS_QUERIES
    209,  # SOCKET_TIMEOUT
    210,  # NETWORK_ERROR
    225,  # NO_ZOOKEEPER
    236,  # ABORTED
    242,  # TABLE_IS_READ_ONLY: a replica without its Keeper
    252,  # TOO_MANY_PARTS
    692,  # TOO_MANY_MUTATIONS: deletes that are not carried out
    279,  # ALL_CONNECTION_TRIES_FAILED
    285,  # TOO_FEW_LIVE_REPLICAS
    286,  # UNSATISFIED_QUORUM_FOR_PREVIOUS_WRITE
    319,  # UNKNOWN_STATUS_OF_INSERT
    341,  # UNFINISHED
    394,  # QUERY_WAS_CANCELLED
    999,  # KEEPER_EXCEPTION
}
# CANNOT_ALLOCATE_MEMORY, MEMORY_LIMIT_EXCEEDED.
_NO_MEMORY = {173, 241}
# UNKNOWN_USER, WRONG_PASSWORD, REQUIRED_PASSWORD, ACCESS_DENIED, AUTHENTICATION_FAILED.
_REFUSED = {192, 193, 194, 497, 516}
# TOO_MANY_ROWS_OR_BYTES, TOO_MANY_ROWS.
_TOO_BIG = {386, 396}
# TOO_DEEP_AST, TOO_BIG_AST, TOO_DEEP_RECURSION, CANNOT_COMPILE_REGEXP: by what somebody asked.
_TOO_MUCH_ASKED = {167, 168, 306, 427}
_NO_SPACE = {28, 122}
_DISK_FAILS = os.strerror(errno.EIO)
# A file that could not be opened for want of something else is not damaged.
_SHORT = tuple(os.strerror(number) for number in (errno.EMFILE, errno.ENFILE, errno.ENOMEM))
_DAMAGED = {
    32,  # ATTEMPT_TO_READ_AFTER_EOF
    33,  # CANNOT_READ_ALL_DATA
    40,  # CHECKSUM_DOESNT_MATCH
    76,  # CANNOT_OPEN_FILE
    88,  # CANNOT_SEEK_THROUGH_FILE
    107,  # FILE_DOESNT_EXIST
    117,  # INCORRECT_DATA
    226,  # NO_FILE_IN_DATA_PART
    228,  # BAD_SIZE_OF_FILE_IN_DATA_PART
    246,  # CORRUPTED_DATA
    271,  # CANNOT_DECOMPRESS
    432,  # UNKNOWN_CODEC
}
_READING = re.compile(
    r"while reading from part \S*?/(?P<part>[^/\s]+)/ in table (?:\w+\.)?(?P<table>\w+)"
)

# Where the engine keeps a part's files.
_STORED = re.compile(r"/store/\w{3}/[0-9a-f-]{36}/(?P<part>[^/\s]+)/")

# The error's own name, which the engine puts at the end; the server's version and the driver's
# address may follow.
_NAME = re.compile(
    r"\(([A-Z][A-Z0-9_]{2,63})\)\s*(?:\(version [^()]*(?:\([^()]*\))?\)\s*)?"
    r"(?:\(for url [^()]*\)\s*)?$"
)
_OUR_TABLE = re.compile(rf"\b((?:{'|'.join(SHARDED_BY)})(?:_local)?)\b")


class EngineMemoryError(StoreUnavailableError):
    """The engine's memory is taken, by other queries or by its own merges: soon there is some."""


def translate(error: Exception) -> SightlineError:
    """Return our error for a driver's. What cannot be mended by asking again is an internal one."""
    code = _code(error)
    if _is_full(error, code):
        return StoreFullError(
            "The disk of the analytics store is full",
            hint="Make room; writes then go on by themselves",
            retry_after_s=10,
        )
    if READ_ONLY in str(error):
        log.error("analytics.read_only", code=code)
        return StoreUnavailableError(
            "The disk of the analytics store is read-only",
            hint="Mount it for writing; writes then go on by themselves",
            retry_after_s=10,
        )
    if any(words in str(error) for words in _SHORT):
        log.error("analytics.short_of_files_or_memory", code=code)
        return StoreUnavailableError(
            "The analytics store is short of open files or memory; try again", retry_after_s=2
        )
    if _DISK_FAILS in str(error):
        log.error("analytics.disk_fails", code=code, **_said_without_values(error))
        return StoreUnavailableError(
            "The disk of the analytics store fails",
            hint="The system's log says why",
            retry_after_s=10,
        )
    if code in _TOO_BIG:
        return PayloadTooLargeError("The answer is too large; ask for less")
    if code in _TOO_MUCH_ASKED:
        log.warning("analytics.asked_too_much", code=code)
        return InvalidRequestError(
            "The filters or the text that is looked for are too large", hint="Shorten them"
        )
    if code in _NO_MEMORY:
        log.warning("analytics.no_memory", code=code)
        return EngineMemoryError(
            "The analytics store has no memory left for this; try again, or ask for less",
            retry_after_s=2,
        )
    if code in _BUSY:
        log.warning("analytics.busy", code=code)
        return StoreUnavailableError("The analytics store is busy; try again", retry_after_s=2)
    if code in _REFUSED:
        log.error("analytics.refused", code=code)
        return StoreUnavailableError("The analytics store lets nobody in", retry_after_s=10)
    if is_away(error):
        log.warning("analytics.unreachable", kind=type(error.__cause__ or error).__name__)
        return StoreUnavailableError("The analytics store cannot be reached", retry_after_s=2)
    if (part := damaged_part(error)) is not None:
        where = new_text_id()
        log.error("analytics.damaged", id=where, table=part.table, part=part.name, code=code)
        return InternalError(
            "A part of the stored data is damaged; the rest is served. "
            f"It has been logged (ID {where})"
        )
    log.error("analytics.failed", code=code, **_said_without_values(error))
    return InternalError("The analytics store could not do this")


def _said_without_values(error: Exception) -> dict[str, Any]:
    """Return what a log may have of an error: its text may quote the statement, which has what
    people wrote."""
    said = str(error)
    name, table = _NAME.search(said), _OUR_TABLE.search(said)
    return {
        "kind": type(error).__name__,
        "name": name[1] if name else "",
        "table": table[1] if table else "",
    }


class Part(NamedTuple):
    table: str
    name: str


def damaged_part(error: Exception) -> Part | None:
    """Return the part that could not be read for what it holds, None for other errors.

    The engine does not always say of which table it is.
    """
    if not is_damage(error):
        return None
    if found := _READING.search(str(error)):
        return Part(found["table"], found["part"])
    found = _STORED.search(str(error))
    return Part("", found["part"]) if found else None


def is_damage(error: Exception) -> bool:
    """Say whether what could not be read is not as it was written."""
    said = str(error)
    return _code(error) in _DAMAGED and READ_ONLY not in said and not any(w in said for w in _SHORT)


def is_away(error: Exception) -> bool:
    """Say whether a server was not reached, so that it may be there later."""
    return _code(error) == 0 and _is_transport(error)


def _code(error: Exception) -> int:
    said = getattr(error, "code", None)
    if isinstance(said, int):
        return said
    found = _CODE.search(str(error))
    return int(found[1]) if found else 0


def _is_full(error: Exception, code: int) -> bool:
    if isinstance(error, OSError) and error.errno in _NO_SPACE:
        return True
    said = str(error)
    if any(words in said for words in (READ_ONLY, _DISK_FAILS, *_SHORT)):
        # The second of the numbers stands for any write that fails.
        return False
    return code in _FULL or (code != 0 and "No space left on device" in said)


def _is_transport(error: Exception) -> bool:
    """Say whether the server was not reached, or something before it answered in its place."""
    if isinstance(error, OSError | HTTPError) or isinstance(error.__cause__, OSError | HTTPError):
        return True
    found = _STATUS.search(str(error))
    return found is not None and int(found[1]) in {429, 502, 503, 504}
