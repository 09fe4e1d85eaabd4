"""What Gemini answers, as chat answers and chunks."""

from typing import Any

from sightline.core.codec import encode_text
from sightline.domain.generation import Usage
from sightline.wire.google.outbound import FORMAT
from sightline.wire.loose import as_count, as_dict, as_dicts, as_text
from sightline.wire.media import data_url
from sightline.wire.openai import chunks, finish


class Candidate:
    """Reads the parts of one candidate, whole or in pieces, into deltas of chat."""

    __slots__ = ("_id", "calls", "details")

    def __init__(self, response_id: str) -> None:
        self._id = response_id
        self.calls = 0
        self.details = 0

    def deltas(self, candidate: dict[str, Any]) -> list[dict[str, Any]]:
        """Return a delta for each part that says something."""
        parts = as_dicts(as_dict(candidate.get("content")).get("parts"))
        told = [delta for part in parts for delta in self._part(part)]
        if notes := _sources(as_dict(candidate.get("groundingMetadata"))):
            told.append({"annotations": notes})
        return told

    def reason(self, native: str) -> str:
        """Return our finish reason; to Gemini a call of a tool is a stop like any other."""
        reason = finish.normal(native) or "stop"
        return "tool_calls" if reason == "stop" and self.calls else reason

    def _part(self, part: dict[str, Any]) -> list[dict[str, Any]]:
        signature = as_text(part.get("thoughtSignature"))
        text = as_text(part.get("text"))
        told: list[dict[str, Any]] = []
        call_id = ""
        if part.get("thought") is True and text:
            detail = {"type": "reasoning.text", "text": text, "format": FORMAT, "index": 0}
            self.details = 1
            told.append(chunks.reasoning(detail))
        elif isinstance(call := part.get("functionCall"), dict):
            call_id = as_text(call.get("id")) or f"call_{self._id}_{self.calls}"
            arguments = encode_text(as_dict(call.get("args")))
            name = as_text(call.get("name"))
            told.append(chunks.tool_call(self.calls, arguments, id=call_id, name=name))
            self.calls += 1
        elif isinstance(held := part.get("inlineData"), dict):
            mime = as_text(held.get("mimeType"))
            url = data_url(mime, as_text(held.get("data")))
            image = {"type": "image_url", "image_url": {"url": url}, "index": 0}
            told.append({"images": [image]})
        elif text:
            told.append({"content": text})
        if signature:
            detail = {
                "type": "reasoning.encrypted",
                "data": signature,
                "format": FORMAT,
                "index": self.details,
            }
            self.details += 1
            # Whose it is: a call's, or the text's before it.
            told.append(chunks.reasoning({**detail, "id": call_id} if call_id else detail))
        return told


def to_chat(response: dict[str, Any]) -> dict[str, Any]:
    """Return the `chat.completion`; its usage is put in by the caller."""
    id = as_text(response.get("responseId"))
    choices = [
        _choice(at, candidate, id)
        for at, candidate in enumerate(as_dicts(response.get("candidates")))
    ]
    if not choices:
        native = blocked(response) or "STOP"
        message = {"role": "assistant", "content": "", "refusal": None, "reasoning": None}
        choices = [chunks.choice(message, native, reason="content_filter")]
    return {**chunks.completion(choices), "id": id}


def blocked(response: dict[str, Any]) -> str | None:
    """Return why the prompt was refused; None when it was not."""
    return as_text(as_dict(response.get("promptFeedback")).get("blockReason")) or None


def _choice(at: int, candidate: dict[str, Any], id: str) -> dict[str, Any]:
    reader = Candidate(id)
    words: list[str] = []
    thoughts: list[str] = []
    lists: dict[str, list[Any]] = {}
    for delta in reader.deltas(candidate):
        words.append(delta.get("content", ""))
        thoughts.append(delta.get("reasoning", ""))
        for name in ("tool_calls", "images", "annotations", "reasoning_details"):
            if name in delta:
                lists.setdefault(name, []).extend(delta[name])
    for call in lists.get("tool_calls", ()):
        del call["index"]
    if "reasoning_details" in lists:
        lists["reasoning_details"] = _joined(lists["reasoning_details"])
    content = "".join(words)
    message = {
        "role": "assistant",
        "content": content if content or "tool_calls" not in lists else None,
        "refusal": None,
        "reasoning": "".join(thoughts) or None,
        **lists,
    }
    native = as_text(candidate.get("finishReason")) or "STOP"
    return chunks.choice(message, native, index=at, reason=reader.reason(native))


def _joined(details: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Thoughts come in several parts; they are one."""
    told: list[dict[str, Any]] = []
    for detail in details:
        if told and "text" in detail and "text" in told[-1]:
            told[-1]["text"] += detail["text"]
        else:
            told.append(detail)
    return told


def usage_of(response: dict[str, Any]) -> Usage | None:
    """Return the tokens; thoughts count as part of the completion."""
    told = as_dict(response.get("usageMetadata"))
    if not told:
        return None
    prompt = as_count(told.get("promptTokenCount")) + as_count(told.get("toolUsePromptTokenCount"))
    reasoning = as_count(told.get("thoughtsTokenCount"))
    completion = as_count(told.get("candidatesTokenCount")) + reasoning
    asked, given = _by_kind(told, "promptTokensDetails"), _by_kind(told, "candidatesTokensDetails")
    return Usage(
        prompt_tokens=prompt,
        completion_tokens=completion,
        total_tokens=prompt + completion,
        cached_tokens=min(as_count(told.get("cachedContentTokenCount")), prompt),
        audio_input_tokens=asked.get("AUDIO", 0),
        video_tokens=asked.get("VIDEO", 0),
        reasoning_tokens=reasoning,
        audio_output_tokens=given.get("AUDIO", 0),
        image_tokens=given.get("IMAGE", 0),
    )


def _by_kind(told: dict[str, Any], name: str) -> dict[str, int]:
    return {
        as_text(item.get("modality")): as_count(item.get("tokenCount"))
        for item in as_dicts(told.get(name))
    }


def _sources(grounding: dict[str, Any]) -> list[dict[str, Any]]:
    notes = []
    for item in as_dicts(grounding.get("groundingChunks")):
        web = as_dict(item.get("web"))
        if url := as_text(web.get("uri")):
            notes.append(chunks.citation(url, as_text(web.get("title"))))
    return notes
