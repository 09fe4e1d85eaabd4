"""What an OpenAI-compatible upstream gets: the caller's body without what only a gateway reads."""

from collections.abc import Mapping
from typing import Any

import msgspec

from sightline.core import codec
from sightline.domain.gateway import Endpoint
from sightline.domain.generation import ApiType
from sightline.providers._provider import Provider
from sightline.wire.loose import as_dict, as_list, as_text
from sightline.wire.openai.thinking import effort_of

# OpenRouter's fields that say how to route, not what to answer. `metadata` is for traces,
# and for answers that a provider stores.
GATEWAY_FIELDS = frozenset(
    "models route provider plugins session_id trace preset transforms usage debug image_config"
    " stop_server_tools_when metadata cache_control prompt_cache_options".split()
)
# Providers that store answers, where asked to, and find them by `metadata`.
_KEEPERS = frozenset({"openai", "azure"})
_MARKS = frozenset({"cache_control", "reasoning", "reasoning_details"})
_LIMITS = ("max_tokens", "max_completion_tokens")


def prepare(
    row: Provider, endpoint: Endpoint, api: ApiType, body: Mapping[str, Any], *, stream: bool
) -> bytes:
    """Return the JSON to send: other fields as they came, `msgspec.Raw` ones byte for byte."""
    if row.is_gateway:
        sent = dict(body)
        sent.pop("metadata", None)
    else:
        dropped = row.drops
        sent = {
            key: value
            for key, value in body.items()
            if key not in GATEWAY_FIELDS and key not in dropped
        }
        if row.slug in _KEEPERS and body.get("store") is True:
            sent |= _kept(body.get("metadata"))
    sent["model"] = endpoint.upstream_model
    if api in ("chat", "completions"):
        _limit(row, api, sent)
    if api == "chat":
        _reasoning(row, sent)
        if not row.is_gateway:
            _own_words(row, sent)
    if api != "embeddings":
        _streaming(row, api, sent, stream=stream)
    return codec.encode(sent)


def _kept(metadata: Any) -> dict[str, Any]:
    """Return the field `metadata` for a stored answer: texts alone, as it must be there."""
    texts = {
        name: value
        for name, value in _object(metadata).items()
        if name != "opik" and isinstance(value, str)
    }
    return {"metadata": texts} if texts else {}


def _limit(row: Provider, api: ApiType, sent: dict[str, Any]) -> None:
    name = "max_tokens" if api == "completions" else row.max_tokens
    other = _LIMITS[name == _LIMITS[0]]
    if other in sent:
        value = sent.pop(other)
        sent.setdefault(name, value)


def _reasoning(row: Provider, sent: dict[str, Any]) -> None:
    if row.reasoning == "object" or "reasoning" not in sent:
        return
    reasoning = _object(sent.pop("reasoning"))
    effort = effort_of({**sent, "reasoning": reasoning})
    if row.reasoning == "effort" and effort is not None:
        sent.setdefault("reasoning_effort", effort)


def _own_words(row: Provider, sent: dict[str, Any]) -> None:
    """Take OpenRouter's marks out of messages and tools: many providers refuse them.

    Messages without any stay the object, or the bytes, that they are.
    """
    for name in ("messages", "tools"):
        held = sent.get(name)
        if isinstance(held, msgspec.Raw):
            if not any(mark in bytes(held) for mark in (b"cache_control", b'"reasoning')):
                continue
            held = msgspec.json.decode(held)
        items = as_list(held)
        if any(_is_marked(item) for item in items):
            sent[name] = [_unmarked(row, item) if _is_marked(item) else item for item in items]


def _is_marked(item: Any) -> bool:
    if item.__class__ is not dict:
        return False
    if not item.keys().isdisjoint(_MARKS):
        return True
    content = item.get("content")
    return content.__class__ is list and any("cache_control" in as_dict(part) for part in content)


def _unmarked(row: Provider, item: dict[str, Any]) -> dict[str, Any]:
    told = {name: value for name, value in item.items() if name not in _MARKS}
    if isinstance(content := told.get("content"), list):
        told["content"] = [
            {name: value for name, value in as_dict(part).items() if name != "cache_control"}
            for part in content
        ]
    if row.reasoning_field and (text := as_text(item.get("reasoning"))):
        told.setdefault(row.reasoning_field, text)
    return told


def _streaming(row: Provider, api: ApiType, sent: dict[str, Any], *, stream: bool) -> None:
    if not stream:
        sent.pop("stream", None)
        sent.pop("stream_options", None)
        return
    sent["stream"] = True
    if api not in ("chat", "completions"):
        return
    if row.asks_usage:
        sent["stream_options"] = {**_object(sent.get("stream_options")), "include_usage": True}
    else:
        sent.pop("stream_options", None)


def _object(value: Any) -> dict[str, Any]:
    return as_dict(msgspec.json.decode(value) if isinstance(value, msgspec.Raw) else value)
