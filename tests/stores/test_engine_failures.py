"""What the engine says of a write that failed, in our errors."""

import errno
import logging
import os

import pytest
from clickhouse_connect.driver.exceptions import DatabaseError

from sightline.core.errors import InternalError
from sightline.core.log import get_logger
from sightline.stores.analytics.engine import Analytics
from sightline.stores.analytics.failures import translate


@pytest.mark.parametrize(
    ("code", "number", "kind", "says"),
    [
        (75, errno.ENOSPC, "store_full", "is full"),
        (75, errno.EDQUOT, "store_full", "is full"),
        (75, errno.EIO, "store_unavailable", "fails"),
        (75, errno.EROFS, "store_unavailable", "read-only"),
        (75, errno.ENOMEM, "store_unavailable", "short of"),
        (243, errno.ENOSPC, "store_full", "is full"),
    ],
)
def test_a_full_disk_is_told_from_one_that_fails(
    code: int, number: int, kind: str, says: str
) -> None:
    text = (
        f"Code: {code}. DB::ErrnoException: Cannot write to file /data/all_1_1_0/data.bin: , "
        f"errno: {number}, strerror: {os.strerror(number)}. (SOME_NAME)"
    )
    error = translate(DatabaseError(text))
    assert (error.code, says in error.message) == (kind, True), error.message


async def test_what_people_wrote_is_in_no_log(
    analytics: Analytics, caplog: pytest.LogCaptureFixture
) -> None:
    canary = "canary-of-a-prompt"
    with pytest.raises(InternalError) as raised:
        await analytics.query(
            "SELECT toUInt8(concat({p:String}, name)) FROM "
            "(SELECT 'x' AS name UNION ALL SELECT name FROM traces)",
            {"p": canary},
        )
    try:
        raise RuntimeError("a caller's own") from raised.value
    except RuntimeError as error:
        get_logger("tests").error("caller.failed", exc=error)
    shown = [f"{r.getMessage()} {r.__dict__.get('fields')}" for r in caplog.records]
    shown += [logging.Formatter().format(r) for r in caplog.records]
    assert canary not in "\n".join(shown)
    (failed,) = [r.__dict__["fields"] for r in caplog.records if r.msg == "analytics.failed"]
    assert (failed["code"], failed["name"]) == (6, "CANNOT_PARSE_TEXT")
