"""Server-sent events: bytes in, events out, in whatever pieces they come; and the way back.

An event is `(name, data)`: name None where the stream says none, data as bytes. Lines may end in
LF, CRLF or CR; comments are passed over; several `data` lines are joined by LF.
"""

DONE = b"data: [DONE]\n\n"

# An event may carry a picture; one that is longer than this is a fault or an attack.
MAX_EVENT_BYTES = 32 * 1024 * 1024

Event = tuple[str | None, bytes]

_BOM = b"\xef\xbb\xbf"


class Reader:
    """Reads one stream. Work is linear in what arrives, whatever its pieces."""

    __slots__ = ("_buffer", "_ends_in_cr", "_is_first", "_max_bytes")

    def __init__(self, max_event_bytes: int = MAX_EVENT_BYTES) -> None:
        self._buffer = bytearray()
        self._ends_in_cr = False
        self._is_first = True
        self._max_bytes = max_event_bytes

    def feed(self, data: bytes) -> list[Event]:
        """Return the events that are whole now. Raises `ValueError` for one that is too large."""
        if self._ends_in_cr or b"\r" in data:
            data = self._with_plain_ends(data)
        buffer = self._buffer
        if buffer:
            searched = len(buffer) - 1
            buffer += data
            if buffer.find(b"\n\n", searched) < 0:
                self._check_size()
                return []
            data = bytes(buffer)
            buffer.clear()
        blocks = data.split(b"\n\n")
        if rest := blocks.pop():
            buffer += rest
            self._check_size()
        if self._is_first and blocks:
            self._is_first = False
            blocks[0] = blocks[0].removeprefix(_BOM)
        return _events(blocks)

    def close(self) -> list[Event]:
        """Return the last event if the stream ended without the empty line behind it."""
        rest = bytes(self._buffer)
        self._buffer.clear()
        return _events([rest.removeprefix(_BOM) if self._is_first else rest])

    def _with_plain_ends(self, data: bytes) -> bytes:
        if self._ends_in_cr:
            data = b"\r" + data
        # The LF of a CRLF may be the first byte of the next piece.
        self._ends_in_cr = data.endswith(b"\r")
        if self._ends_in_cr:
            data = data[:-1]
        return data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")

    def _check_size(self) -> None:
        if len(self._buffer) > self._max_bytes:
            raise ValueError(f"an event is larger than {self._max_bytes} bytes")


def event(data: bytes, name: str | None = None) -> bytes:
    """Return one event; `data` holds no line end, as compact JSON never does."""
    if name is None:
        return b"data: %b\n\n" % data
    return b"event: %b\ndata: %b\n\n" % (name.encode(), data)


def comment(text: str) -> bytes:
    """Return a line that readers pass over, which keeps a connection open."""
    return b": %b\n\n" % text.encode()


def _events(blocks: list[bytes]) -> list[Event]:
    events: list[Event] = []
    for block in blocks:
        # Not `in`, which first tries to take what is sought for a number.
        if block[:6] == b"data: " and block.find(b"\n") < 0:
            events.append((None, block[6:]))
        elif block and (found := _read(block)):
            events.append(found)
    return events


def _read(block: bytes) -> Event | None:
    name: str | None = None
    lines: list[bytes] = []
    for line in block.split(b"\n"):
        field, _, value = line.partition(b":")
        value = value.removeprefix(b" ")
        if field == b"data":
            lines.append(value)
        elif field == b"event":
            name = value.decode("utf-8", "replace") or None
    return (name, b"\n".join(lines)) if lines else None
