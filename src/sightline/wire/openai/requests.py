"""Checks that a request has the shape of its api; what it says is the upstream's to judge.

Unknown fields are kept. An error names the field, counted from 0 (`messages[2].role`).
"""

from collections.abc import Mapping
from typing import Any

from sightline.core.errors import InvalidRequestError
from sightline.domain.generation import ApiType

_ROLES = frozenset({"system", "developer", "user", "assistant", "tool", "function"})
_MAX_STOPS = 4

_TYPES: dict[str, tuple[type | tuple[type, ...], str]] = {
    "model": (str, "a text"),
    "models": (list, "a list of model names"),
    "stream": (bool, "true or false"),
    "stream_options": (dict, "an object"),
    "tools": (list, "a list"),
    "temperature": ((int, float), "a number"),
    "top_p": ((int, float), "a number"),
    "max_tokens": (int, "a whole number"),
    "max_completion_tokens": (int, "a whole number"),
    "max_output_tokens": (int, "a whole number"),
    "n": (int, "a whole number"),
    "response_format": (dict, "an object"),
    "reasoning": (dict, "an object"),
    "provider": (dict, "an object"),
    "trace": (dict, "an object"),
    "metadata": (dict, "an object"),
    "plugins": (list, "a list"),
    "session_id": (str, "a text"),
    "user": (str, "a text"),
    "preset": (str, "a text"),
    "usage": (dict, "an object"),
}
_HINTS: dict[ApiType, str] = {
    "chat": 'Send `messages`: [{"role": "user", "content": "Hello"}].',
    "messages": 'Send `messages`: [{"role": "user", "content": "Hello"}].',
    "completions": 'Send `prompt`: "Once upon a time".',
    "embeddings": 'Send `input`: "text" or ["text", …].',
    "responses": 'Send `input`: "Hello" or a list of items.',
}


def check(api: ApiType, body: Any) -> None:
    """Raise `InvalidRequestError` that names what is wrong with a decoded body."""
    if not isinstance(body, dict):
        raise InvalidRequestError("The body must be a JSON object", hint=_HINTS[api])
    # A body has few fields of the many that are known.
    for name, value in body.items():
        if value is None or (known := _TYPES.get(name)) is None or value.__class__ is known[0]:
            continue
        kind, words = known
        # `True` is an `int` to Python, not to JSON.
        is_odd_bool = value.__class__ is bool and kind is not bool
        if is_odd_bool or not isinstance(value, kind):
            raise wrong(name, f"must be {words}")
    for at, model in enumerate(body.get("models") or ()):
        if not isinstance(model, str):
            raise wrong(f"models[{at}]", "must be a text")
    for at, tool in enumerate(body.get("tools") or ()):
        if not isinstance(tool, dict):
            raise wrong(f"tools[{at}]", "must be an object")
    _CHECKS[api](body)


def wrong(field: str, what: str, hint: str | None = None) -> InvalidRequestError:
    """Return the error of one field."""
    return InvalidRequestError(f"`{field}` {what}", hint=hint, fields=[f"{field} {what}"])


def _messages(api: ApiType, body: Mapping[str, Any]) -> None:
    messages = body.get("messages")
    if messages is None:
        raise wrong("messages", "is required", _HINTS[api])
    if not isinstance(messages, list) or not messages:
        raise wrong("messages", "must be a list with at least one message", _HINTS[api])
    for at, message in enumerate(messages):
        if _is_plain(message):
            continue
        if not isinstance(message, dict):
            raise wrong(f"messages[{at}]", "must be an object", _HINTS[api])
        role = message.get("role")
        if not isinstance(role, str) or role not in _ROLES:
            raise wrong(f"messages[{at}].role", "must be system, user, assistant or tool")
        content = message.get("content")
        if content is not None and not isinstance(content, (str, list)):
            raise wrong(f"messages[{at}].content", "must be a text or a list of parts")
        for part_at, part in enumerate(content if isinstance(content, list) else ()):
            if not isinstance(part, dict):
                raise wrong(f"messages[{at}].content[{part_at}]", "must be an object")
        calls = message.get("tool_calls")
        if calls is not None and not isinstance(calls, list):
            raise wrong(f"messages[{at}].tool_calls", "must be a list")


def _is_plain(message: Any) -> bool:
    """Say whether a message is a role and a text, as most are."""
    return (
        message.__class__ is dict
        and len(message) == 2
        and message.get("content").__class__ is str
        and (role := message.get("role")).__class__ is str
        and role in _ROLES
    )


def _chat(body: Mapping[str, Any]) -> None:
    _messages("chat", body)
    stop = body.get("stop")
    if isinstance(stop, list):
        if len(stop) > _MAX_STOPS or not all(isinstance(word, str) for word in stop):
            raise wrong("stop", f"must be a text or at most {_MAX_STOPS} texts")
    elif stop is not None and not isinstance(stop, str):
        raise wrong("stop", f"must be a text or at most {_MAX_STOPS} texts")


def _anthropic(body: Mapping[str, Any]) -> None:
    _messages("messages", body)
    system = body.get("system")
    if system is not None and not isinstance(system, (str, list)):
        raise wrong("system", "must be a text or a list of blocks")


def _completions(body: Mapping[str, Any]) -> None:
    prompt = body.get("prompt")
    if prompt is None:
        raise wrong("prompt", "is required", _HINTS["completions"])
    if not isinstance(prompt, (str, list)):
        raise wrong("prompt", "must be a text or a list", _HINTS["completions"])


def _embeddings(body: Mapping[str, Any]) -> None:
    given = body.get("input")
    if given is None:
        raise wrong("input", "is required", _HINTS["embeddings"])
    if not isinstance(given, (str, list)) or not given:
        raise wrong("input", "must be a text or a list that is not empty", _HINTS["embeddings"])


def _responses(body: Mapping[str, Any]) -> None:
    given = body.get("input")
    if given is None and "prompt" not in body:
        raise wrong("input", "is required", _HINTS["responses"])
    if given is not None and not isinstance(given, (str, list)):
        raise wrong("input", "must be a text or a list of items", _HINTS["responses"])
    for at, item in enumerate(given if isinstance(given, list) else ()):
        if not isinstance(item, dict):
            raise wrong(f"input[{at}]", "must be an object", _HINTS["responses"])


_CHECKS = {
    "chat": _chat,
    "messages": _anthropic,
    "completions": _completions,
    "embeddings": _embeddings,
    "responses": _responses,
}
