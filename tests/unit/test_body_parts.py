"""Compressed bodies of several parts: all of them are read, and what is no part is refused."""

import gzip
import zlib
from collections.abc import Callable

import pytest
from backports import zstd

from sightline.api.kit.bodies import Decoder
from sightline.core.errors import InvalidRequestError

Pack = Callable[[bytes], bytes]
PACKERS = [("gzip", gzip.compress), ("zstd", zstd.compress)]


def read(name: str, body: bytes, step: int) -> tuple[bytes, bool]:
    inflate = Decoder(name)
    pieces = [p for at in range(0, len(body), step) for p in inflate.feed(body[at : at + step])]
    return b"".join(pieces), inflate.ended


@pytest.mark.parametrize("step", [1, 7, 1 << 20])
@pytest.mark.parametrize(("name", "pack"), PACKERS)
def test_every_part_is_read(name: str, pack: Pack, step: int) -> None:
    body = pack(b"one, ") + pack(b"") + pack(b"two, " * 1000) + pack(b"three")
    assert read(name, body, step) == (b"one, " + b"two, " * 1000 + b"three", True)
    cut, ended = read(name, body[:-3], step)
    assert cut.startswith(b"one, two, ")
    assert not ended


def test_a_frame_to_be_skipped_is_skipped() -> None:
    note = b"\x50\x2a\x4d\x18\x04\x00\x00\x00note"
    assert read("zstd", note + zstd.compress(b"a") + note, 5) == (b"a", True)


@pytest.mark.parametrize("step", [1, 1 << 20])
@pytest.mark.parametrize("junk", [b"junk", b"\x1f\x8c", b"\x28\xb5\x00\x00\x00\x00", b"\0" * 8])
@pytest.mark.parametrize(("name", "pack"), [*PACKERS, ("deflate", zlib.compress)])
def test_what_is_no_part_is_refused(name: str, pack: Pack, junk: bytes, step: int) -> None:
    with pytest.raises(InvalidRequestError, match=name):
        read(name, pack(b"one") + junk, step)


@pytest.mark.parametrize(("name", "pack"), PACKERS)
def test_parts_of_nothing_come_to_an_end(name: str, pack: Pack) -> None:
    with pytest.raises(InvalidRequestError, match="empty parts"):
        read(name, pack(b"") * 1000, 1 << 20)


@pytest.mark.parametrize(("name", "pack"), PACKERS)
def test_many_small_parts_are_one_body(name: str, pack: Pack) -> None:
    assert read(name, pack(b"x") * 20_000, 1 << 20) == (b"x" * 20_000, True)
