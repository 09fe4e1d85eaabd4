"""Amazon's event-stream framing: messages of headers and a payload, each with its checksums."""

import struct
import zlib
from typing import Any

from sightline.wire.sse import Event

_PRELUDE = 12
_MAX_MESSAGE = 32 * 1024 * 1024
# Header value types and how long they are; strings and bytes say their length.
_SIZES = {0: 0, 1: 0, 2: 1, 3: 2, 4: 4, 5: 8, 8: 8, 9: 16}
_BYTES, _STRING = 6, 7


class FrameReader:
    """Cuts a stream into events: name and JSON payload. An exception's name begins with `!`."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, data: bytes) -> list[Event]:
        """Return the messages that are whole. Raises `ValueError` for a broken one."""
        self._buffer += data
        events: list[Event] = []
        while len(self._buffer) >= _PRELUDE:
            total, headers, check = struct.unpack_from(">III", self._buffer)
            if (
                zlib.crc32(self._buffer[:8]) != check
                or total > _MAX_MESSAGE
                or total < 16 + headers
            ):
                raise ValueError("a message has a broken head")
            if len(self._buffer) < total:
                break
            message = bytes(self._buffer[:total])
            del self._buffer[:total]
            if zlib.crc32(message[:-4]) != int.from_bytes(message[-4:], "big"):
                raise ValueError("a message has another checksum than it says")
            told = _headers(message[_PRELUDE : _PRELUDE + headers])
            events.append((_name(told), message[_PRELUDE + headers : -4]))
        return events

    def close(self) -> list[Event]:
        return []


def _name(headers: dict[str, Any]) -> str:
    if headers.get(":message-type") in ("exception", "error"):
        kind = headers.get(":exception-type") or headers.get(":error-code") or "exception"
        return f"!{kind}"
    return str(headers.get(":event-type", ""))


def _headers(data: bytes) -> dict[str, Any]:
    """Return the headers that are texts; others are passed over."""
    told: dict[str, Any] = {}
    at = 0
    try:
        while at < len(data):
            length = data[at]
            name = data[at + 1 : at + 1 + length].decode()
            at += 1 + length
            kind = data[at]
            at += 1
            if kind in (_BYTES, _STRING):
                size = int.from_bytes(data[at : at + 2], "big")
                at += 2
                if kind == _STRING:
                    told[name] = data[at : at + size].decode()
                at += size
            else:
                at += _SIZES[kind]
    except (IndexError, KeyError, UnicodeDecodeError):
        raise ValueError("a message has broken headers") from None
    return told
