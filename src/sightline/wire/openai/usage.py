"""Token usage: read from each api's own object, and written as OpenRouter writes it."""

from collections.abc import Mapping
from typing import Any

from sightline.domain.generation import ApiType, Cost, Usage
from sightline.wire.loose import as_count, as_dict, as_dicts, as_number, as_text

# What a token is, roughly, in letters of English; and what each message costs beside its text.
_LETTERS_PER_TOKEN = 4
_TOKENS_PER_MESSAGE = 4


def read(api: ApiType, value: Any) -> Usage | None:
    """Return the usage of an answer's `usage` object; None when it tells none."""
    if not isinstance(value, dict) or not value:
        return None
    if api == "messages":
        return read_messages(value)
    if "input_tokens" in value or "output_tokens" in value:
        return _read_responses(value)
    return _read_chat(value)


def charged(value: Any) -> float | None:
    """Return what the provider says it charged, in USD."""
    return as_number(as_dict(value).get("cost"))


def _read_chat(value: dict[str, Any]) -> Usage:
    prompt, completion = (
        as_count(value.get("prompt_tokens")),
        as_count(value.get("completion_tokens")),
    )
    total = as_count(value.get("total_tokens"))
    details = value.get("prompt_tokens_details")
    more = value.get("completion_tokens_details")
    is_plain = "prompt_cache_hit_tokens" not in value and not (details or more)
    if is_plain or _says_nothing(value, details, more):
        cached = as_count(value.get("cached_tokens"))
        return Usage(
            prompt_tokens=prompt,
            completion_tokens=completion,
            total_tokens=total or prompt + completion,
            cached_tokens=min(cached, prompt),
            reasoning_tokens=min(as_count(value.get("reasoning_tokens")), completion),
            is_estimated=value.get("is_estimated") is True,
        )
    details, more = as_dict(details), as_dict(more)
    reasoning = as_count(more.get("reasoning_tokens")) or as_count(value.get("reasoning_tokens"))
    # xAI counts reasoning beside the completion, but in the total.
    if reasoning and total == prompt + completion + reasoning:
        completion += reasoning
    cached = (
        as_count(details.get("cached_tokens"))
        or as_count(value.get("prompt_cache_hit_tokens"))
        or as_count(value.get("cached_tokens"))
    )
    written = as_count(details.get("cache_write_tokens")) or as_count(
        details.get("cache_creation_tokens")
    )
    cached = min(cached, prompt)
    return Usage(
        prompt_tokens=prompt,
        completion_tokens=completion,
        total_tokens=total or prompt + completion,
        cached_tokens=cached,
        cache_write_tokens=min(written, prompt - cached),
        audio_input_tokens=as_count(details.get("audio_tokens")),
        video_tokens=as_count(details.get("video_tokens")),
        reasoning_tokens=min(reasoning, completion),
        audio_output_tokens=as_count(more.get("audio_tokens")),
        image_tokens=as_count(more.get("image_tokens")),
        is_estimated=value.get("is_estimated") is True,
    )


def _says_nothing(value: dict[str, Any], details: Any, more: Any) -> bool:
    """Say whether details are there, and all of them are 0, as in most answers."""
    return (
        details.__class__ is dict
        and more.__class__ is dict
        and not any(details.values())
        and not any(more.values())
        and "prompt_cache_hit_tokens" not in value
        and "reasoning_tokens" not in value
    )


def _read_responses(value: dict[str, Any]) -> Usage:
    return _read_chat(
        {
            "prompt_tokens": value.get("input_tokens"),
            "completion_tokens": value.get("output_tokens"),
            "total_tokens": value.get("total_tokens"),
            "prompt_tokens_details": value.get("input_tokens_details"),
            "completion_tokens_details": value.get("output_tokens_details"),
        }
    )


def read_messages(value: dict[str, Any]) -> Usage:
    """Return the usage of Anthropic's object, whose `input_tokens` are without the cache's."""
    cached = as_count(value.get("cache_read_input_tokens"))
    written = as_count(value.get("cache_creation_input_tokens"))
    split = as_dict(value.get("cache_creation"))
    short = as_count(split.get("ephemeral_5m_input_tokens"))
    long = as_count(split.get("ephemeral_1h_input_tokens"))
    written = max(written, short + long)
    prompt = as_count(value.get("input_tokens")) + cached + written
    completion = as_count(value.get("output_tokens"))
    details = as_dict(value.get("output_tokens_details"))
    return Usage(
        prompt_tokens=prompt,
        completion_tokens=completion,
        total_tokens=prompt + completion,
        cached_tokens=cached,
        cache_write_tokens=written,
        cache_write_5m_tokens=short,
        cache_write_1h_tokens=long,
        reasoning_tokens=min(as_count(details.get("thinking_tokens")), completion),
    )


def to_wire(
    api: ApiType, usage: Usage, cost: Cost | None = None, *, is_byok: bool = False
) -> dict[str, Any]:
    """Return the usage object of an answer of this api, with what it cost in USD."""
    if api == "messages":
        value = _messages_wire(usage)
    elif api == "responses":
        value = {
            "input_tokens": usage.prompt_tokens,
            "input_tokens_details": {
                "cached_tokens": usage.cached_tokens,
                "cache_write_tokens": usage.cache_write_tokens,
            },
            "output_tokens": usage.completion_tokens,
            "output_tokens_details": {"reasoning_tokens": usage.reasoning_tokens},
            "total_tokens": usage.total_tokens,
        }
    elif api == "embeddings":
        value = {"prompt_tokens": usage.prompt_tokens, "total_tokens": usage.total_tokens}
    else:
        value = {
            "prompt_tokens": usage.prompt_tokens,
            "completion_tokens": usage.completion_tokens,
            "total_tokens": usage.total_tokens,
            "prompt_tokens_details": {
                "cached_tokens": usage.cached_tokens,
                "cache_write_tokens": usage.cache_write_tokens,
                "audio_tokens": usage.audio_input_tokens,
                "video_tokens": usage.video_tokens,
            },
            "completion_tokens_details": {
                "reasoning_tokens": usage.reasoning_tokens,
                "audio_tokens": usage.audio_output_tokens,
                "image_tokens": usage.image_tokens,
            },
        }
    if usage.is_estimated:
        value["is_estimated"] = True
    if cost is not None:
        words = ("input", "output") if api == "responses" else ("prompt", "completions")
        value["cost"] = float(cost.total)
        value["is_byok"] = is_byok
        value["cost_details"] = {
            "upstream_inference_cost": None if cost.upstream is None else float(cost.upstream),
            f"upstream_inference_{words[0]}_cost": float(cost.input),
            f"upstream_inference_{words[1]}_cost": float(cost.output),
        }
    return value


def _messages_wire(usage: Usage) -> dict[str, Any]:
    beside = usage.cached_tokens + usage.cache_write_tokens
    value: dict[str, Any] = {
        "input_tokens": max(usage.prompt_tokens - beside, 0),
        "output_tokens": usage.completion_tokens,
        "cache_read_input_tokens": usage.cached_tokens,
        "cache_creation_input_tokens": usage.cache_write_tokens,
    }
    if usage.cache_write_5m_tokens or usage.cache_write_1h_tokens:
        value["cache_creation"] = {
            "ephemeral_5m_input_tokens": usage.cache_write_5m_tokens,
            "ephemeral_1h_input_tokens": usage.cache_write_1h_tokens,
        }
    return value


def estimate(body: Mapping[str, Any], answer: str) -> Usage:
    """Guess the tokens of a call whose upstream told none: four letters a token, and a few a turn.

    `body` is the request of any api, `answer` all text that came back.
    """
    messages = as_dicts(body.get("messages") or body.get("input"))
    letters = _letters(body.get("prompt")) + _letters(body.get("input"))
    letters += _letters(body.get("system")) + _letters(body.get("instructions"))
    letters += sum(_letters(message.get("content")) for message in messages)
    prompt = -(-letters // _LETTERS_PER_TOKEN) + _TOKENS_PER_MESSAGE * len(messages)
    completion = -(-len(answer) // _LETTERS_PER_TOKEN)
    return Usage(
        prompt_tokens=prompt,
        completion_tokens=completion,
        total_tokens=prompt + completion,
        is_estimated=True,
    )


def estimate_messages(body: Mapping[str, Any]) -> int:
    """Guess the tokens of a messages request: its texts, its tools, and what they were told."""
    letters = sum(_all_letters(body.get(name)) for name in ("system", "messages", "tools"))
    turns = len(as_dicts(body.get("messages")))
    return -(-letters // _LETTERS_PER_TOKEN) + _TOKENS_PER_MESSAGE * turns


def _all_letters(value: Any) -> int:
    """Count the letters of all that a model reads; a picture or a file counts nothing."""
    if isinstance(value, str):
        return len(value)
    if isinstance(value, list):
        return sum(map(_all_letters, value))
    if not isinstance(value, dict):
        return 0
    return sum(
        _all_letters(held) + (len(name) if name not in _FORM else 0)
        for name, held in value.items()
        if name not in _UNREAD
    )


# Names of fields that are the form of a request, not its words; and those whose values are not.
_FORM = frozenset(
    "role content text type name input tool_use_id id description input_schema thinking".split()
)
_UNREAD = frozenset("role type source id tool_use_id cache_control signature".split())


def _letters(content: Any) -> int:
    if isinstance(content, str):
        return len(content)
    if not isinstance(content, list):
        return 0
    return sum(
        len(item) if isinstance(item, str) else len(as_text(as_dict(item).get("text")))
        for item in content
    )
