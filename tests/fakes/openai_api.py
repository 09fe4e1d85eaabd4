"""OpenAI's API as OpenAI itself answers: chat, legacy completions, embeddings, responses, models.

It refuses what OpenAI refuses: a missing key, fields that it does not know, answers to tools that
nobody called. `ChatOnly` knows chat completions alone, like most who speak this API.
"""

import base64
import json
import struct
from collections.abc import Callable, Iterator
from typing import Any

from tests.fakes.model_api import Answered, Asked, Event, ModelApi, check

KEY = "sk-openai-upstream"
TEXT = "It is seven degrees in Oslo."
STRUCTURED = '{"city": "Oslo", "degrees": 7}'
VECTOR = [0.25, -0.5, 0.125]
CREATED = 1_790_000_000
PROMPT_TOKENS, COMPLETION_TOKENS = 20, 9
USAGE = {
    "prompt_tokens": PROMPT_TOKENS,
    "completion_tokens": COMPLETION_TOKENS,
    "total_tokens": PROMPT_TOKENS + COMPLETION_TOKENS,
    "prompt_tokens_details": {"cached_tokens": 8, "audio_tokens": 0},
    "completion_tokens_details": {
        "reasoning_tokens": 3,
        "audio_tokens": 0,
        "accepted_prediction_tokens": 0,
        "rejected_prediction_tokens": 0,
    },
}
_CHAT = frozenset(
    "model messages stream stream_options temperature top_p n stop max_tokens "
    "max_completion_tokens presence_penalty frequency_penalty logit_bias logprobs top_logprobs "
    "user seed tools tool_choice parallel_tool_calls response_format reasoning_effort modalities "
    "audio prediction service_tier store verbosity web_search_options prompt_cache_key "
    "safety_identifier functions function_call".split()
)
_COMPLETIONS = frozenset(
    "model prompt stream stream_options temperature top_p n stop max_tokens presence_penalty "
    "frequency_penalty logit_bias logprobs echo suffix best_of seed user".split()
)
_RESPONSES = frozenset(
    "model input instructions stream stream_options temperature top_p max_output_tokens "
    "max_tool_calls tools tool_choice parallel_tool_calls text reasoning store include "
    "previous_response_id conversation metadata user truncation service_tier prompt "
    "prompt_cache_key safety_identifier background top_logprobs".split()
)
_EMBEDDINGS = frozenset("model input encoding_format dimensions user".split())
_TYPES = {401: "invalid_request_error", 429: "requests", 400: "invalid_request_error"}

# The fields that an API takes, and what makes its answers.
Maker = tuple[frozenset[str], Callable[[dict[str, Any]], Answered]]


class OpenAiApi(ModelApi):
    """`base_url` is what OpenAI's clients take."""

    @property
    def base_url(self) -> str:
        return f"{self.url}/v1"

    def error(self, status: int, message: str) -> Any:
        kind = _TYPES.get(status, "server_error")
        code = {401: "invalid_api_key", 429: "rate_limit_exceeded"}.get(status)
        return {"error": {"message": message, "type": kind, "param": None, "code": code}}

    def answer(self, call: Asked) -> Answered:
        check(call.headers.get("authorization") == f"Bearer {KEY}", "Incorrect API key", 401)
        path = call.path.removeprefix("/v1")
        if call.method == "GET" and path == "/models":
            return Answered(value={"object": "list", "data": [{"id": "gpt-4o", "object": "model"}]})
        makers = self.makers()
        check(path in makers, f"Invalid URL (POST {call.path})", 404)
        known, make = makers[path]
        unknown = sorted(call.body.keys() - known)
        check(not unknown, f"Unrecognized request argument supplied: {', '.join(unknown)}")
        return make(call.body)

    def makers(self) -> dict[str, Maker]:
        return {
            "/chat/completions": (_CHAT, _chat),
            "/completions": (_COMPLETIONS, _legacy),
            "/embeddings": (_EMBEDDINGS, _embeddings),
            "/responses": (_RESPONSES, _responses),
        }


class ChatOnly(OpenAiApi):
    """A provider that knows nothing but chat completions."""

    def makers(self) -> dict[str, Maker]:
        return {"/chat/completions": (_CHAT, _chat)}


def _chat(body: dict[str, Any]) -> Answered:
    _check_messages(body["messages"])
    messages = [_message(body) for _ in range(body.get("n") or 1)]
    if body.get("stream"):
        return Answered(events=_chat_events(body, messages))
    reason = "tool_calls" if messages[0].get("tool_calls") else "stop"
    return Answered(
        value={
            "id": "chatcmpl-upstream",
            "object": "chat.completion",
            "created": CREATED,
            "model": f"{body['model']}-2024-07-18",
            "choices": [
                {
                    "index": at,
                    "message": message,
                    "logprobs": _logprobs(TEXT.split()) if body.get("logprobs") else None,
                    "finish_reason": reason,
                }
                for at, message in enumerate(messages)
            ],
            "usage": USAGE,
            "service_tier": "default",
            "system_fingerprint": "fp_upstream",
        },
        headers={"x-request-id": "req_upstream"},
    )


def _check_messages(messages: list[dict[str, Any]]) -> None:
    called: set[str] = set()
    for at, message in enumerate(messages):
        unknown = message.keys() - set(
            "role content name tool_calls tool_call_id refusal audio function_call".split()
        )
        check(not unknown, f"Unknown parameter: 'messages[{at}].{next(iter(unknown), '')}'")
        role = message["role"]
        check(role in {"system", "developer", "user", "assistant", "tool"}, f"role {role}?")
        called |= {call["id"] for call in message.get("tool_calls") or ()}
        if role == "tool":
            check(message["tool_call_id"] in called, "a tool answers that nobody called")
        for part in message["content"] if isinstance(message.get("content"), list) else ():
            check(part["type"] in {"text", "image_url", "input_audio", "file", "refusal"}, "part")


def _message(body: dict[str, Any]) -> dict[str, Any]:
    said: dict[str, Any] = {"role": "assistant", "content": TEXT, "refusal": None}
    has_answers = body["messages"][-1]["role"] == "tool"
    if body.get("tools") and body.get("tool_choice") != "none" and not has_answers:
        names = [tool["function"]["name"] for tool in body["tools"]]
        if body.get("parallel_tool_calls") is False:
            names = names[:1]
        said["content"] = None
        said["tool_calls"] = [
            {
                "id": f"call_{at}",
                "type": "function",
                "function": {"name": name, "arguments": json.dumps({"city": "Oslo", "at": at})},
            }
            for at, name in enumerate(names)
        ]
    wanted = body.get("response_format") or {}
    if wanted.get("type") == "json_schema":
        check(wanted["json_schema"].get("schema"), "Missing required parameter: schema")
        said["content"] = STRUCTURED
    return said


def _chat_events(body: dict[str, Any], messages: list[dict[str, Any]]) -> Iterator[Event]:
    wants_usage = (body.get("stream_options") or {}).get("include_usage")

    def chunk(choices: list[dict[str, Any]], **more: Any) -> Event:
        value = {
            "id": "chatcmpl-upstream",
            "object": "chat.completion.chunk",
            "created": CREATED,
            "model": f"{body['model']}-2024-07-18",
            "service_tier": "default",
            "system_fingerprint": "fp_upstream",
            "choices": choices,
        }
        if wants_usage:
            value["usage"] = None
        return Event({**value, **more})

    def one(index: int, delta: dict[str, Any], reason: str | None = None, **more: Any) -> Event:
        return chunk(
            [{"index": index, "delta": delta, "logprobs": None, "finish_reason": reason, **more}]
        )

    for index, message in enumerate(messages):
        calls = message.get("tool_calls")
        yield one(index, {"role": "assistant", "content": None if calls else "", "refusal": None})
        for at, call in enumerate(calls or ()):
            name = {"name": call["function"]["name"], "arguments": ""}
            head = {"index": at, "id": call["id"], "type": "function", "function": name}
            yield one(index, {"tool_calls": [head]})
            for piece in _fragments(call["function"]["arguments"], 5):
                yield one(index, {"tool_calls": [{"index": at, "function": {"arguments": piece}}]})
        if not calls:
            for piece in _fragments(message["content"], 6):
                logprobs = _logprobs([piece]) if body.get("logprobs") else None
                yield one(index, {"content": piece}, logprobs=logprobs)
        yield one(index, {}, "tool_calls" if calls else "stop")
    if wants_usage:
        yield chunk([], usage=USAGE)
    yield Event("[DONE]")


def _logprobs(tokens: list[str]) -> dict[str, Any]:
    content = [
        {
            "token": token,
            "logprob": -0.25,
            "bytes": list(token.encode()),
            "top_logprobs": [{"token": token, "logprob": -0.25, "bytes": list(token.encode())}],
        }
        for token in tokens
    ]
    return {"content": content, "refusal": None}


def _legacy(body: dict[str, Any]) -> Answered:
    def value(text: str, reason: str | None, **more: Any) -> dict[str, Any]:
        choice = {"index": 0, "text": text, "logprobs": None, "finish_reason": reason}
        return {
            "id": "cmpl-upstream",
            "object": "text_completion",
            "created": CREATED,
            "model": body["model"],
            "choices": [choice],
            **more,
        }

    def events() -> Iterator[Event]:
        for piece in _fragments(TEXT, 6):
            yield Event(value(piece, None))
        yield Event(value("", "stop"))
        if (body.get("stream_options") or {}).get("include_usage"):
            yield Event({**value("", None), "choices": [], "usage": USAGE})
        yield Event("[DONE]")

    if body.get("stream"):
        return Answered(events=events())
    return Answered(value=value(TEXT, "stop", usage=USAGE))


def _embeddings(body: dict[str, Any]) -> Answered:
    given = body["input"]
    count = len(given) if isinstance(given, list) and not isinstance(given[0], int) else 1
    packed = base64.b64encode(struct.pack("<3f", *VECTOR)).decode()
    vector = packed if body.get("encoding_format") == "base64" else VECTOR
    return Answered(
        value={
            "object": "list",
            "data": [
                {"object": "embedding", "index": at, "embedding": vector} for at in range(count)
            ],
            "model": body["model"],
            "usage": {"prompt_tokens": PROMPT_TOKENS, "total_tokens": PROMPT_TOKENS},
        }
    )


def _responses(body: dict[str, Any]) -> Answered:
    items = body["input"] if isinstance(body["input"], list) else []
    called = {item.get("call_id") for item in items if item.get("type") == "function_call"}
    for item in items:
        if item.get("type") == "function_call_output":
            check(item["call_id"] in called, f"No tool call found for {item['call_id']}")
    tools = [tool for tool in body.get("tools") or () if tool["type"] == "function"]
    check(all("name" in tool for tool in tools), "Missing required parameter: 'tools[0].name'.")
    is_answered = any(item.get("type") == "function_call_output" for item in items)
    output: list[dict[str, Any]] = []
    if tools and not is_answered:
        output += [
            {
                "id": f"fc_{at}",
                "type": "function_call",
                "status": "completed",
                "call_id": f"call_{at}",
                "name": tool["name"],
                "arguments": json.dumps({"city": "Oslo", "at": at}),
            }
            for at, tool in enumerate(tools)
        ]
    else:
        schema = ((body.get("text") or {}).get("format") or {}).get("type") == "json_schema"
        text = STRUCTURED if schema else TEXT
        part = {"type": "output_text", "text": text, "annotations": [], "logprobs": []}
        output.append(
            {
                "id": "msg_1",
                "type": "message",
                "role": "assistant",
                "status": "completed",
                "content": [part],
            }
        )
    whole = {
        "id": "resp_upstream",
        "object": "response",
        "created_at": CREATED,
        "status": "completed",
        "error": None,
        "incomplete_details": None,
        "instructions": body.get("instructions"),
        "max_output_tokens": body.get("max_output_tokens"),
        "model": f"{body['model']}-2024-07-18",
        "output": output,
        "parallel_tool_calls": True,
        "previous_response_id": body.get("previous_response_id"),
        "reasoning": {"effort": None, "summary": None},
        "store": body.get("store", True),
        "temperature": 1.0,
        "text": body.get("text") or {"format": {"type": "text"}},
        "tool_choice": body.get("tool_choice") or "auto",
        "tools": body.get("tools") or [],
        "top_p": 1.0,
        "truncation": "disabled",
        "usage": {
            "input_tokens": PROMPT_TOKENS,
            "input_tokens_details": {"cached_tokens": 8},
            "output_tokens": COMPLETION_TOKENS,
            "output_tokens_details": {"reasoning_tokens": 3},
            "total_tokens": PROMPT_TOKENS + COMPLETION_TOKENS,
        },
        "user": body.get("user"),
        "metadata": body.get("metadata") or {},
    }
    if body.get("stream"):
        return Answered(events=_response_events(whole))
    return Answered(value=whole)


def _response_events(whole: dict[str, Any]) -> Iterator[Event]:
    number = -1

    def event(kind: str, **fields: Any) -> Event:
        nonlocal number
        number += 1
        return Event({"type": kind, "sequence_number": number, **fields}, kind)

    begun = {**whole, "status": "in_progress", "output": [], "usage": None}
    yield event("response.created", response=begun)
    yield event("response.in_progress", response=begun)
    for at, item in enumerate(whole["output"]):
        where = {"output_index": at, "item_id": item["id"]}
        if item["type"] == "function_call":
            opened = {**item, "status": "in_progress", "arguments": ""}
            yield event("response.output_item.added", output_index=at, item=opened)
            for piece in _fragments(item["arguments"], 5):
                yield event("response.function_call_arguments.delta", delta=piece, **where)
            yield event(
                "response.function_call_arguments.done", arguments=item["arguments"], **where
            )
        else:
            part = item["content"][0]
            opened = {**item, "status": "in_progress", "content": []}
            yield event("response.output_item.added", output_index=at, item=opened)
            empty = {**part, "text": ""}
            yield event("response.content_part.added", content_index=0, part=empty, **where)
            for piece in _fragments(part["text"], 6):
                yield event(
                    "response.output_text.delta",
                    content_index=0,
                    delta=piece,
                    logprobs=[],
                    **where,
                )
            yield event(
                "response.output_text.done",
                content_index=0,
                text=part["text"],
                logprobs=[],
                **where,
            )
            yield event("response.content_part.done", content_index=0, part=part, **where)
        yield event("response.output_item.done", output_index=at, item=item)
    yield event("response.completed", response=whole)


def _fragments(text: str, size: int) -> list[str]:
    return [text[at : at + size] for at in range(0, len(text), size)]
