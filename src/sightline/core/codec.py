"""The one JSON encoder and decoder, and how a decoding failure is told to people."""

import re
from typing import Any, TypeVar

import msgspec

from sightline.core.errors import InvalidRequestError, UnprocessableError

T = TypeVar("T")

_encoder = msgspec.json.Encoder(decimal_format="number")
_PATH = re.compile(r"^(?P<what>.*?)(?: - at `\$(?P<path>.*)`)?$", re.DOTALL)
_MISSING = re.compile(r"^Object missing required field `(?P<field>\w+)`$")
# A string is matched to be passed over, one that never ends up to the end: so the search is linear
# in whatever somebody sends.
_STRING_OR_NO_NUMBER = re.compile(
    rb'"[^"\\]*+(?:\\.[^"\\]*+)*+(?:"|\\?\Z)|-?(?:NaN|Infinity)', re.DOTALL
)
_HALF = re.compile(rb"\\u[dD][89a-fA-F]")
# A pair, a half, any other escape: what follows two backslashes is plain text.
_ESCAPE = re.compile(
    rb"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"
    rb"|(?P<half>u[dD][89a-fA-F][0-9a-fA-F]{2})|.)",
    re.DOTALL,
)


def encode(value: Any) -> bytes:
    """Return compact JSON."""
    return _encoder.encode(value)


def encode_text(value: Any) -> str:
    """Return compact JSON as text."""
    return _encoder.encode(value).decode()


def encode_lines(values: list[Any]) -> bytes:
    """Return newline-delimited JSON."""
    return _encoder.encode_lines(values)


def decode(data: bytes | str, type_: type[T]) -> T:
    """Decode and validate JSON, with two things more that Python's `json` writes: `NaN` and
    `Infinity` are read as strings, and half of a surrogate pair as U+FFFD.

    Raises `InvalidRequestError` for broken JSON and `UnprocessableError` that names the item and
    the field for a value of the wrong type.
    """
    try:
        return msgspec.json.decode(data, type=type_)
    except msgspec.ValidationError as error:
        raise wrong_value(error) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        whole = mended(data) if isinstance(data, bytes) else None
        if whole is not None:
            return decode(whole, type_)
        raise broken_json(error) from None


def mended(data: bytes) -> bytes | None:
    """Return JSON that did not decode with words for numbers and halves of characters replaced;
    None when it has none."""
    found = data
    if b"NaN" in data or b"Infinity" in data:
        found = _STRING_OR_NO_NUMBER.sub(_quoted, found)
    if _HALF.search(data):
        found = _ESCAPE.sub(_whole, found)
    return None if found == data else found


def broken_json(error: Exception) -> InvalidRequestError:
    """Return the 400 for a body that is no JSON."""
    if isinstance(error, UnicodeDecodeError):
        return InvalidRequestError("Unable to process JSON. It is not valid UTF-8")
    if isinstance(error, RecursionError):
        return InvalidRequestError("Unable to process JSON. It is nested too deeply")
    return InvalidRequestError(f"Unable to process JSON. {_first_line(error)}")


def wrong_value(error: msgspec.ValidationError) -> UnprocessableError:
    """Return the 422 for JSON of the wrong shape, in Opik's `path message` form."""
    match = _PATH.match(str(error))
    what = match["what"] if match else str(error)
    path = (match["path"] or "").lstrip(".") if match else ""
    missing = _MISSING.match(what)
    if missing:
        path, what = f"{path}.{missing['field']}".lstrip("."), "must not be null"
    text = f"{path} {what}".strip()
    return UnprocessableError(f"Unable to process JSON. {text}", fields=[text])


def _quoted(match: re.Match[bytes]) -> bytes:
    return match[0] if match[0].startswith(b'"') else b'"' + match[0] + b'"'


def _whole(match: re.Match[bytes]) -> bytes:
    return rb"\ufffd" if match["half"] else match[0]


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0][:300] if str(error) else type(error).__name__
