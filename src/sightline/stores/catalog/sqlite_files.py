"""Opens a SQLite catalog, also on a disk without room for the files that SQLite makes beside it.

In WAL mode even a reader needs a `-shm` and a `-wal` file, which the last one who leaves deletes.
Where they cannot be made the database is read as it is; each second it is tried again.
"""

import sqlite3
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sqlalchemy import Engine, event
from sqlalchemy.exc import DisconnectionError

from sightline.core.log import get_logger

log = get_logger(__name__)

_TRY_AGAIN_S = 1.0
_NO_ROOM = {sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR}


class _Still(sqlite3.Connection):
    """Reads a file that nobody changes; a write is refused with SQLITE_READONLY."""

    made_s: float = 0.0


def listen(engine: Engine, path: Path, lock_wait_ms: int) -> None:
    """See to it that the engine's connections are opened so."""
    event.listen(engine, "do_connect", _connecting(path, lock_wait_ms))
    event.listen(engine, "checkout", _checked_out)


def _connecting(path: Path, lock_wait_ms: int) -> Callable[..., sqlite3.Connection]:
    def connect(
        _dialect: Any, _record: Any, args: list[Any], options: dict[str, Any]
    ) -> sqlite3.Connection:
        raw: sqlite3.Connection = sqlite3.connect(*args, **options)
        try:
            raw.execute(f"PRAGMA busy_timeout = {lock_wait_ms}")
            raw.execute("PRAGMA journal_mode = WAL")
            raw.execute("PRAGMA synchronous = FULL")
            # Nothing of the above opens those files.
            raw.execute("SELECT count(*) FROM sqlite_master").fetchone()
        except sqlite3.Error as error:
            raw.close()
            if not _lacks_room(error) or not _is_whole(path):
                raise
            log.warning("catalog.without_room", why=str(error))
            options = {name: value for name, value in options.items() if name != "uri"}
            still: _Still = sqlite3.connect(
                f"file:{quote(str(path))}?mode=ro&immutable=1", uri=True, factory=_Still, **options
            )
            still.made_s = time.monotonic()
            return still
        return raw

    return connect


def _lacks_room(error: sqlite3.Error) -> bool:
    return isinstance(error, sqlite3.OperationalError) and error.sqlite_errorcode & 0xFF in _NO_ROOM


def _is_whole(path: Path) -> bool:
    """Say whether all that was committed is in the database's own file."""
    wal = path.with_name(f"{path.name}-wal")
    return not wal.exists() or wal.stat().st_size == 0


def _checked_out(raw: Any, _record: Any, _proxy: Any) -> None:
    if isinstance(raw, _Still) and time.monotonic() - raw.made_s > _TRY_AGAIN_S:
        raise DisconnectionError
