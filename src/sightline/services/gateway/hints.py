"""What a call says about its trace: `trace`, `metadata`, and Opik's hints from key, body, headers.

Opik's hints merge as LiteLLM's proxy merges them: the key's, then `metadata.opik`, then
`metadata.requester_metadata.opik` (values replace, tags too), then headers (tags are appended).
What cannot be read is passed over and counted: a hint never fails a call.
"""

from collections.abc import Mapping
from typing import Any

import msgspec

from sightline.core import codec
from sightline.domain.gateway import Caller
from sightline.domain.generation import OpikHints, TraceHints, UsedApp

GATEWAY = "gateway"
# What a call may say that it is instead; logs hide it until it is asked for.
_SOURCES = {b"playground": "playground"}
_SOURCE_HEADER = b"x-sightline-source"
_TEXT_LIMIT = 1024
_TAGS_LIMIT = 100
_KNOWN = frozenset({"project_name", "tags", "thread_id", "current_span_data"})
_TRACE_FIELDS = tuple(
    "trace_id trace_name span_name generation_name parent_span_id environment release".split()
)
_HEADER_NAMES = {
    form.encode(): name
    for name in (
        "opik_project_name opik_thread_id opik_tags opik_current_span_data "
        "opik_trace_id opik_parent_span_id"
    ).split()
    for form in (name, name.replace("_", "-"))
}


class Hints(msgspec.Struct, frozen=True, kw_only=True):
    """All that a call says of its trace; `unread` counts hints that could not be read."""

    trace: TraceHints
    opik: OpikHints
    metadata: str | None = None
    user: str | None = None
    session_id: str | None = None
    source: str = GATEWAY
    unread: int = 0


def app_of(headers: Mapping[bytes, bytes]) -> UsedApp:
    """Return which application says that it calls."""
    if not headers.keys() & _APP_HEADERS:
        return UsedApp()
    return UsedApp(
        title=_header(headers, b"x-openrouter-title") or _header(headers, b"x-title"),
        referer=_header(headers, b"http-referer") or _header(headers, b"referer"),
        categories=_header(headers, b"x-openrouter-categories"),
        user_agent=_header(headers, b"user-agent"),
    )


_APP_HEADERS = {
    b"x-openrouter-title",
    b"x-title",
    b"http-referer",
    b"referer",
    b"x-openrouter-categories",
    b"user-agent",
}


def read(body: Mapping[str, Any], headers: Mapping[bytes, bytes], caller: Caller) -> Hints:
    """Return the hints of a call; of `session_id` the body's wins over the header's."""
    reader = _Reader()
    metadata = body.get("metadata")
    held = metadata if isinstance(metadata, dict) else {}
    rest = {name: value for name, value in held.items() if name != "opik"}
    for name, value in caller.metadata.items():
        rest.setdefault(name, value)
    return Hints(
        trace=_trace(body.get("trace")),
        opik=reader.opik(held, headers, caller),
        metadata=codec.encode_text(rest) if rest else None,
        user=_text(body.get("user")),
        session_id=_text(body.get("session_id")) or _header(headers, b"x-session-id") or None,
        source=_SOURCES.get(headers.get(_SOURCE_HEADER, b""), GATEWAY),
        unread=reader.unread,
    )


def _trace(value: Any) -> TraceHints:
    if not isinstance(value, dict) or not value:
        return TraceHints()
    custom = {name: said for name, said in value.items() if name not in _TRACE_FIELDS}
    return TraceHints(
        **{name: _text(value.get(name)) for name in _TRACE_FIELDS},
        custom=codec.encode_text(custom) if custom else None,
    )


class _Reader:
    """Merges the levels, and counts what it cannot read."""

    def __init__(self) -> None:
        self.unread = 0

    def opik(
        self, metadata: Mapping[str, Any], headers: Mapping[bytes, bytes], caller: Caller
    ) -> OpikHints:
        requester = metadata.get("requester_metadata")
        levels = [
            caller.opik_raw,
            metadata.get("opik"),
            requester.get("opik") if isinstance(requester, dict) else None,
        ]
        named = {_HEADER_NAMES[name]: headers[name] for name in headers.keys() & _HEADER_NAMES}
        if not named and not any(levels):
            return OpikHints()
        merged: dict[str, Any] = {}
        for level in levels:
            if isinstance(level, Mapping):
                merged.update(level)
            elif level is not None:
                self.unread += 1
        said = {name: value.decode("utf-8", "replace") for name, value in named.items()}
        trace_id, span_id = self._current(merged, said)
        rest = {name: value for name, value in merged.items() if name not in _KNOWN}
        return OpikHints(
            project_name=_text(said.get("opik_project_name")) or _text(merged.get("project_name")),
            thread_id=_text(said.get("opik_thread_id")) or _text(merged.get("thread_id")),
            tags=self._tags(merged.get("tags"), said.get("opik_tags")),
            current_trace_id=trace_id,
            current_span_id=span_id,
            metadata=codec.encode_text(rest) if rest else None,
        )

    def _tags(self, body: Any, header: str | None) -> tuple[str, ...]:
        tags: list[Any] = []
        if isinstance(body, (list, tuple)):
            tags += body
        elif isinstance(body, str):
            tags.append(body)
        elif body is not None:
            self.unread += 1
        if header is not None:
            more = self._json(header)
            if isinstance(more, list):
                tags += more
            elif more is not None:
                self.unread += 1
        texts = (_text(tag) for tag in tags[:_TAGS_LIMIT])
        return tuple(dict.fromkeys(text for text in texts if text))

    def _current(
        self, merged: Mapping[str, Any], said: Mapping[str, str]
    ) -> tuple[str | None, str | None]:
        """Return the ids of the trace and span under which the call hangs."""
        data: Any = said.get("opik_current_span_data", merged.get("current_span_data"))
        if isinstance(data, str):
            data = self._json(data)
        if isinstance(data, Mapping):
            trace_id, span_id = _text(data.get("trace_id")), _text(data.get("id"))
            if trace_id and span_id:
                return trace_id, span_id
            self.unread += 1
        # As Opik's clients hand a trace from one process to the next.
        trace_id, span_id = said.get("opik_trace_id"), said.get("opik_parent_span_id")
        return (trace_id, span_id) if trace_id and span_id else (None, None)

    def _json(self, text: str) -> Any:
        try:
            return msgspec.json.decode(text)
        except (msgspec.DecodeError, UnicodeError, RecursionError):
            self.unread += 1
            return None


def _text(value: Any) -> str | None:
    """Return a text or a number as text, None for anything else and for nothing."""
    if isinstance(value, str):
        return value.strip()[:_TEXT_LIMIT] or None
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return str(value)
    return None


def _header(headers: Mapping[bytes, bytes], name: bytes) -> str:
    value = headers.get(name)
    return "" if value is None else value.decode("utf-8", "replace").strip()[:_TEXT_LIMIT]
