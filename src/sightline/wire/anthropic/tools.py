"""Tools and structured answers of a chat request, in Anthropic's words."""

import re
from collections.abc import Mapping
from typing import Any

from sightline.wire.loose import as_dict, as_dicts, as_text

# A model that has no structured output answers by calling this, and its input is the answer.
JSON_TOOL = "json_answer"
_OLDER = re.compile(r"claude-(?:[123]|instant|(?:opus|sonnet)-4(?:-0|-20\d{6}|@|$))")
_EMPTY_SCHEMA = {"type": "object", "properties": {}}


def is_older(model: str) -> bool:
    """Whether it is from before Opus 4.1 and Sonnet 4.5, which brought structured output."""
    return _OLDER.search(model) is not None


def offer(sent: dict[str, Any], body: Mapping[str, Any], model: str, *, thinks: bool) -> None:
    """Set `tools` and the form of the answer."""
    tools = [_tool(tool) for tool in as_dicts(body.get("tools"))]
    form = as_dict(body.get("response_format"))
    schema = as_dict(as_dict(form.get("json_schema")).get("schema"))
    kind = form.get("type")
    if kind == "json_schema" and schema and not is_older(model):
        told = {"type": "json_schema", "schema": closed(schema)}
        sent["output_config"] = {**as_dict(sent.get("output_config")), "format": told}
    elif kind in ("json_schema", "json_object"):
        name = as_text(as_dict(form.get("json_schema")).get("name"))
        about = as_text(as_dict(form.get("json_schema")).get("description"))
        tools.append(
            {
                "name": JSON_TOOL,
                "description": about or f"Give the answer as JSON {name}".strip(),
                "input_schema": {"type": "object", **schema},
            }
        )
        if len(tools) == 1 and not thinks:
            sent["tool_choice"] = {"type": "tool", "name": JSON_TOOL}
    if tools:
        sent["tools"] = tools


def choose(sent: dict[str, Any], body: Mapping[str, Any], *, thinks: bool) -> None:
    """Set which tools may or must be called. Whoever thinks cannot be forced to one."""
    if "tools" not in sent:
        return
    asked = body.get("tool_choice")
    choice: dict[str, Any] | None = None
    if asked == "none":
        choice = {"type": "none"}
    elif asked == "required":
        choice = {"type": "any"}
    elif asked == "auto":
        choice = {"type": "auto"}
    elif isinstance(asked, dict):
        name = as_dict(asked.get("function")).get("name") or asked.get("name")
        choice = {"type": "tool", "name": as_text(name)} if name else dict(asked)
    if choice and thinks and choice["type"] in ("any", "tool"):
        choice = {"type": "auto"}
    if body.get("parallel_tool_calls") is False:
        choice = choice or dict(sent.get("tool_choice") or {"type": "auto"})
        if choice["type"] != "none":
            choice["disable_parallel_tool_use"] = True
    if choice and "tool_choice" not in sent:
        sent["tool_choice"] = choice


def _tool(tool: dict[str, Any]) -> dict[str, Any]:
    """Return a tool; one that is not of type `function` is Anthropic's own, and goes as it is."""
    if tool.get("type") != "function" or not isinstance(tool.get("function"), dict):
        return tool
    function = tool["function"]
    schema = as_dict(function.get("parameters"))
    told: dict[str, Any] = {
        "name": as_text(function.get("name")),
        "input_schema": {"type": "object", **schema} if schema else _EMPTY_SCHEMA,
    }
    if function.get("description"):
        told["description"] = function["description"]
    mark = tool.get("cache_control") or function.get("cache_control")
    if mark:
        told["cache_control"] = mark
    return told


def closed(schema: Any) -> Any:
    """Return the schema with objects that allow no further fields, as structured output asks."""
    if isinstance(schema, list):
        return [closed(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    told = {name: closed(value) for name, value in schema.items()}
    if told.get("type") == "object":
        told["additionalProperties"] = False
    return told
