"""Thrift's compact protocol, as far as Parquet's headers go: structs, lists, numbers, texts."""

from typing import Any

BOOL, I32, I64, BINARY, LIST, STRUCT = 1, 5, 6, 8, 9, 12

Field = tuple[int, int, Any]
"""(number, type, value); a list's value is (type of its elements, elements)."""


def struct_bytes(fields: list[Field]) -> bytes:
    """Return a struct; its fields are in the order of their numbers, which are below 16."""
    out = bytearray()
    last = 0
    for number, kind, value in fields:
        # The value of a bool is told by its type: 1 is true, 2 is false.
        code = kind if kind != BOOL or value else 2
        out.append((number - last) << 4 | code)
        last = number
        if kind != BOOL:
            out += _value(kind, value)
    out.append(0)
    return bytes(out)


def varint(n: int) -> bytes:
    """Return a number that is not negative, seven bits a byte."""
    out = bytearray()
    while n > 127:
        out.append(n & 127 | 128)
        n >>= 7
    out.append(n)
    return bytes(out)


def _value(kind: int, value: Any) -> bytes:
    if kind in {I32, I64}:
        # Zigzag: small numbers stay small whatever their sign.
        return varint(value << 1 if value >= 0 else (-value << 1) - 1)
    if kind == BINARY:
        return varint(len(value)) + bytes(value)
    if kind == STRUCT:
        return struct_bytes(value)
    of, elements = value
    size = len(elements)
    head = bytes([size << 4 | of]) if size < 15 else bytes([0xF0 | of]) + varint(size)
    return head + b"".join([_value(of, element) for element in elements])
