"""The one JSON encoder and decoder, and how a decoding failure is told to people."""

import re
from collections.abc import Callable
from typing import Any, TypeVar

import msgspec

from sightline.core.errors import InvalidRequestError, UnprocessableError

T = TypeVar("T")

_encoder = msgspec.json.Encoder(decimal_format="number")
_PATH = re.compile(r"^(?P<what>.*?)(?: - at `\$(?P<path>.*)`)?$", re.DOTALL)
_MISSING = re.compile(r"^Object missing required field `(?P<field>\w+)`$")
# What needs no mending is swallowed whole up to what does, or to the end: one match for each thing
# that is mended and nothing tried twice, so that the search is linear in whatever somebody sends.
# A string that never ends goes up to the end.
_WORD = re.compile(
    rb'(?:[^"NI\-]++|"[^"\\]*+(?:\\.[^"\\]*+)*+(?:"|\\?\Z)|(?!-?(?:NaN|Infinity))[NI\-])*+'
    rb"(?:(?P<found>-?(?:NaN|Infinity))|\Z)",
    re.DOTALL,
)
# A pair is kept, and so is any other escape: what follows two backslashes is plain text.
_LONE = rb"u[dD][89a-fA-F][0-9a-fA-F]{2}"
_HALF = re.compile(
    rb"(?:[^\\]++|\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"
    rb"|(?!" + _LONE + rb").|\Z))*+(?:(?P<found>\\" + _LONE + rb")|\Z)",
    re.DOTALL,
)
_MAY_BE_HALF = re.compile(rb"\\u[dD][89a-fA-F]")
# Each one mended is a step of Python, while others wait.
_MAX_MENDED = 200_000


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
        return _decode(data, type_)
    except InvalidRequestError:
        whole = mended(data) if isinstance(data, bytes) else None
        if whole is None:
            raise
    # Once mended nothing is left to mend.
    return _decode(whole, type_)


def _decode(data: bytes | str, type_: type[T]) -> T:
    try:
        return msgspec.json.decode(data, type=type_)
    except msgspec.ValidationError as error:
        raise wrong_value(error) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise broken_json(error) from None


def mended(data: bytes) -> bytes | None:
    """Return JSON that did not decode with words for numbers and halves of characters replaced;
    None when it has none.

    Raises `InvalidRequestError` when it has too many.
    """
    found = data
    if b"NaN" in found or b"Infinity" in found:
        found = _replaced(_WORD, found, lambda word: b'"' + word + b'"')
    if _MAY_BE_HALF.search(found):
        found = _replaced(_HALF, found, lambda _: rb"\ufffd")
    return None if found is data else found


def _replaced(pattern: re.Pattern[bytes], data: bytes, by: Callable[[bytes], bytes]) -> bytes:
    """Return the data with what the pattern found replaced; the same object where it found none."""
    out = bytearray()
    done = 0
    for n, match in enumerate(pattern.finditer(data)):
        found = match["found"]
        if found is None:
            break
        if n >= _MAX_MENDED:
            raise InvalidRequestError(
                f"Unable to process JSON. More than {_MAX_MENDED} values of it are no JSON",
                hint="Send null for NaN and Infinity, and whole characters",
            )
        out += memoryview(data)[done : match.start("found")]
        out += by(found)
        done = match.end()
    if not done:
        return data
    out += memoryview(data)[done:]
    return bytes(out)


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


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0][:300] if str(error) else type(error).__name__
