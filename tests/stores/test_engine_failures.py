"""What the engine says of a write that failed, in our errors."""

import errno
import os

import pytest
from clickhouse_connect.driver.exceptions import DatabaseError

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
