"""Driver errors to ours, by the driver's code."""

import sqlite3

from sqlalchemy.exc import DataError, DBAPIError, OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from sightline.core.errors import (
    ConflictError,
    InternalError,
    InvalidRequestError,
    SightlineError,
    StoreFullError,
    StoreUnavailableError,
)
from sightline.core.log import get_logger

log = get_logger(__name__)

_SQLITE_CONFLICTS = {
    sqlite3.SQLITE_CONSTRAINT_UNIQUE,
    sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY,
    sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY,
}
_SQLITE_UNAVAILABLE = {
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_PROTOCOL,
    sqlite3.SQLITE_NOMEM,
}
_SQLITE_DISK = {sqlite3.SQLITE_IOERR}
_SQLITE_DAMAGED = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}

# SQLSTATE, see Postgres' manual, appendix A.
_POSTGRES_COLLISIONS = {"40001", "40P01"}
_POSTGRES_OUT_OF_RANGE = {"22003"}
_POSTGRES_NOT_TEXT = {None, "22021", "22P05"}
_POSTGRES_CONFLICTS = {"23505", "23503"}
_POSTGRES_FULL = {"53100"}
_POSTGRES_UNAVAILABLE = _POSTGRES_COLLISIONS | {"55P03", "57014", "25006", "25P03"}
_POSTGRES_NOT_YET = ("starting up", "shutting down", "recovery", "too many", "remaining connection")
_POSTGRES_UNAVAILABLE_CLASSES = {"08", "53", "57", "58"}


def translate(error: SQLAlchemyError) -> SightlineError | None:
    """Return our error for a driver's, or None when it is a bug of ours."""
    if isinstance(error, PoolTimeoutError):
        return _unavailable()
    if not isinstance(error, DBAPIError):
        return None
    if isinstance(error.orig, sqlite3.Error):
        return _from_sqlite(error.orig)
    return _from_postgres(error)


def is_collision(error: DBAPIError) -> bool:
    """Say whether Postgres undid the transaction because of another: it may be tried again."""
    return getattr(error.orig, "sqlstate", None) in _POSTGRES_COLLISIONS


def is_away(error: DBAPIError) -> bool:
    """Say whether a server that could not be connected to may be there later.

    The driver has no number for what the server says to who connects, but its words.
    """
    said = str(error.orig)
    return "FATAL" not in said or any(words in said for words in _POSTGRES_NOT_YET)


def reason_of(error: DBAPIError) -> str:
    """Return what the driver says, in one line and without a password: for operators."""
    said = str(error.orig).strip().splitlines()
    return said[0] if said else type(error.orig).__name__


def _from_sqlite(error: sqlite3.Error) -> SightlineError | None:
    code = getattr(error, "sqlite_errorcode", None)
    if code is None:
        return None
    if code in _SQLITE_CONFLICTS:
        return _conflict()
    primary = code & 0xFF
    # What cannot be opened for writing is a database without room, see `sqlite_files`.
    if primary in {sqlite3.SQLITE_FULL, sqlite3.SQLITE_READONLY}:
        return _full()
    if primary in _SQLITE_DISK:
        log.error("catalog.disk_fails", why=str(error), code=code)
        return StoreUnavailableError(
            "The disk of the catalog fails or is read-only",
            hint="The system's log says why; Sightline goes on by itself when it is mended",
            retry_after_s=10,
        )
    if primary in _SQLITE_UNAVAILABLE:
        return _unavailable()
    if primary in _SQLITE_DAMAGED:
        log.error("catalog.damaged", why=str(error), code=code)
        return InternalError(
            "The catalog's file is damaged or is no database",
            hint="Stop Sightline and restore a backup",
        )
    return None


def _from_postgres(error: DBAPIError) -> SightlineError | None:
    state = getattr(error.orig, "sqlstate", None)
    if isinstance(error, DataError) and state in _POSTGRES_NOT_TEXT:
        return InvalidRequestError("Text must not have the character U+0000 in it")
    if state in _POSTGRES_OUT_OF_RANGE:
        return InvalidRequestError("A number is too large to be stored")
    if state is None:
        # A refused or cut connection has no SQLSTATE.
        lost = error.connection_invalidated or isinstance(error, OperationalError)
        return _unavailable() if lost else None
    if state in _POSTGRES_CONFLICTS:
        return _conflict()
    if state in _POSTGRES_FULL:
        return _full()
    if state in _POSTGRES_UNAVAILABLE or state[:2] in _POSTGRES_UNAVAILABLE_CLASSES:
        return _unavailable()
    return None


def _conflict() -> ConflictError:
    return ConflictError("It exists already or is in use")


def _full() -> StoreFullError:
    return StoreFullError(
        "The disk of the catalog is full",
        hint="Make room; writes then go on by themselves",
        retry_after_s=10,
    )


def _unavailable() -> StoreUnavailableError:
    return StoreUnavailableError("The catalog is busy or cannot be reached", retry_after_s=1)
