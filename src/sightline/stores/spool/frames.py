"""How a record lies in a segment: a mark, its length, its checksum, its bytes.

The mark lets a reader find the next record behind damage.
"""

import struct
import zlib
from typing import BinaryIO

_MARK = b"\xf5SLr"
_HEAD = struct.Struct("<4sII")
HEAD_BYTES = _HEAD.size


def head(record: bytes) -> bytes:
    """Return what goes before a record."""
    return _HEAD.pack(_MARK, len(record), zlib.crc32(record))


def read(file: BinaryIO, room: int) -> bytes | None:
    """Read the record that begins here; None when there is no whole one within `room` bytes."""
    start = file.read(HEAD_BYTES)
    if len(start) < HEAD_BYTES or room < HEAD_BYTES:
        return None
    mark, length, checksum = _HEAD.unpack(start)
    if mark != _MARK or length > room - HEAD_BYTES:
        return None
    record = file.read(length)
    return record if len(record) == length and zlib.crc32(record) == checksum else None


def find(data: bytes, at: int) -> int | None:
    """Return the position of the first whole record at or after `at`, None without one."""
    while (at := data.find(_MARK, at)) >= 0:
        start = at + HEAD_BYTES
        if start <= len(data):
            _, length, checksum = _HEAD.unpack_from(data, at)
            record = data[start : start + length]
            if len(record) == length and zlib.crc32(record) == checksum:
                return at
        at += 1
    return None
