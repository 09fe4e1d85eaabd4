"""Anthropic's Messages API: checks what it is asked as Anthropic does, answers and streams."""

import json
from collections.abc import Iterator
from typing import Any

from tests.fakes.model_api import Answered, Asked, Event, ModelApi, check

KEY = "sk-ant-upstream"
TEXT = "Seven degrees, and it rains."
THOUGHT = "The user asks for the weather."
USAGE = {
    "input_tokens": 12,
    "cache_creation_input_tokens": 4,
    "cache_read_input_tokens": 30,
    "output_tokens": 8,
    "service_tier": "standard",
}
PROMPT_TOKENS = 46
"""In OpenAI's way of counting, where the cache's tokens are part of the prompt."""
_FIELDS = frozenset(
    "model messages max_tokens metadata stop_sequences stream system temperature thinking "
    "tool_choice tools top_k top_p service_tier container mcp_servers output_config".split()
)
_BLOCKS = {
    "user": {"text", "image", "document", "tool_result", "search_result"},
    "assistant": {"text", "tool_use", "thinking", "redacted_thinking"},
}
_TYPES = {
    400: "invalid_request_error",
    401: "authentication_error",
    404: "not_found_error",
    429: "rate_limit_error",
    529: "overloaded_error",
}


class AnthropicApi(ModelApi):
    """`url` is what Anthropic's clients take."""

    def error(self, status: int, message: str) -> Any:
        inner = {"type": _TYPES.get(status, "api_error"), "message": message}
        return {"type": "error", "error": inner, "request_id": "req_upstream"}

    def answer(self, call: Asked) -> Answered:
        check(call.headers.get("x-api-key") == KEY, "invalid x-api-key", 401)
        check(call.headers.get("anthropic-version") == "2023-06-01", "anthropic-version: missing")
        check(call.path.partition("?")[0] == "/v1/messages", "Not Found", 404)
        body = call.body
        unknown = sorted(body.keys() - _FIELDS)
        check(not unknown, f"{', '.join(unknown)}: Extra inputs are not permitted")
        check(isinstance(body.get("max_tokens"), int), "max_tokens: Field required")
        metadata = body.get("metadata") or {}
        check(metadata.keys() <= {"user_id"}, "metadata: Extra inputs are not permitted")
        _check_messages(body["messages"])
        for tool in body.get("tools") or ():
            check("input_schema" in tool, "tools.0.input_schema: Field required")
        content = _content(body)
        if body.get("stream"):
            return Answered(events=_events(body, content))
        return Answered(value=_message(body, content, _reason(content), USAGE))


def _check_messages(messages: list[dict[str, Any]]) -> None:
    check(messages and messages[0]["role"] == "user", "messages: first must be user")
    pending: set[str] = set()
    for at, message in enumerate(messages):
        role, content = message["role"], message["content"]
        check(role in _BLOCKS, f"messages.{at}.role: {role} is none")
        check(message.keys() == {"role", "content"}, f"messages.{at}: extra fields")
        blocks: list[dict[str, Any]] = content
        if isinstance(content, str):
            blocks = [{"type": "text", "text": content}]
        answered = {b["tool_use_id"] for b in blocks if b["type"] == "tool_result"}
        check(answered == pending, f"messages.{at}: `tool_use` without `tool_result`: {pending}")
        for block in blocks:
            check(block["type"] in _BLOCKS[role], f"messages.{at}: no {block['type']} by {role}")
            if block["type"] == "thinking":
                check(block["signature"], f"messages.{at}: Invalid `signature` in `thinking` block")
            # This model never hides its thinking, so it is another's.
            check(block["type"] != "redacted_thinking", f"messages.{at}: Invalid `data`")
            if block["type"] == "text":
                check(block["text"], f"messages.{at}: text content blocks must be non-empty")
            if block["type"] == "image":
                source = block["source"]["type"]
                check(source in {"base64", "url", "file"}, f"messages.{at}: source {source}")
        pending = {b["id"] for b in blocks if b["type"] == "tool_use"}
        if pending:
            check(all(isinstance(b["input"], dict) for b in blocks if "input" in b), "input")


def _content(body: dict[str, Any]) -> list[dict[str, Any]]:
    content: list[dict[str, Any]] = []
    if (body.get("thinking") or {}).get("type") in {"enabled", "adaptive"}:
        content.append({"type": "thinking", "thinking": THOUGHT, "signature": "c2lnbmVk"})
    last = body["messages"][-1]["content"]
    is_answered = isinstance(last, list) and any(b["type"] == "tool_result" for b in last)
    if body.get("tools") and not is_answered:
        content.append({"type": "text", "text": "Let me look."})
        for at, tool in enumerate(body["tools"]):
            said = {"city": "Oslo", "at": at}
            content.append(
                {"type": "tool_use", "id": f"toolu_{at}", "name": tool["name"], "input": said}
            )
    else:
        content.append({"type": "text", "text": TEXT})
    return content


def _reason(content: list[dict[str, Any]]) -> str:
    return "tool_use" if content[-1]["type"] == "tool_use" else "end_turn"


def _message(
    body: dict[str, Any], content: list[dict[str, Any]], reason: str | None, usage: dict[str, Any]
) -> dict[str, Any]:
    return {
        "id": "msg_upstream",
        "type": "message",
        "role": "assistant",
        "model": body["model"],
        "content": content,
        "stop_reason": reason,
        "stop_sequence": None,
        "usage": usage,
    }


def _events(body: dict[str, Any], content: list[dict[str, Any]]) -> Iterator[Event]:
    def event(kind: str, **fields: Any) -> Event:
        return Event({"type": kind, **fields}, kind)

    yield event("message_start", message=_message(body, [], None, {**USAGE, "output_tokens": 1}))
    for at, block in enumerate(content):
        opened, pieces = _opened(block)
        yield event("content_block_start", index=at, content_block=opened)
        if at == 0:
            yield event("ping")
        for piece in pieces:
            yield event("content_block_delta", index=at, delta=piece)
        yield event("content_block_stop", index=at)
    yield event(
        "message_delta",
        delta={"stop_reason": _reason(content), "stop_sequence": None},
        usage={"output_tokens": USAGE["output_tokens"]},
    )
    yield event("message_stop")


def _opened(block: dict[str, Any]) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Return how a block begins in a stream, and its deltas."""
    kind = block["type"]
    if kind == "tool_use":
        text = json.dumps(block["input"])
        pieces = ["", *(text[at : at + 5] for at in range(0, len(text), 5))]
        deltas = [{"type": "input_json_delta", "partial_json": piece} for piece in pieces]
        return {**block, "input": {}}, deltas
    if kind == "thinking":
        deltas = [
            {"type": "thinking_delta", "thinking": block["thinking"]},
            {"type": "signature_delta", "signature": block["signature"]},
        ]
        return {"type": "thinking", "thinking": "", "signature": ""}, deltas
    text = block["text"]
    pieces = [text[at : at + 6] for at in range(0, len(text), 6)]
    return {"type": "text", "text": ""}, [{"type": "text_delta", "text": p} for p in pieces]
