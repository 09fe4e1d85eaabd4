"""The columns of an exported table: which there are, what they read, how a row gives its cells.

Names are those of the table on the screen: `duration`, `usage.total_tokens`,
`feedback_scores.accuracy`, `metadata.user.id`. An entry of a payload is found as filters find it.
"""

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

import msgspec

from sightline.core import codec
from sightline.core.errors import InvalidRequestError, SightlineError
from sightline.core.ids import NIL, format_id
from sightline.domain.filter import EntityType
from sightline.domain.score import FeedbackScore
from sightline.services.query.entities import Found
from sightline.services.query.threads import ThreadView
from sightline.stores.analytics import json_path
from sightline.wire.tables.column import Column, Kind, Rows

Item = Found | ThreadView

_TEXTS = (
    "name environment source created_by last_updated_by thread_id visibility_mode type model "
    "provider"
).split()
_KINDS: dict[str, Kind] = {
    **dict.fromkeys(_TEXTS, "text"),
    **dict.fromkeys(("id", "project_id", "trace_id", "parent_span_id"), "text"),
    **dict.fromkeys(("start_time", "end_time", "created_at", "last_updated_at"), "time"),
    **dict.fromkeys(("duration", "ttft", "total_estimated_cost"), "number"),
    **dict.fromkeys(("span_count", "llm_span_count", "number_of_messages"), "integer"),
    **dict.fromkeys(("input", "output", "metadata", "error_info", "error_type"), "text"),
    **dict.fromkeys(("first_message", "last_message", "thread_model_id"), "text"),
    **dict.fromkeys(("usage", "feedback_scores", "span_feedback_scores"), "text"),
    **dict.fromkeys(("comments", "guardrails", "status"), "text"),
    **dict.fromkeys(("tags", "providers", "models"), "list"),
    "is_running": "bool",
}
_COMMON = (
    "id project_id name start_time end_time duration ttft input output metadata tags error_type "
    "error_info usage total_estimated_cost feedback_scores comments status is_running environment "
    "source created_at created_by last_updated_at last_updated_by"
).split()
NAMES: dict[EntityType, tuple[str, ...]] = {
    "trace": (
        *_COMMON,
        *"thread_id span_count llm_span_count providers models span_feedback_scores".split(),
        *("guardrails", "visibility_mode"),
    ),
    "span": (*_COMMON, *"trace_id parent_span_id type model provider".split()),
    "thread": tuple(
        "id project_id thread_model_id start_time end_time duration first_message last_message "
        "number_of_messages status tags usage total_estimated_cost feedback_scores comments "
        "environment created_at created_by last_updated_at last_updated_by".split()
    ),
}
_DEFAULT: dict[EntityType, str] = {
    "trace": "id name start_time end_time duration input output metadata tags error_type "
    "error_info usage total_estimated_cost feedback_scores comments thread_id environment source "
    "span_count providers",
    "span": "id trace_id parent_span_id name type start_time end_time duration input output "
    "metadata model provider tags error_type error_info usage total_estimated_cost "
    "feedback_scores comments environment source",
    "thread": "id start_time end_time duration first_message last_message number_of_messages "
    "status tags usage total_estimated_cost feedback_scores comments environment",
}
_PAYLOADS = frozenset(("input", "output", "metadata"))
# What an entry of a map is: `usage.total_tokens`.
_ENTRIES: dict[str, Kind] = {
    "usage": "integer",
    "feedback_scores": "number",
    "span_feedback_scores": "number",
    **dict.fromkeys(_PAYLOADS, "text"),
}
MAX_COLUMNS = 500
# What a column is read from, where that is called otherwise.
_READ_FROM = {
    "error_type": "error_info",
    "status": "error_info",
    "guardrails": "guardrails_validations",
}


def chosen(entity: EntityType, text: str | None) -> list[Column]:
    """Return the columns that a comma-separated list names; without one, those that people want.

    Raises `InvalidRequestError` for a column that there is not.
    """
    names = [name for part in (text or _DEFAULT[entity].replace(" ", ",")).split(",")
             if (name := part.strip())]  # fmt: skip
    if len(names) > MAX_COLUMNS:
        raise InvalidRequestError(f"Parameter `columns` may name at most {MAX_COLUMNS} columns")
    return [Column(name, _kind(entity, name)) for name in dict.fromkeys(names)]


def _kind(entity: EntityType, name: str) -> Kind:
    known = NAMES[entity]
    if name in known:
        return _KINDS[name]
    head, dot, key = name.partition(".")
    if dot and key and head in known and head in _ENTRIES:
        return _ENTRIES[head]
    entries = ", ".join(f"{head}.<key>" for head in _ENTRIES if head in known)
    raise InvalidRequestError(
        f"Parameter `columns`: there is no column `{name[:60]}` of a {entity}",
        hint=f"There are {', '.join(known)}, {entries}",
    )


def fields_read(columns: Sequence[Column]) -> frozenset[str]:
    """Return the fields of an entity that the columns are read from."""
    heads = {column.name.partition(".")[0] for column in columns}
    read = {_READ_FROM.get(head, head) for head in heads}
    return frozenset(read | {"end_time"} if heads & {"status", "is_running"} else read)


def rows_of(
    columns: Sequence[Column], items: Sequence[Item], models: dict[bytes, list[str]]
) -> Rows:
    """Return the cells of items; `models` gives those that the spans of a trace name."""
    readers = [_reader(column.name) for column in columns]
    return [_row(readers, _values(item, models)) for item in items]


class _Values(msgspec.Struct):
    """An item's values by field, and its payloads as they are first asked for."""

    fields: dict[str, Any]
    scores: dict[str, list[FeedbackScore]]
    decoded: dict[str, Any]


_Reader = Callable[[_Values], Any]


def _row(readers: list[_Reader], values: _Values) -> list[Any]:
    return [read(values) for read in readers]


def _values(item: Item, models: dict[bytes, list[str]]) -> _Values:
    comments = [comment.text for comment in item.comments]
    if isinstance(item, ThreadView):
        thread = item.thread
        fields = {name: getattr(thread, name, None) for name in NAMES["thread"]}
        fields |= {
            "start_time": thread.start_time_us,
            "end_time": thread.end_time_us,
            "created_at": thread.created_at_us,
            "last_updated_at": thread.last_updated_us,
            "comments": comments,
        }
        return _Values(fields, {"feedback_scores": item.scores}, {})
    view = item.view
    fields = dict(view.columns)
    fields["comments"] = comments
    fields["models"] = models.get(view.id, [])
    fields["guardrails"] = _verdict([check.result for check in view.checks])
    of_spans = [found.score for found in view.span_scores]
    scores = {"feedback_scores": view.scores, "span_feedback_scores": of_spans}
    return _Values(fields, scores, {})


def _reader(name: str) -> _Reader:
    head, dot, key = name.partition(".")
    if dot and head in _PAYLOADS:
        paths = json_path.alternatives(key)
        return lambda values: _entry(values, head, paths)
    if head in {"feedback_scores", "span_feedback_scores"}:
        if dot:
            return lambda values: _averages(values.scores[head]).get(key.lower())
        return lambda values: _object(_averages(values.scores[head], fold=False))
    if head == "usage":
        if dot:
            return lambda values: (values.fields.get("usage") or {}).get(key)
        return lambda values: _object(values.fields.get("usage") or {})
    return _READERS.get(head, lambda values: _cell(values.fields.get(head)))


def _cell(value: Any) -> Any:
    if isinstance(value, bytes):
        return None if value == NIL else format_id(value)
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, tuple):
        return list(value)
    return None if value == "" else value


def _status(values: _Values) -> str | None:
    if "status" in values.fields:
        return str(values.fields["status"])
    if values.fields.get("error_info"):
        return "error"
    return "running" if values.fields.get("end_time") is None else "ok"


def _error_type(values: _Values) -> str | None:
    found = _decoded(values, "error_info")
    kind = found.get("exception_type") if isinstance(found, dict) else None
    return kind if isinstance(kind, str) else ("Error" if found else None)


def _plain(name: str) -> _Reader:
    """Return a payload's text; one that is a text itself is read without its quotes."""

    def read(values: _Values) -> str | None:
        text: str = values.fields.get(name) or ""
        if text.startswith('"'):
            found = _decoded(values, name)
            return found if isinstance(found, str) else text
        return text or None

    return read


_READERS: dict[str, _Reader] = {
    "status": _status,
    "error_type": _error_type,
    "is_running": lambda values: values.fields.get("end_time") is None,
    "comments": lambda values: "\n".join(values.fields["comments"]) or None,
    **{name: _plain(name) for name in (*_PAYLOADS, "first_message", "last_message")},
}


def _verdict(results: list[str]) -> str | None:
    if not results:
        return None
    return "failed" if "failed" in results else "passed"


def _averages(scores: list[FeedbackScore], *, fold: bool = True) -> dict[str, float]:
    given: dict[str, list[Decimal]] = {}
    for score in scores:
        given.setdefault(score.name.lower() if fold else score.name, []).append(score.value)
    return {name: float(sum(values) / len(values)) for name, values in given.items()}


def _object(found: dict[str, Any]) -> str | None:
    return codec.encode_text(found) if found else None


def _decoded(values: _Values, name: str) -> Any:
    if name not in values.decoded:
        text = values.fields.get(name)
        try:
            values.decoded[name] = codec.decode(text, Any) if text else None
        except SightlineError:
            values.decoded[name] = None
    return values.decoded[name]


def _entry(values: _Values, head: str, paths: list[list[json_path.Step]]) -> str | None:
    """Return what is at the first path that leads somewhere: a text plain, all else as JSON."""
    document = _decoded(values, head)
    for path in paths:
        found = _at(document, path)
        if found is not None:
            return found if isinstance(found, str) else codec.encode_text(found)
    return None


def _at(document: Any, path: list[json_path.Step]) -> Any:
    for place, step in enumerate(path):
        if step is None:
            if not isinstance(document, list):
                return None
            rest = path[place + 1 :]
            return [found for each in document if (found := _at(each, rest)) is not None]
        if isinstance(step, int):
            if not isinstance(document, list) or not -len(document) <= step < len(document):
                return None
            document = document[step]
        elif isinstance(document, dict):
            document = document.get(step)
        else:
            return None
    return document
