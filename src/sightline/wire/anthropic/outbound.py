"""A chat request as Anthropic's Messages API takes it."""

import re
from collections.abc import Mapping
from typing import Any

from sightline.wire.anthropic.tools import choose, is_older, offer
from sightline.wire.loose import as_count, as_dict, as_dicts, as_text, object_of
from sightline.wire.media import of_part
from sightline.wire.openai.requests import wrong
from sightline.wire.openai.responses_in import unseal
from sightline.wire.openai.thinking import budget_of, effort_of, limit_of

DEFAULT_MAX_TOKENS = 4096
_ROLES_OF_SYSTEM = ("system", "developer")
# These take no budget but think as much as they find right, within an effort.
_ADAPTIVE = re.compile(r"claude-(?:opus|sonnet|haiku|mythos)-(?:4[-.](?:[6-9]|\d\d)(?!\d)|[5-9])")
_EFFORTS = {"minimal": "low", "xhigh": "max"}


def to_messages(
    body: Mapping[str, Any], model: str, default_max_tokens: int | None = None
) -> dict[str, Any]:
    """Return the body to send. Raises `InvalidRequestError` naming what cannot be said."""
    system, messages = _turns(as_dicts(body.get("messages")))
    limit = limit_of(body, default_max_tokens or DEFAULT_MAX_TOKENS)
    sent: dict[str, Any] = {"model": model, "max_tokens": limit, "messages": messages}
    if system:
        sent["system"] = system
    for name in ("temperature", "top_p", "top_k", "cache_control", "container", "mcp_servers"):
        if body.get(name) is not None:
            sent[name] = body[name]
    if isinstance(sent.get("temperature"), (int, float)):
        sent["temperature"] = min(sent["temperature"], 1)
    # All but the older models refuse to be told both.
    if "temperature" in sent and not is_older(model):
        sent.pop("top_p", None)
    stop = body.get("stop")
    stops = [stop] if isinstance(stop, str) else stop if isinstance(stop, list) else []
    if stops := [word for word in stops if isinstance(word, str) and word.strip()]:
        sent["stop_sequences"] = stops
    if isinstance(body.get("user"), str):
        sent["metadata"] = {"user_id": body["user"]}
    if body.get("service_tier") in ("auto", "standard_only"):
        sent["service_tier"] = body["service_tier"]
    thinks = _think(sent, body, model)
    offer(sent, body, model, thinks=thinks)
    choose(sent, body, thinks=thinks)
    return sent


def _think(sent: dict[str, Any], body: Mapping[str, Any], model: str) -> bool:
    """Turn thinking on as the caller wants, with what Anthropic asks of such a request."""
    effort = effort_of(body)
    if effort is None or effort == "none":
        return False
    limit = sent["max_tokens"]
    if _ADAPTIVE.search(model) and not as_count(as_dict(body.get("reasoning")).get("max_tokens")):
        sent["thinking"] = {"type": "adaptive"}
        sent["output_config"] = {"effort": _EFFORTS.get(effort, effort)}
    else:
        budget = budget_of(body, limit) or 0
        # The budget is part of the limit; a limit too small for both is for the answer alone.
        if budget >= limit:
            sent["max_tokens"] = budget + limit
        sent["thinking"] = {"type": "enabled", "budget_tokens": budget}
    # Thinking takes no other sampling.
    for name in ("temperature", "top_k", "top_p"):
        sent.pop(name, None)
    return True


def _turns(
    messages: list[dict[str, Any]],
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Split off the system's words; turns of one side that follow each other become one."""
    system: list[dict[str, Any]] = []
    turns: list[dict[str, Any]] = []
    for at, message in enumerate(messages):
        role = message.get("role")
        if role in _ROLES_OF_SYSTEM:
            system += _content(message, f"messages[{at}]")
            continue
        if role == "assistant":
            side, blocks = "assistant", _assistant(message, at)
        elif role in ("tool", "function"):
            side, blocks = "user", [_tool_result(message, at)]
        else:
            side, blocks = "user", _content(message, f"messages[{at}]")
        if not blocks:
            continue
        if turns and turns[-1]["role"] == side:
            turns[-1]["content"] += blocks
        else:
            turns.append({"role": side, "content": blocks})
    return system, turns


def _content(message: dict[str, Any], place: str) -> list[dict[str, Any]]:
    content = message.get("content")
    if isinstance(content, str):
        # An empty text is refused.
        blocks = [{"type": "text", "text": content}] if content.strip() else []
    else:
        blocks = [
            block
            for at, part in enumerate(as_dicts(content))
            if (block := _block(part, f"{place}.content[{at}]"))
        ]
    if blocks and (mark := message.get("cache_control")):
        blocks[-1].setdefault("cache_control", mark)
    return blocks


def _block(part: dict[str, Any], place: str) -> dict[str, Any] | None:
    kind = part.get("type")
    if kind in ("text", "input_text"):
        text = as_text(part.get("text"))
        block: dict[str, Any] | None = {"type": "text", "text": text} if text.strip() else None
    elif kind == "refusal":
        block = {"type": "text", "text": as_text(part.get("refusal"))}
    else:
        block = _medium(part, place)
    if block and (mark := part.get("cache_control")):
        block["cache_control"] = mark
    return block


def _medium(part: dict[str, Any], place: str) -> dict[str, Any]:
    medium = of_part(part)
    if medium is None or medium.mime.startswith(("audio/", "video/")):
        raise wrong(f"{place}.type", f"`{part.get('type')}` is nothing that this model reads")
    is_image = part.get("type") == "image_url" or medium.mime.startswith("image/")
    if medium.url:
        source = {"type": "url", "url": medium.url}
    elif medium.mime == "text/plain":
        raise wrong(place, "is a text file", hint="Send its text as a `text` part.")
    else:
        source = {"type": "base64", "media_type": medium.mime, "data": medium.data}
    if is_image:
        return {"type": "image", "source": source}
    document: dict[str, Any] = {"type": "document", "source": source}
    if medium.name:
        document["title"] = medium.name
    return document


def _assistant(message: dict[str, Any], at: int) -> list[dict[str, Any]]:
    blocks = thoughts(message.get("reasoning_details"))
    blocks += _content(message, f"messages[{at}]")
    for call_at, call in enumerate(as_dicts(message.get("tool_calls"))):
        function = as_dict(call.get("function"))
        held = object_of(function.get("arguments") or "")
        if held is None:
            place = f"messages[{at}].tool_calls[{call_at}].function.arguments"
            raise wrong(place, "must be the JSON text of an object")
        block = {
            "type": "tool_use",
            "id": as_text(call.get("id")),
            "name": as_text(function.get("name")),
            "input": held,
        }
        if mark := call.get("cache_control"):
            block["cache_control"] = mark
        blocks.append(block)
    return blocks


def thoughts(details: Any) -> list[dict[str, Any]]:
    """Return the thinking blocks that an earlier answer gave as `reasoning_details`.

    Only what Anthropic signed can go back; others' reasoning would be refused.
    """
    blocks: list[dict[str, Any]] = []
    for detail in as_dicts(details):
        form = as_text(detail.get("format"))
        if form and not form.startswith("anthropic"):
            continue
        if detail.get("type") == "reasoning.text" and detail.get("signature"):
            text = as_text(detail.get("text"))
            blocks.append({"type": "thinking", "thinking": text, "signature": detail["signature"]})
        elif detail.get("type") == "reasoning.encrypted" and detail.get("data"):
            blocks.append({"type": "redacted_thinking", "data": detail["data"]})
    return blocks


def own_thoughts(messages: Any) -> Any:
    """Return Anthropic's messages without the thinking of other models in the same talk.

    It bears no signature of Anthropic's, or is sealed by `inbound.veiled`, and would be refused.
    """
    told = []
    for message in as_dicts(messages):
        content = message.get("content")
        if isinstance(content, list) and any(map(_is_foreign, content)):
            kept = [block for block in content if not _is_foreign(block)]
            message = {**message, "content": kept or ""}
        told.append(message)
    return told


def _is_foreign(block: Any) -> bool:
    kind = block.get("type") if isinstance(block, dict) else None
    if kind == "thinking":
        return not block.get("signature")
    return kind == "redacted_thinking" and unseal(as_text(block.get("data"))) is not None


def _tool_result(message: dict[str, Any], at: int) -> dict[str, Any]:
    block: dict[str, Any] = {
        "type": "tool_result",
        "tool_use_id": as_text(message.get("tool_call_id")) or as_text(message.get("name")),
    }
    blocks = _content({"content": message.get("content")}, f"messages[{at}]")
    marks = [inner.pop("cache_control") for inner in blocks if "cache_control" in inner]
    if blocks:
        block["content"] = blocks
    if mark := message.get("cache_control") or (marks[-1] if marks else None):
        block["cache_control"] = mark
    return block
