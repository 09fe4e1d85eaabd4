"""Completions of a prompt, for upstreams that know only chat."""

from collections.abc import Mapping
from typing import Any

from sightline.domain.upstream import StreamPart
from sightline.wire.loose import as_dict, as_dicts, as_text
from sightline.wire.openai import stamp
from sightline.wire.openai.requests import wrong
from sightline.wire.openai.texts import text_of

_NOT_CHAT = ("suffix", "echo", "best_of", "prompt", "logprobs")


def to_chat(body: Mapping[str, Any]) -> dict[str, Any]:
    """Return the chat request: the prompt is what the user says."""
    prompt = body.get("prompt")
    if isinstance(prompt, list) and len(prompt) == 1 and isinstance(prompt[0], str):
        prompt = prompt[0]
    if not isinstance(prompt, str):
        hint = "Send one call for each prompt."
        raise wrong("prompt", "must be one text for this model", hint=hint)
    if body.get("suffix"):
        raise wrong("suffix", "is not possible for this model", hint="Leave it out.")
    sent = {name: value for name, value in body.items() if name not in _NOT_CHAT}
    sent["messages"] = [{"role": "user", "content": prompt}]
    if isinstance(body.get("logprobs"), int):
        sent["logprobs"], sent["top_logprobs"] = True, body["logprobs"]
    return sent


def from_chat(answer: Mapping[str, Any], model: str) -> dict[str, Any]:
    """Return the `text_completion`."""
    choices = []
    for choice in as_dicts(answer.get("choices")):
        message = as_dict(choice.get("message"))
        choices.append(_choice(choice, text_of(message.get("content")), message))
    return {**answer, "object": "text_completion", "model": model, "choices": choices}


class CompletionsStreamTo:
    """Chunks stay chunks; their deltas become texts."""

    def feed(self, part: StreamPart) -> list[StreamPart]:
        if part.error is not None:
            error = {
                "code": part.error.status if part.error.status >= 400 else 502,
                "message": part.error.message,
                "metadata": {"error_type": part.error.type},
            }
            _, value = stamp.failure("completions", error)
            return [StreamPart(value=value, error=part.error, is_end=True)]
        if part.value is None:
            return [part] if part.is_end else []
        choices = []
        for choice in as_dicts(part.value.get("choices")):
            delta = as_dict(choice.get("delta"))
            choices.append(_choice(choice, as_text(delta.get("content")), delta))
        value = {**part.value, "object": "text_completion", "choices": choices}
        return [
            StreamPart(
                value=value,
                has_content=part.has_content,
                usage=part.usage,
                finish_reason=part.finish_reason,
                native_finish_reason=part.native_finish_reason,
                is_end=part.is_end,
            )
        ]


def _choice(choice: dict[str, Any], text: str, source: dict[str, Any]) -> dict[str, Any]:
    told = {
        "index": choice.get("index", 0),
        "text": text,
        "finish_reason": choice.get("finish_reason"),
        "native_finish_reason": choice.get("native_finish_reason"),
        "logprobs": choice.get("logprobs"),
    }
    if source.get("reasoning"):
        told["reasoning"] = source["reasoning"]
    return told
