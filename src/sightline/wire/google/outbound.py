"""A chat request as Gemini's generateContent takes it."""

import re
from collections.abc import Mapping
from typing import Any

from sightline.wire.google.schema import cleaned
from sightline.wire.loose import as_count, as_dict, as_dicts, as_text, decoded, object_of
from sightline.wire.media import of_part
from sightline.wire.openai.requests import wrong
from sightline.wire.openai.texts import text_of
from sightline.wire.openai.thinking import budget_of, effort_of, limit_of

FORMAT = "google-gemini-v1"
_LEVELS = re.compile(r"gemini-(?:[3-9]|\d\d)")
_EFFORT_LEVELS = {"minimal": "low", "low": "low", "medium": "medium"}
# What a budget is a share of when the caller sets no limit.
_USUAL_LIMIT = 16_384
# Gemini's documented word for a call whose signature is not known, as of another model.
_NO_SIGNATURE = "skip_thought_signature_validator"
_SAMPLING = {
    "temperature": "temperature",
    "top_p": "topP",
    "top_k": "topK",
    "seed": "seed",
    "n": "candidateCount",
    "presence_penalty": "presencePenalty",
    "frequency_penalty": "frequencyPenalty",
    "logprobs": "responseLogprobs",
    "top_logprobs": "logprobs",
}
_MODES = {"auto": "AUTO", "none": "NONE", "required": "ANY"}


def to_gemini(body: Mapping[str, Any], model: str) -> dict[str, Any]:
    """Return the body to send. Raises `InvalidRequestError` naming what cannot be said."""
    system, contents = _turns(as_dicts(body.get("messages")), model)
    sent: dict[str, Any] = {"contents": contents}
    if system:
        sent["systemInstruction"] = {"parts": system}
    if config := _config(body, model):
        sent["generationConfig"] = config
    _tools(sent, body)
    for name, theirs in (("safety_settings", "safetySettings"), ("labels", "labels")):
        if body.get(name):
            sent[theirs] = body[name]
    return sent


def _config(body: Mapping[str, Any], model: str) -> dict[str, Any]:
    config: dict[str, Any] = {
        theirs: body[name] for name, theirs in _SAMPLING.items() if body.get(name) is not None
    }
    if config.get("candidateCount") == 1:
        del config["candidateCount"]
    if limit := limit_of(body):
        config["maxOutputTokens"] = limit
    stop = body.get("stop")
    if stop:
        config["stopSequences"] = [stop] if isinstance(stop, str) else stop
    form = as_dict(body.get("response_format"))
    if form.get("type") in ("json_object", "json_schema"):
        config["responseMimeType"] = "application/json"
        if schema := as_dict(form.get("json_schema")).get("schema"):
            config["responseSchema"] = cleaned(schema)
    modalities = [word.upper() for word in body.get("modalities") or () if isinstance(word, str)]
    if modalities and modalities != ["TEXT"]:
        config["responseModalities"] = modalities
    if image := as_dict(body.get("image_config")):
        names = {"aspect_ratio": "aspectRatio", "image_size": "imageSize"}
        config["imageConfig"] = {names.get(name, name): value for name, value in image.items()}
    if thinking := _thinking(body, model, limit):
        config["thinkingConfig"] = thinking
    return config


def _thinking(body: Mapping[str, Any], model: str, limit: int) -> dict[str, Any] | None:
    effort = effort_of(body)
    if effort is None:
        return None
    told = as_count(as_dict(body.get("reasoning")).get("max_tokens"))
    if effort == "none":
        # The newest cannot be told not to think at all.
        return {"thinkingLevel": "low"} if _LEVELS.search(model) else {"thinkingBudget": 0}
    shows = as_dict(body.get("reasoning")).get("exclude") is not True
    if _LEVELS.search(model) and not told:
        return {"includeThoughts": shows, "thinkingLevel": _EFFORT_LEVELS.get(effort, "high")}
    budget = told or budget_of(body, limit or _USUAL_LIMIT)
    return {"includeThoughts": shows, "thinkingBudget": budget}


def _turns(
    messages: list[dict[str, Any]], model: str
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    system: list[dict[str, Any]] = []
    turns: list[dict[str, Any]] = []
    names: dict[str, str] = {}
    for at, message in enumerate(messages):
        role = message.get("role")
        place = f"messages[{at}]"
        if role in ("system", "developer"):
            text = text_of(message.get("content"))
            system += [{"text": text}] if text else []
            continue
        if role == "assistant":
            side, parts = "model", _assistant(message, place, model, names)
        elif role in ("tool", "function"):
            side, parts = "user", [_result(message, names)]
        else:
            side, parts = "user", _parts(message.get("content"), place)
        if not parts:
            continue
        if turns and turns[-1]["role"] == side:
            turns[-1]["parts"] += parts
        else:
            turns.append({"role": side, "parts": parts})
    return system, turns


def _parts(content: Any, place: str) -> list[dict[str, Any]]:
    if isinstance(content, str):
        return [{"text": content}] if content else []
    return [_part(part, f"{place}.content[{at}]") for at, part in enumerate(as_dicts(content))]


def _part(part: dict[str, Any], place: str) -> dict[str, Any]:
    kind = part.get("type")
    if kind == "text":
        return {"text": as_text(part.get("text"))}
    if kind == "refusal":
        return {"text": as_text(part.get("refusal"))}
    medium = of_part(part)
    if medium is None:
        raise wrong(f"{place}.type", f"`{kind}` is nothing that this model reads")
    if medium.data:
        return {"inlineData": {"mimeType": medium.mime, "data": medium.data}}
    held = {"fileUri": medium.url}
    # YouTube's are taken without a type.
    if mime := medium.mime or ("image/jpeg" if kind == "image_url" else ""):
        held["mimeType"] = mime
    return {"fileData": held}


def _assistant(
    message: dict[str, Any], place: str, model: str, names: dict[str, str]
) -> list[dict[str, Any]]:
    parts = _parts(message.get("content"), place)
    signatures = {
        as_text(detail.get("id")): detail.get("data")
        for detail in as_dicts(message.get("reasoning_details"))
        if detail.get("format") == FORMAT and detail.get("type") == "reasoning.encrypted"
    }
    if parts and (signature := signatures.get("")):
        parts[-1]["thoughtSignature"] = signature
    for at, call in enumerate(as_dicts(message.get("tool_calls"))):
        function = as_dict(call.get("function"))
        held = object_of(function.get("arguments") or "")
        if held is None:
            field = f"{place}.tool_calls[{at}].function.arguments"
            raise wrong(field, "must be the JSON text of an object")
        id, name = as_text(call.get("id")), as_text(function.get("name"))
        names[id] = name
        part: dict[str, Any] = {"functionCall": {"name": name, "args": held}}
        extra = as_dict(as_dict(call.get("extra_content")).get("google"))
        signature = signatures.get(id) or extra.get("thought_signature")
        # Only the first of several calls carries one.
        if signature or (at == 0 and _LEVELS.search(model)):
            part["thoughtSignature"] = signature or _NO_SIGNATURE
        parts.append(part)
    return parts


def _result(message: dict[str, Any], names: dict[str, str]) -> dict[str, Any]:
    text = text_of(message.get("content"))
    try:
        held = decoded(text)
    except ValueError:
        held = None
    name = as_text(message.get("name")) or names.get(as_text(message.get("tool_call_id")), "")
    response = held if isinstance(held, dict) else {"result": text}
    return {"functionResponse": {"name": name, "response": response}}


def _tools(sent: dict[str, Any], body: Mapping[str, Any]) -> None:
    declarations: list[dict[str, Any]] = []
    tools: list[dict[str, Any]] = []
    for tool in as_dicts(body.get("tools")):
        if tool.get("type") != "function":
            # One of Gemini's own: `{"googleSearch": {}}`.
            tools.append({name: value for name, value in tool.items() if name != "type"})
            continue
        function = as_dict(tool.get("function"))
        told: dict[str, Any] = {"name": as_text(function.get("name"))}
        if function.get("description"):
            told["description"] = function["description"]
        schema = cleaned(function.get("parameters"))
        # An object without fields is refused; a function may do without.
        if schema.get("properties"):
            told["parameters"] = schema
        declarations.append(told)
    if declarations:
        tools.append({"functionDeclarations": declarations})
    if not tools:
        return
    sent["tools"] = tools
    choice = body.get("tool_choice")
    config: dict[str, Any] | None = None
    if isinstance(choice, str) and choice in _MODES:
        config = {"mode": _MODES[choice]}
    elif isinstance(choice, dict):
        name = as_text(as_dict(choice.get("function")).get("name"))
        config = {"mode": "ANY", "allowedFunctionNames": [name]}
    if config and declarations:
        sent["toolConfig"] = {"functionCallingConfig": config}
