"""Embeddings of Gemini and of Vertex, in OpenAI's shape."""

from collections.abc import Mapping
from typing import Any

from sightline.domain.generation import Usage
from sightline.wire.loose import as_count, as_dict, as_dicts, as_list
from sightline.wire.openai.requests import wrong


def to_gemini(body: Mapping[str, Any], model: str) -> dict[str, Any]:
    """Return the body of `batchEmbedContents`."""
    told: list[dict[str, Any]] = []
    for text in _texts(body):
        item: dict[str, Any] = {
            "model": f"models/{model}",
            "content": {"parts": [{"text": text}]},
        }
        if body.get("dimensions"):
            item["outputDimensionality"] = body["dimensions"]
        told.append(item)
    return {"requests": told}


def to_vertex(body: Mapping[str, Any]) -> dict[str, Any]:
    """Return the body of `predict`."""
    sent: dict[str, Any] = {"instances": [{"content": text} for text in _texts(body)]}
    if body.get("dimensions"):
        sent["parameters"] = {"outputDimensionality": body["dimensions"]}
    return sent


def from_google(value: Any) -> tuple[dict[str, Any], Usage | None]:
    """Return the list and its usage. Raises `ValueError` when there are no vectors."""
    answer = as_dict(value)
    items = as_dicts(answer.get("embeddings"))
    counted = 0
    if not items:
        items = [as_dict(item.get("embeddings")) for item in as_dicts(answer.get("predictions"))]
        counts = [as_dict(item.get("statistics")).get("token_count") for item in items]
        counted = sum(as_count(count) for count in counts)
    if not items:
        raise ValueError("no embeddings")
    data = [
        {"object": "embedding", "index": at, "embedding": as_list(item.get("values"))}
        for at, item in enumerate(items)
    ]
    counted = counted or as_count(as_dict(answer.get("usageMetadata")).get("promptTokenCount"))
    usage = Usage(prompt_tokens=counted, total_tokens=counted) if counted else None
    return {"object": "list", "model": "", "data": data}, usage


def _texts(body: Mapping[str, Any]) -> list[str]:
    given = body.get("input")
    texts: list[str] = []
    for at, text in enumerate(given if isinstance(given, list) else [given]):
        if not isinstance(text, str):
            place = f"input[{at}]" if isinstance(given, list) else "input"
            raise wrong(place, "must be a text for this model")
        texts.append(text)
    return texts
