"""A small picture as PNG: a jug with a crack, as a customer might photograph it."""

import random
import struct
import zlib

_WIDTH, _HEIGHT = 240, 180
_GLAZES = ((62, 104, 128), (148, 88, 66), (96, 122, 84), (110, 92, 140))


def cracked_jug(rng: random.Random) -> bytes:
    """Return the PNG; each draw of `rng` gives another jug, crack and light."""
    glaze, light = rng.choice(_GLAZES), rng.uniform(0.85, 1.1)
    crack = _crack(rng)
    rows = []
    for y in range(_HEIGHT):
        row = bytearray([0])  # filter: none
        for x in range(_WIDTH):
            row += bytes(_pixel(x, y, glaze, light, crack, rng.getrandbits(4)))
        rows.append(bytes(row))
    header = struct.pack(">IIBBBBB", _WIDTH, _HEIGHT, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + _chunk(b"IHDR", header)
        + _chunk(b"IDAT", zlib.compress(b"".join(rows), 6))
        + _chunk(b"IEND", b"")
    )


def _pixel(
    x: int,
    y: int,
    glaze: tuple[int, int, int],
    light: float,
    crack: dict[int, float],
    grain: int,
) -> list[int]:
    if _inside(x, y):
        shade = light * (1.15 - abs(x - 96) / 110)
        near = abs(x - crack[y]) < 1.6 if y in crack else False
        colour = (28, 24, 22) if near else glaze
    else:
        table = y > 128
        shade = light * (0.9 if table else 1.0 - y / 500)
        colour = (176, 142, 104) if table else (226, 222, 214)
    return [max(0, min(255, round(c * shade) + grain - 8)) for c in colour]


def _inside(x: int, y: int) -> bool:
    if not 34 <= y <= 152:
        return False
    # The neck is narrow, the belly wide, the foot narrow again.
    belly = 26 + 34 * max(0.0, 1 - ((y - 106) / 52) ** 2)
    if abs(x - 112) <= belly:
        return True
    handle = ((x - 168) / 22) ** 2 + ((y - 92) / 34) ** 2
    return 0.55 < handle < 1.15 and x > 150


def _crack(rng: random.Random) -> dict[int, float]:
    x, places = rng.uniform(90, 130), {}
    for y in range(rng.randint(46, 70), rng.randint(112, 146)):
        x += rng.uniform(-1.8, 1.9)
        places[y] = x
    return places


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
