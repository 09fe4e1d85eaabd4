"""JSON Schemas as Gemini takes them: a part of OpenAPI, without references."""

from typing import Any

from sightline.wire.loose import as_dict, as_list

_KEPT = frozenset(
    "type format title description nullable enum maxItems minItems properties required"
    " minProperties maxProperties minLength maxLength pattern example anyOf propertyOrdering"
    " default items minimum maximum".split()
)
_FORMATS = frozenset({"enum", "date-time", "float", "double", "int32", "int64"})
# Deeper than any schema a person writes; one that refers to itself ends here.
_MAX_DEPTH = 24


def cleaned(schema: Any) -> dict[str, Any]:
    """Return the schema with its references put in place and what Gemini refuses left out."""
    root = as_dict(schema)
    return _clean(root, root, 0)


def _clean(schema: dict[str, Any], root: dict[str, Any], depth: int) -> dict[str, Any]:
    if depth > _MAX_DEPTH:
        return {"type": "object"}
    schema = _merged(_resolved(schema, root, 0), root)
    told: dict[str, Any] = {name: value for name, value in schema.items() if name in _KEPT}
    if "const" in schema:
        told["enum"] = [schema["const"]]
    _settle_type(told)
    variants = [
        as_dict(item) for item in as_list(schema.get("anyOf")) or as_list(schema.get("oneOf"))
    ]
    told.pop("anyOf", None)
    real = [variant for variant in variants if variant.get("type") != "null"]
    if variants and len(real) < len(variants):
        told["nullable"] = True
    if len(real) == 1:
        told = {**_clean(real[0], root, depth + 1), **told}
    elif real:
        told["anyOf"] = [_clean(variant, root, depth + 1) for variant in real]
    if isinstance(properties := told.get("properties"), dict):
        told["properties"] = {
            name: _clean(as_dict(value), root, depth + 1) for name, value in properties.items()
        }
        required = as_list(told.get("required"))
        told["required"] = [name for name in required if name in properties]
        if not told["required"]:
            del told["required"]
    if "items" in told:
        told["items"] = _clean(as_dict(told["items"]), root, depth + 1)
    elif told.get("type") == "array":
        told["items"] = {"type": "string"}
    return told


def _settle_type(told: dict[str, Any]) -> None:
    kind = told.get("type")
    if isinstance(kind, list):
        real = [name for name in kind if name != "null"]
        if len(real) < len(kind):
            told["nullable"] = True
        told["type"] = kind = real[0] if real else "string"
    if "enum" in told:
        # An enum is of texts only; other values are as good without it.
        values = [value for value in as_list(told["enum"]) if isinstance(value, str)]
        told.pop("enum")
        if values and kind in (None, "string"):
            told["type"], told["enum"] = "string", values
    if told.get("format") not in _FORMATS:
        told.pop("format", None)


def _resolved(schema: dict[str, Any], root: dict[str, Any], hops: int) -> dict[str, Any]:
    """Follow `$ref` within the document."""
    reference = schema.get("$ref")
    if not isinstance(reference, str) or hops > _MAX_DEPTH:
        return schema
    held: Any = root
    for step in reference.removeprefix("#").strip("/").split("/"):
        if step:
            held = as_dict(held).get(step.replace("~1", "/").replace("~0", "~"))
    rest = {name: value for name, value in schema.items() if name != "$ref"}
    return {**_resolved(as_dict(held), root, hops + 1), **rest}


def _merged(schema: dict[str, Any], root: dict[str, Any]) -> dict[str, Any]:
    """Lay the parts of `allOf` over each other."""
    parts = as_list(schema.get("allOf"))
    if not parts:
        return schema
    told: dict[str, Any] = {}
    for part in (*map(as_dict, parts), {k: v for k, v in schema.items() if k != "allOf"}):
        part = _resolved(part, root, 0)
        properties = {**as_dict(told.get("properties")), **as_dict(part.get("properties"))}
        required = [*as_list(told.get("required")), *as_list(part.get("required"))]
        told = {**told, **part}
        if properties:
            told["properties"] = properties
        if required:
            told["required"] = required
    return told
