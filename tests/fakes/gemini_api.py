"""Google's Gemini API (`generateContent`): checks what it is asked, answers and streams."""

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote

from tests.fakes.model_api import Answered, Asked, Event, ModelApi, check

KEY = "gemini-upstream-key"
TEXT = "Seven degrees under a grey sky."
THOUGHT = "Weather is asked for."
VECTOR = [0.5, -0.25, 0.125]
USAGE = {
    "promptTokenCount": 15,
    "candidatesTokenCount": 7,
    "thoughtsTokenCount": 3,
    "cachedContentTokenCount": 5,
    "totalTokenCount": 25,
}
PROMPT_TOKENS, COMPLETION_TOKENS = 15, 10
"""In OpenAI's way of counting, where thoughts are part of the completion."""
_PATH = re.compile(r"/v1beta/models/(?P<model>[^:]+):(?P<method>\w+)(?:\?(?P<query>.*))?")
_FIELDS = frozenset(
    "contents tools toolConfig safetySettings systemInstruction generationConfig "
    "cachedContent".split()
)
_PARTS = frozenset(
    "text inlineData fileData functionCall functionResponse thought thoughtSignature".split()
)


class GeminiApi(ModelApi):
    """`base_url` is what `api_base` of LiteLLM's files has."""

    @property
    def base_url(self) -> str:
        return f"{self.url}/v1beta"

    def error(self, status: int, message: str) -> Any:
        names = {400: "INVALID_ARGUMENT", 401: "UNAUTHENTICATED", 429: "RESOURCE_EXHAUSTED"}
        inner = {"code": status, "message": message, "status": names.get(status, "INTERNAL")}
        return {"error": inner}

    def respond(self, call: Asked) -> Answered:
        """Put the model, which is in the path, where the others have it."""
        found = _PATH.fullmatch(call.path)
        if found:
            call = call._replace(body={**call.body, "model": unquote(found["model"])})
        return super().respond(call)

    def answer(self, call: Asked) -> Answered:
        key = call.headers.get("x-goog-api-key") or call.path.partition("key=")[2]
        check(key == KEY, "API key not valid", 401)
        found = _PATH.fullmatch(call.path)
        if found is None:
            check(False, f"Not found: {call.path}", 404)
            raise AssertionError
        body = {name: value for name, value in call.body.items() if name != "model"}
        method = found["method"]
        if method == "batchEmbedContents":
            vectors = [{"values": VECTOR} for _ in body["requests"]]
            return Answered(value={"embeddings": vectors})
        unknown = sorted(body.keys() - _FIELDS)
        check(not unknown, f'Invalid JSON payload received. Unknown name "{" ".join(unknown)}"')
        _check_contents(body["contents"], call.model)
        whole = _whole(call.model, body)
        if method == "streamGenerateContent":
            check(found["query"] == "alt=sse", "alt=sse is wanted")
            return Answered(events=_events(whole))
        check(method == "generateContent", f"Not found: {call.path}", 404)
        return Answered(value=whole)


def _check_contents(contents: list[dict[str, Any]], model: str) -> None:
    for content in contents:
        check(content["role"] in {"user", "model"}, "Please use a valid role: user, model.")
        check(content["parts"], "contents.parts must not be empty.")
        for part in content["parts"]:
            unknown = part.keys() - _PARTS
            check(not unknown, f"Unknown name at 'contents.parts': {unknown}")
        calls = [part for part in content["parts"] if "functionCall" in part]
        if calls and model.startswith("gemini-3"):
            check("thoughtSignature" in calls[0], "Function call is missing a thought_signature")


def _whole(model: str, body: dict[str, Any]) -> dict[str, Any]:
    parts: list[dict[str, Any]] = []
    config = body.get("generationConfig") or {}
    if (config.get("thinkingConfig") or {}).get("includeThoughts"):
        parts.append({"text": THOUGHT, "thought": True})
    declared = [f for tool in body.get("tools") or () for f in tool.get("functionDeclarations", ())]
    last = body["contents"][-1]["parts"]
    if declared and not any("functionResponse" in part for part in last):
        for at, function in enumerate(declared):
            said = {"name": function["name"], "args": {"city": "Oslo", "at": at}}
            parts.append({"functionCall": said, "thoughtSignature": "c2ln"})
    else:
        parts.append({"text": TEXT})
    content = {"role": "model", "parts": parts}
    return {
        "candidates": [{"content": content, "finishReason": "STOP", "index": 0}],
        "usageMetadata": USAGE,
        "modelVersion": model,
        "responseId": "gemini-upstream",
    }


def _events(whole: dict[str, Any]) -> Iterator[Event]:
    parts = whole["candidates"][0]["content"]["parts"]
    rest = {"modelVersion": whole["modelVersion"], "responseId": whole["responseId"]}

    def event(part: dict[str, Any], **more: Any) -> Event:
        content = {"role": "model", "parts": [part]}
        usage = {"promptTokenCount": 15, "totalTokenCount": 15}
        return Event(
            {
                "candidates": [{"content": content, "index": 0}],
                "usageMetadata": usage,
                **rest,
                **more,
            }
        )

    for part in parts:
        if "text" not in part or part.get("thought"):
            yield event(part)
            continue
        for at in range(0, len(part["text"]), 9):
            yield event({"text": part["text"][at : at + 9]})
    ending = {"content": {"role": "model", "parts": [{"text": ""}]}, "finishReason": "STOP"}
    yield event({}, candidates=[{**ending, "index": 0}], usageMetadata=USAGE)
