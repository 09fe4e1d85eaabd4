"""Media inside JSON text: long base64 is cut out, leaves a reference, and goes back byte for byte.

A reference is the file's name in brackets, as Opik writes it:

    [input-attachment-<digits>-<milliseconds>.png]

The digits are 1 for bare base64 or 2 for a whole data URL, then 20 digits of a hash of the media
type and the bytes; the milliseconds are those of the entity's id. So the same content in the same
field of the same entity has the same name, however often and in whichever message it comes, and
the name with the file's media type says all that is needed to write the original text again.
"""

import binascii
import hashlib
import re
from collections.abc import Iterator, Mapping
from typing import Literal

import msgspec

from sightline.core.ids import Id, time_ms
from sightline.domain.media_types import HEAD_BYTES, extension, sniff

Field = Literal["input", "output", "metadata"]
FIELDS: tuple[Field, ...] = ("input", "output", "metadata")

_RUN = re.compile(r"[A-Za-z0-9+/]*")
_PROBE_LENGTH = 64
_PROBE = re.compile(rf"[A-Za-z0-9+/]{{{_PROBE_LENGTH}}}")
_TYPE = r"[A-Za-z0-9][A-Za-z0-9.+-]{0,63}/[A-Za-z0-9][A-Za-z0-9.+-]{0,63}"
_MEDIA_TYPE = re.compile(_TYPE)
_PREFIX = re.compile(rf"data:({_TYPE});base64,\Z")
_PREFIX_LENGTH = 160
_HEAD_LENGTH = HEAD_BYTES // 3 * 4
_BARE, _DATA_URL = "1", "2"
_REFERENCE = re.compile(
    r"\[((?:input|output|metadata)-attachment-[12][0-9]{20}-[0-9]{1,15}\.[a-z0-9]{1,10})\]"
)
_KIND = re.compile(r"-attachment-([12])")


class Medium(msgspec.Struct, frozen=True):
    """A file that was cut out of a text."""

    file_name: str
    media_type: str
    data: bytes


class Cut(msgspec.Struct, frozen=True):
    """A text with references in place of media, and each medium once."""

    text: str
    media: list[Medium]


class _Found(msgspec.Struct, frozen=True):
    """A medium at `text[start:end]`; `kind` is the first digit of its name."""

    start: int
    end: int
    kind: str
    media_type: str
    data: bytes


def may_hold_media(text: str | None, min_length: int) -> bool:
    """Say quickly whether `cut` is worth its time.

    Never False for a text with base64 of `min_length` (≥ 256) characters or more. Costs a
    comparison for a shorter text, and a look at every half `min_length` for a longer one.
    """
    if text is None or len(text) < min_length:
        return False
    return any(_PROBE.match(text, at) for at in range(0, len(text), _step(min_length)))


def cut(text: str, field: Field, entity_id: Id, min_length: int) -> Cut:
    """Replace each base64 medium of `min_length` (≥ 256) characters or more by its reference.

    Media are data URLs of any type, and bare base64 whose bytes begin like a known type. Only
    base64 that encodes back to the same text is cut. The time is linear in the text's length.
    """
    pieces: list[str] = []
    media: dict[str, Medium] = {}
    done = 0
    for start, end in _runs(text, min_length):
        found = _medium(text, start, end, min_length, free=done)
        if found is None:
            continue
        name = _name(field, found, entity_id)
        media.setdefault(name, Medium(name, found.media_type, found.data))
        pieces += (text[done : found.start], "[", name, "]")
        done = found.end
    pieces.append(text[done:])
    return Cut("".join(pieces) if media else text, list(media.values()))


def references(text: str) -> list[str]:
    """Return the names of the files that a text refers to, each once."""
    if "-attachment-" not in text:
        return []
    return list(dict.fromkeys(_REFERENCE.findall(text)))


def original(file_name: str, media_type: str, data: bytes) -> str | None:
    """Return the text that a reference stands for; None when the file cannot have come from one."""
    kind = _KIND.search(file_name)
    if kind is None:
        return None
    encoded = binascii.b2a_base64(data, newline=False).decode("ascii")
    if kind[1] == _BARE:
        return encoded
    # It goes into JSON text: a quote in the type would end the string.
    return f"data:{media_type};base64,{encoded}" if _MEDIA_TYPE.fullmatch(media_type) else None


def original_length(file_name: str, media_type: str, size_bytes: int) -> int:
    """Return how long the text is that `original` writes for a file."""
    encoded = (size_bytes + 2) // 3 * 4
    kind = _KIND.search(file_name)
    if kind is None or kind[1] == _BARE:
        return encoded
    return len(f"data:{media_type};base64,") + encoded


def restore(text: str, originals: Mapping[str, str]) -> str:
    """Put the originals, by file name, where the references are; other references stay."""
    return _REFERENCE.sub(lambda match: originals.get(match[1], match[0]), text)


def restored_length(text: str, originals: Mapping[str, int]) -> int:
    """Return how long `restore` makes a text, from the lengths of the originals."""
    grown = (
        originals[match[1]] - len(match[0])
        for match in _REFERENCE.finditer(text)
        if match[1] in originals
    )
    return len(text) + sum(grown)


def _step(min_length: int) -> int:
    # A run of twice the step covers a whole block [k * step, (k + 1) * step); padding is no run.
    return (min_length - 2) // 2


def _runs(text: str, min_length: int) -> Iterator[tuple[int, int]]:
    """Yield [start, end) of each stretch of base64 letters that may be long enough."""
    step = _step(min_length)
    at = done = 0
    while at < len(text):
        if not _PROBE.match(text, at):
            at += step
            continue
        # The block before had another character, so the run begins less than a step to the left.
        before = text[max(done, at - step) : at]
        start = at - _length(before[::-1], 0)
        done = at + _length(text, at)
        if done - start >= min_length - 2:
            yield start, done
        at = done - done % step + step


def _length(text: str, at: int) -> int:
    match = _RUN.match(text, at)
    return match.end() - at if match else 0


def _medium(text: str, start: int, end: int, min_length: int, *, free: int) -> _Found | None:
    """Return the medium in a run of base64 letters; it may begin a few letters into it.

    What is before `free` is cut already: the `data` of a prefix may be the end of other base64.
    """
    while end < len(text) and text[end] == "=":
        end += 1
    prefix = _PREFIX.search(text, max(free, start - _PREFIX_LENGTH), start)
    if prefix is not None:
        data = _decoded(text[start:end], min_length)
        if data is None:
            return None
        return _Found(prefix.start(), end, _DATA_URL, prefix[1], data)
    for skipped in _escaped(text, start):
        begin = start + skipped
        media_type = sniff(_head(text[begin : min(begin + _HEAD_LENGTH, end)]))
        data = None if media_type is None else _decoded(text[begin:end], min_length)
        if media_type is not None and data is not None:
            return _Found(begin, end, _BARE, media_type, data)
    return None


def _escaped(text: str, start: int) -> tuple[int, ...]:
    r"""Return how many letters of a run may belong to the JSON escape before it (`\n`, `\u000a`).

    A cut in the middle of an escape would break the JSON.
    """
    slashes = 0
    while slashes < start and text[start - slashes - 1] == "\\":
        slashes += 1
    if slashes % 2:
        return (5,) if text[start] == "u" else (1,)
    # JSON inside JSON: the `n` of `\\n` is part of an inner escape.
    return (0, 1) if slashes else (0,)


def _head(encoded: str) -> bytes:
    try:
        return binascii.a2b_base64(encoded[: len(encoded) // 4 * 4])
    except binascii.Error:
        return b""


def _decoded(encoded: str, min_length: int) -> bytes | None:
    """Return the bytes, None unless they encode to exactly this text again."""
    if len(encoded) < min_length:
        return None
    try:
        data = binascii.a2b_base64(encoded, strict_mode=True)
    except binascii.Error:
        return None
    return data if binascii.b2a_base64(data, newline=False) == encoded.encode("ascii") else None


def _name(field: Field, found: _Found, entity_id: Id) -> str:
    digest = hashlib.sha256(found.media_type.encode("ascii") + b"\0")
    digest.update(found.data)
    number = int.from_bytes(digest.digest()[:8], "big")
    ending = extension(found.media_type)
    return f"{field}-attachment-{found.kind}{number:020d}-{time_ms(entity_id) or 0}.{ending}"
