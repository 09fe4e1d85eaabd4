"""JSON Schema of the bodies that handlers read.

The library's own generator fails on types whose default is raw JSON, of which we have many.
"""

from collections.abc import Iterable
from typing import Any

import msgspec
from msgspec import inspect as kinds

_REF = "#/components/schemas/"
_BOUNDS = {
    "ge": "minimum",
    "gt": "exclusiveMinimum",
    "le": "maximum",
    "lt": "exclusiveMaximum",
    "multiple_of": "multipleOf",
}
_TEXT = {"min_length": "minLength", "max_length": "maxLength", "pattern": "pattern"}
_ITEMS = {"min_length": "minItems", "max_length": "maxItems"}
_PLAIN: dict[type, dict[str, Any]] = {
    kinds.BoolType: {"type": "boolean"},
    kinds.NoneType: {"type": "null"},
    kinds.DateTimeType: {"type": "string", "format": "date-time"},
    kinds.DateType: {"type": "string", "format": "date"},
    kinds.UUIDType: {"type": "string", "format": "uuid"},
    kinds.BytesType: {"type": "string", "format": "byte"},
    kinds.DecimalType: {"type": "number"},
}


def schemas_of(types: Iterable[Any]) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """Return a schema for each type, and the components that they refer to."""
    drawing = _Drawing()
    return [drawing.of(kinds.type_info(type_)) for type_ in types], drawing.components


class _Drawing:
    def __init__(self) -> None:
        self.components: dict[str, Any] = {}
        self._names: dict[type, str] = {}

    def of(self, kind: kinds.Type) -> dict[str, Any]:
        if isinstance(kind, kinds.Metadata):
            return {**self.of(kind.type), **(kind.extra_json_schema or {})}
        if isinstance(kind, kinds.StructType):
            return self._struct(kind)
        if isinstance(kind, kinds.UnionType):
            return {"anyOf": [self.of(t) for t in kind.types if not _is_unset(t)]}
        if isinstance(kind, kinds.LiteralType):
            return {"enum": list(kind.values)}
        if isinstance(kind, kinds.EnumType):
            return {"enum": [member.value for member in kind.cls]}
        if isinstance(kind, kinds.IntType | kinds.FloatType):
            name = "integer" if isinstance(kind, kinds.IntType) else "number"
            return {"type": name, **_said(kind, _BOUNDS)}
        if isinstance(kind, kinds.StrType):
            return {"type": "string", **_said(kind, _TEXT)}
        if isinstance(kind, kinds.DictType):
            return {"type": "object", "additionalProperties": self.of(kind.value_type)}
        if isinstance(kind, kinds.TupleType):
            return {"type": "array", "prefixItems": [self.of(t) for t in kind.item_types]}
        if isinstance(kind, kinds.CollectionType):
            return {"type": "array", "items": self.of(kind.item_type), **_said(kind, _ITEMS)}
        return dict(_PLAIN.get(type(kind), {}))

    def _struct(self, kind: kinds.StructType) -> dict[str, Any]:
        name = self._names.get(kind.cls)
        if name is None:
            name = kind.cls.__name__
            if name in self.components:
                name = f"{kind.cls.__module__.rpartition('.')[2]}_{name}"
            self._names[kind.cls] = name
            # There before its fields, which may refer to it.
            found: dict[str, Any] = {"type": "object", "properties": {}}
            self.components[name] = found
            for field in kind.fields:
                found["properties"][field.encode_name] = self.of(field.type)
            if required := [f.encode_name for f in kind.fields if f.required]:
                found["required"] = required
            if kind.forbid_unknown_fields:
                found["additionalProperties"] = False
        return {"$ref": _REF + name}


def _said(kind: msgspec.Struct, names: dict[str, str]) -> dict[str, Any]:
    return {
        word: value
        for name, word in names.items()
        if (value := getattr(kind, name, None)) is not None
    }


def _is_unset(kind: kinds.Type) -> bool:
    return isinstance(kind, kinds.CustomType) and kind.cls is msgspec.UnsetType
