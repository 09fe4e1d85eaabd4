"""CSV by RFC 4180 that a spreadsheet opens without running what somebody wrote into a trace."""

import csv
import io
import re
from collections.abc import Sequence

from sightline.core import codec
from sightline.core.clock import format_us
from sightline.wire.tables.column import Cell, Column, Rows

# Spreadsheets take a cell that begins so, also after blanks, for a formula (OWASP: CSV injection).
_FORMULA = re.compile(r"[\s\x00]*[=+\-@\uff0b\uff0d\uff1d\uff20]|[\t\r\n]")


def header(columns: Sequence[Column]) -> bytes:
    """Return the line of names."""
    return _lines([[_safe(column.name) for column in columns]])


def encode(columns: Sequence[Column], rows: Rows) -> bytes:
    """Return lines of rows: numbers plain, times ISO 8601, lists as JSON, nothing for None."""
    kinds = [column.kind for column in columns]
    return _lines(
        [[_text(kind, cell) for kind, cell in zip(kinds, row, strict=True)] for row in rows]
    )


def _lines(rows: list[list[str]]) -> bytes:
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerows(rows)
    return out.getvalue().encode("utf-8", "replace")


def _text(kind: str, cell: Cell) -> str:
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if kind == "time" and isinstance(cell, int):
        return format_us(cell)
    if isinstance(cell, int | float):
        return repr(cell)
    return _safe(codec.encode_text(cell) if isinstance(cell, list) else cell)


def _safe(text: str) -> str:
    """Put an apostrophe before what would be a formula: a spreadsheet shows the text as it is."""
    return f"'{text}" if _FORMULA.match(text) else text
