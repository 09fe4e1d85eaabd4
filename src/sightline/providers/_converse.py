"""A chat request as Bedrock's Converse API takes it, and its answers."""

from collections.abc import Mapping
from typing import Any

from sightline.core.codec import encode_text
from sightline.domain.generation import Usage
from sightline.wire.anthropic.answers import hidden, thought
from sightline.wire.anthropic.outbound import thoughts
from sightline.wire.loose import as_count, as_dict, as_dicts, as_list, as_text, object_of
from sightline.wire.media import of_part
from sightline.wire.openai import chunks
from sightline.wire.openai.requests import wrong
from sightline.wire.openai.thinking import budget_of, limit_of

_CACHE_POINT = {"cachePoint": {"type": "default"}}
_DEFAULT_MAX_TOKENS = 4096
_FORMATS = {"jpg": "jpeg", "quicktime": "mov", "plain": "txt", "x-matroska": "mkv"}


def to_converse(body: Mapping[str, Any], model: str) -> dict[str, Any]:
    """Return the body to send. Raises `InvalidRequestError` naming what cannot be said."""
    system: list[dict[str, Any]] = []
    turns: list[dict[str, Any]] = []
    for at, message in enumerate(as_dicts(body.get("messages"))):
        role = message.get("role")
        if role in ("system", "developer"):
            system += _content(message, f"messages[{at}]")
            continue
        if role == "assistant":
            side, blocks = "assistant", _assistant(message, at)
        elif role in ("tool", "function"):
            side, blocks = "user", _result(message, at)
        else:
            side, blocks = "user", _content(message, f"messages[{at}]")
        if blocks and turns and turns[-1]["role"] == side:
            turns[-1]["content"] += blocks
        elif blocks:
            turns.append({"role": side, "content": blocks})
    sent: dict[str, Any] = {"messages": turns}
    if system:
        sent["system"] = system
    _config(sent, body, model)
    _tools(sent, body)
    return sent


def _config(sent: dict[str, Any], body: Mapping[str, Any], model: str) -> None:
    config: dict[str, Any] = {}
    limit = limit_of(body)
    if limit:
        config["maxTokens"] = limit
    for name, theirs in (("temperature", "temperature"), ("top_p", "topP")):
        if body.get(name) is not None:
            config[theirs] = body[name]
    stop = body.get("stop")
    if stop:
        config["stopSequences"] = [stop] if isinstance(stop, str) else stop
    more: dict[str, Any] = {}
    if body.get("top_k") is not None:
        more["top_k"] = body["top_k"]
    budget = budget_of(body, limit or _DEFAULT_MAX_TOKENS) if "claude" in model else None
    if budget:
        more = {"thinking": {"type": "enabled", "budget_tokens": budget}}
        limit = limit or _DEFAULT_MAX_TOKENS
        config = {**config, "maxTokens": limit if budget < limit else budget + limit}
        for name in ("temperature", "topP"):
            config.pop(name, None)
    if config:
        sent["inferenceConfig"] = config
    if more:
        sent["additionalModelRequestFields"] = more


def _content(message: dict[str, Any], place: str) -> list[dict[str, Any]]:
    content = message.get("content")
    blocks: list[dict[str, Any]] = []
    if isinstance(content, str):
        blocks = [{"text": content}] if content.strip() else []
    else:
        for at, part in enumerate(as_dicts(content)):
            if block := _block(part, f"{place}.content[{at}]"):
                blocks.append(block)
                if part.get("cache_control"):
                    blocks.append(_CACHE_POINT)
    return [*blocks, _CACHE_POINT] if blocks and message.get("cache_control") else blocks


def _block(part: dict[str, Any], place: str) -> dict[str, Any] | None:
    kind = part.get("type")
    if kind in ("text", "refusal"):
        text = as_text(part.get(kind))
        return {"text": text} if text.strip() else None
    medium = of_part(part)
    if medium is None:
        raise wrong(f"{place}.type", f"`{kind}` is nothing that this model reads")
    if medium.url.startswith("s3://"):
        source: dict[str, Any] = {"s3Location": {"uri": medium.url}}
    elif medium.url:
        hint = "Send it as a `data:` URL."
        raise wrong(place, "is an address, and Bedrock fetches none", hint=hint)
    else:
        source = {"bytes": medium.data}
    family, _, form = medium.mime.partition("/")
    form = _FORMATS.get(form, form)
    if family in ("image", "video"):
        return {family: {"format": form, "source": source}}
    name = "".join(letter if letter.isalnum() else " " for letter in medium.name).strip()
    return {"document": {"format": form, "name": name or "document", "source": source}}


def _assistant(message: dict[str, Any], at: int) -> list[dict[str, Any]]:
    blocks: list[dict[str, Any]] = []
    for block in thoughts(message.get("reasoning_details")):
        if block["type"] == "thinking":
            text = {"text": block["thinking"], "signature": block["signature"]}
            blocks.append({"reasoningContent": {"reasoningText": text}})
        else:
            blocks.append({"reasoningContent": {"redactedContent": block["data"]}})
    blocks += _content(message, f"messages[{at}]")
    for call_at, call in enumerate(as_dicts(message.get("tool_calls"))):
        function = as_dict(call.get("function"))
        held = object_of(function.get("arguments") or "")
        if held is None:
            place = f"messages[{at}].tool_calls[{call_at}].function.arguments"
            raise wrong(place, "must be the JSON text of an object")
        id, name = as_text(call.get("id")), as_text(function.get("name"))
        blocks.append({"toolUse": {"toolUseId": id, "name": name, "input": held}})
    return blocks


def _result(message: dict[str, Any], at: int) -> list[dict[str, Any]]:
    blocks = _content({"content": message.get("content")}, f"messages[{at}]")
    content = [block for block in blocks if block is not _CACHE_POINT]
    id = as_text(message.get("tool_call_id"))
    result = {"toolResult": {"toolUseId": id, "content": content or [{"text": " "}]}}
    is_marked = len(content) < len(blocks) or bool(message.get("cache_control"))
    return [result, _CACHE_POINT] if is_marked else [result]


def _tools(sent: dict[str, Any], body: Mapping[str, Any]) -> None:
    tools: list[dict[str, Any]] = []
    for tool in as_dicts(body.get("tools")):
        function = as_dict(tool.get("function"))
        schema = {"type": "object", **as_dict(function.get("parameters"))}
        spec: dict[str, Any] = {
            "name": as_text(function.get("name")),
            "inputSchema": {"json": schema},
        }
        if function.get("description"):
            spec["description"] = function["description"]
        tools.append({"toolSpec": spec})
        if tool.get("cache_control"):
            tools.append(_CACHE_POINT)
    choice = body.get("tool_choice")
    if not tools or choice == "none":
        return
    config: dict[str, Any] = {"tools": tools}
    if choice == "required":
        config["toolChoice"] = {"any": {}}
    elif choice == "auto":
        config["toolChoice"] = {"auto": {}}
    elif isinstance(choice, dict):
        name = as_text(as_dict(choice.get("function")).get("name"))
        config["toolChoice"] = {"tool": {"name": name}}
    sent["toolConfig"] = config


def to_chat(answer: dict[str, Any]) -> dict[str, Any]:
    """Return the `chat.completion`; its usage is put in by the caller."""
    words: list[str] = []
    details: list[dict[str, Any]] = []
    calls: list[dict[str, Any]] = []
    message = as_dict(as_dict(answer.get("output")).get("message"))
    for block in as_dicts(as_list(message.get("content"))):
        if "text" in block:
            words.append(as_text(block["text"]))
        elif held := as_dict(block.get("toolUse")):
            arguments = encode_text(as_dict(held.get("input")))
            function = {"name": as_text(held.get("name")), "arguments": arguments}
            id = as_text(held.get("toolUseId"))
            calls.append({"id": id, "type": "function", "function": function})
        elif held := as_dict(block.get("reasoningContent")):
            if "redactedContent" in held:
                details.append(hidden(len(details), held["redactedContent"]))
            else:
                text = as_dict(held.get("reasoningText"))
                details.append(thought(len(details), text.get("text"), text.get("signature")))
    content = "".join(words)
    told: dict[str, Any] = {
        "role": "assistant",
        "content": content if content or not calls else None,
        "refusal": None,
        "reasoning": "".join(as_text(detail.get("text")) for detail in details) or None,
    }
    if details:
        told["reasoning_details"] = details
    if calls:
        told["tool_calls"] = calls
    return chunks.completion([chunks.choice(told, as_text(answer.get("stopReason")) or "end_turn")])


def usage_of(value: Any) -> Usage | None:
    """Return the tokens; `inputTokens` are without the cache's."""
    told = as_dict(value)
    if not told:
        return None
    cached, written = (
        as_count(told.get("cacheReadInputTokens")),
        as_count(told.get("cacheWriteInputTokens")),
    )
    prompt = as_count(told.get("inputTokens")) + cached + written
    completion = as_count(told.get("outputTokens"))
    return Usage(
        prompt_tokens=prompt,
        completion_tokens=completion,
        total_tokens=prompt + completion,
        cached_tokens=cached,
        cache_write_tokens=written,
    )
