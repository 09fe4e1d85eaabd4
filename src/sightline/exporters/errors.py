"""What goes wrong when a call is sent."""

import msgspec

from sightline.core.errors import SightlineError

_MAX_MESSAGE = 2000


class ExportError(SightlineError):
    """A call was not taken, or an exporter cannot be made as told.

    Reads `opik: export: api error (status 401): API key is wrong`. `http_status` is the answer's,
    None when there was none.
    """

    def __init__(self, destination: str, message: str, *, http_status: int | None = None) -> None:
        super().__init__(f"{destination}: {message}")
        self.destination = destination
        self.http_status = http_status


def said(body: bytes) -> str:
    """Return what an answer says of its error: `error.message`, else `message`, else all of it."""
    try:
        found = msgspec.json.decode(body)
    except (msgspec.DecodeError, RecursionError):
        found = None
    if isinstance(found, dict):
        error = found.get("error")
        for message in (
            error.get("message") if isinstance(error, dict) else None,
            found.get("message"),
        ):
            if isinstance(message, str) and message:
                return message[:_MAX_MESSAGE]
    return body.decode("utf-8", "replace").strip()[:_MAX_MESSAGE]
