"""Rows of a table as the console sends them: Opik's names and values, long texts cut."""

from collections.abc import Collection
from decimal import Decimal
from typing import Any

import msgspec

from sightline.core.clock import format_us
from sightline.core.ids import NIL, format_id

_TIMES = frozenset(("start_time", "end_time", "created_at", "last_updated_at"))
_IDS = frozenset(("id", "project_id", "trace_id", "parent_span_id", "thread_model_id"))
_COUNTS = frozenset(("span_count", "llm_span_count", "comments"))
_METADATA = "metadata."
_ALWAYS = ("id", "project_id", "trace_id", "thread_model_id", "start_time")


def row_body(row: dict[str, Any], columns: Collection[str], preview: int) -> dict[str, Any]:
    """Return the columns asked for and those that every row has, with `is_running`.

    Payloads are the beginning of their JSON text. An entry of the metadata is the value itself, or
    the beginning of its JSON text where it is longer than `preview` characters. What there is none
    of is null; only counts are 0.
    """
    names = dict.fromkeys([*(name for name in _ALWAYS if name in row), *columns])
    body = {name: _value(name, row.get(name), preview) for name in names}
    body["is_running"] = row.get("end_time") is None
    return body


def _value(name: str, value: Any, preview: int) -> Any:
    if value is None:
        return 0 if name in _COUNTS else None
    if name in _IDS and isinstance(value, bytes):
        return None if value == NIL else format_id(value)
    if name in _TIMES:
        return format_us(value)
    if name.startswith(_METADATA):
        return _metadata(value, preview)
    if name == "error_info":
        return msgspec.Raw(value.encode()) if value else None
    if isinstance(value, Decimal):
        return value.normalize() + 0
    if isinstance(value, dict):
        return {key: _value("", entry, preview) for key, entry in value.items()} or None
    if isinstance(value, int | float):
        return value
    return value or None


def _metadata(text: str, preview: int) -> Any:
    """Return a value whose JSON text was read up to one character more than is shown."""
    if not text:
        return None
    if len(text) > preview:
        return text[:preview]
    return msgspec.Raw(text.encode("utf-8", "replace"))
