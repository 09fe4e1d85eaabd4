"""A request of the Responses API as a chat request, for upstreams that know only chat."""

import base64
import binascii
from collections.abc import Mapping
from typing import Any

from sightline.core.codec import encode
from sightline.wire.loose import as_dict, as_dicts, as_text, decoded
from sightline.wire.openai.requests import wrong

# Fields that mean the same in both, or that are the gateway's.
_SAME = frozenset(
    "model models provider plugins session_id user trace metadata preset temperature top_p top_k"
    " min_p frequency_penalty presence_penalty repetition_penalty seed parallel_tool_calls stream"
    " service_tier prompt_cache_key safety_identifier reasoning logit_bias stop modalities route"
    " transforms debug cache_control".split()
)
# Reasoning of an upstream travels through the caller in this form and comes back whole.
_SEAL = "sl1."


def to_chat(body: Mapping[str, Any]) -> dict[str, Any]:
    """Return the chat request. Raises `InvalidRequestError` for what only a keeper could do."""
    for name in ("previous_response_id", "conversation", "prompt"):
        if body.get(name):
            hint = "Send all earlier items in `input`."
            raise wrong(name, "is not known for this model", hint=hint)
    if body.get("background") is True:
        raise wrong("background", "is not possible for this model", hint="Leave it out.")
    sent = {name: value for name, value in body.items() if name in _SAME}
    messages: list[dict[str, Any]] = []
    if isinstance(body.get("instructions"), str) and body["instructions"]:
        messages.append({"role": "system", "content": body["instructions"]})
    given = body.get("input")
    if isinstance(given, str):
        messages.append({"role": "user", "content": given})
    else:
        for at, item in enumerate(as_dicts(given)):
            _item(messages, item, f"input[{at}]")
    sent["messages"] = messages
    if body.get("max_output_tokens") is not None:
        sent["max_completion_tokens"] = body["max_output_tokens"]
    if isinstance(body.get("top_logprobs"), int):
        sent["logprobs"], sent["top_logprobs"] = True, body["top_logprobs"]
    _tools(sent, body)
    _text(sent, as_dict(body.get("text")))
    return sent


def seal(details: list[dict[str, Any]]) -> str:
    """Return reasoning details as the opaque `encrypted_content` of a reasoning item."""
    return _SEAL + base64.b64encode(encode(details)).decode()


def unseal(text: str) -> list[dict[str, Any]] | None:
    """Return the details that `seal` hid in a text, None for a text of others."""
    if not text.startswith(_SEAL):
        return None
    try:
        return as_dicts(decoded(base64.b64decode(text[len(_SEAL) :], validate=True)))
    except (ValueError, binascii.Error):
        return None


def _item(messages: list[dict[str, Any]], item: dict[str, Any], place: str) -> None:
    kind = item.get("type") or ("message" if "role" in item else "")
    if kind == "message":
        _message(messages, item, place)
    elif kind == "function_call":
        function = {
            "name": as_text(item.get("name")),
            "arguments": as_text(item.get("arguments")),
        }
        id = as_text(item.get("call_id")) or as_text(item.get("id"))
        call = {"id": id, "type": "function", "function": function}
        _assistant(messages).setdefault("tool_calls", []).append(call)
    elif kind == "function_call_output":
        output = item.get("output")
        content = output if isinstance(output, str) else _parts(output, f"{place}.output")
        id = as_text(item.get("call_id"))
        messages.append({"role": "tool", "tool_call_id": id, "content": content})
    elif kind == "reasoning":
        told = _assistant(messages, is_new=True)
        told.setdefault("reasoning_details", []).extend(_details(item))
    else:
        raise wrong(f"{place}.type", f"`{kind}` is not known for this model")


def _message(messages: list[dict[str, Any]], item: dict[str, Any], place: str) -> None:
    role = as_text(item.get("role")) or "user"
    content = item.get("content")
    told = content if isinstance(content, str) else _parts(content, f"{place}.content")
    last = messages[-1] if messages else {}
    if role == "assistant" and last.get("role") == "assistant" and last.get("content") is None:
        last["content"] = told
    else:
        messages.append({"role": role, "content": told})


def _assistant(messages: list[dict[str, Any]], *, is_new: bool = False) -> dict[str, Any]:
    """Return the assistant's turn that is being written; reasoning begins a new one."""
    last = messages[-1] if messages else {}
    has_begun = last.get("content") is not None or "tool_calls" in last
    if last.get("role") != "assistant" or (is_new and has_begun):
        last = {"role": "assistant", "content": None}
        messages.append(last)
    return last


def _details(item: dict[str, Any]) -> list[dict[str, Any]]:
    hidden = as_text(item.get("encrypted_content"))
    if (held := unseal(hidden)) is not None:
        return held
    id = as_text(item.get("id"))
    details: list[dict[str, Any]] = [
        {"type": "reasoning.summary", "summary": as_text(part.get("text")), "id": id}
        for part in as_dicts(item.get("summary"))
    ]
    if hidden:
        form = "openai-responses-v1"
        details.append({"type": "reasoning.encrypted", "data": hidden, "id": id, "format": form})
    return details


def _parts(content: Any, place: str) -> list[dict[str, Any]]:
    return [_part(part, f"{place}[{at}]") for at, part in enumerate(as_dicts(content))]


def _part(part: dict[str, Any], place: str) -> dict[str, Any]:
    kind = part.get("type")
    if kind in ("input_text", "output_text", "text", "summary_text"):
        told = {"type": "text", "text": as_text(part.get("text"))}
    elif kind == "refusal":
        told = {"type": "text", "text": as_text(part.get("refusal"))}
    elif kind == "input_image":
        if not isinstance(url := part.get("image_url"), str):
            raise wrong(f"{place}.image_url", "is required", hint="Files by id are not kept here.")
        image = {"url": url}
        if part.get("detail"):
            image["detail"] = part["detail"]
        return {"type": "image_url", "image_url": image}
    elif kind == "input_file":
        names = ("filename", "file_data", "file_url")
        return {"type": "file", "file": {name: part[name] for name in names if name in part}}
    elif kind in ("input_audio", "image_url", "file"):
        return part
    else:
        raise wrong(f"{place}.type", f"`{kind}` is not known for this model")
    if mark := part.get("cache_control"):
        told["cache_control"] = mark
    return told


def _tools(sent: dict[str, Any], body: Mapping[str, Any]) -> None:
    tools = []
    for at, tool in enumerate(as_dicts(body.get("tools"))):
        if tool.get("type") != "function":
            raise wrong(f"tools[{at}].type", f"`{tool.get('type')}` is not known for this model")
        names = ("name", "description", "parameters", "strict")
        function = {name: tool[name] for name in names if tool.get(name) is not None}
        tools.append({"type": "function", "function": function})
    if tools:
        sent["tools"] = tools
    choice = body.get("tool_choice")
    if isinstance(choice, str):
        sent["tool_choice"] = choice
    elif isinstance(choice, dict) and choice.get("type") == "function":
        sent["tool_choice"] = {"type": "function", "function": {"name": choice.get("name")}}


def _text(sent: dict[str, Any], text: dict[str, Any]) -> None:
    form = as_dict(text.get("format"))
    if form.get("type") == "json_schema":
        held = {name: value for name, value in form.items() if name != "type"}
        sent["response_format"] = {"type": "json_schema", "json_schema": held}
    elif form.get("type") == "json_object":
        sent["response_format"] = {"type": "json_object"}
    if text.get("verbosity"):
        sent["verbosity"] = text["verbosity"]
