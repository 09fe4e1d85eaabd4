"""Turns a filter tree into SQL: what each operator means for each kind of field.

| kind | meaning |
|---|---|
| string | all comparisons without case, `<` and `>` too; `in` takes a comma-separated list |
| payload | JSON text as a string; the value also matches in its JSON-escaped forms |
| exact, id, enum | with case; an id is compared as a UUID in any notation |
| number | numeric; a missing value matches nothing but `is_empty`, so never `!=` |
| time | ISO 8601 as well as one can guess, or Unix seconds, ms or µs; a missing one as for number |
| list | `=` some element is the value, `contains` some element contains it, `not_…` no element |
| dictionary | the value at a JSON path; `<` and `>` compare numbers, other text matches nothing |
| score | the score named by `key` (without case), to nine places; `is_empty` is no such score |
| error | only whether there is one |
| text | free text: some text of the row contains the value, without case |

And, Or and Not join conditions. What the user typed is bound, never pasted.
"""

from collections.abc import Callable, Iterator

import msgspec

from sightline.core.errors import InvalidRequestError
from sightline.domain.filter import And, Condition, EntityType, Filter, Not, Operator
from sightline.domain.literals import number_of, split_values, time_us_of, uuid_of
from sightline.stores.analytics import json_path
from sightline.stores.analytics.columns import column
from sightline.stores.analytics.fields import FIELDS, OPERATORS, FieldTable, Kind
from sightline.stores.analytics.sql import Binder
from sightline.stores.analytics.text_match import (
    NEGATED,
    match_payload,
    match_text,
)

SEARCHED = ("id", "name", "input", "output", "metadata", "tags")
"""The columns that free text is looked for in."""

_PAYLOADS = ("input", "output", "metadata")
_NIL = "toFixedString('', 16)"


class _Target(msgspec.Struct, frozen=True):
    """What a condition compares: a logical column, or a path (`key`) into one."""

    kind: Kind
    column: str
    key: str
    required: bool
    of_span: str = ""

    @property
    def columns(self) -> tuple[str, ...]:
        """Return the columns that are read."""
        if self.of_span:
            return ("id",)
        return SEARCHED if self.kind == "text" else (self.column,)


SomeSpan = Callable[[str], str]
"""Returns the condition that some span of a trace meets the one given."""


def compile_filter(
    entity: EntityType,
    tree: Filter,
    binder: Binder,
    table: FieldTable | None = None,
    some_span: SomeSpan = str,
) -> str:
    """Return a boolean SQL expression over the logical columns of `filter_columns`.

    `some_span` is needed where traces are filtered by what their spans say. Raises
    `InvalidRequestError` naming the filter's place and field, and what would be possible.
    """
    return _Compiler(_table(entity, table), binder, some_span).compile(tree, "filters")


def check_filter(entity: EntityType, tree: Filter, table: FieldTable | None = None) -> None:
    """Raise what `compile_filter` would raise."""
    compile_filter(entity, tree, Binder(), table)


def filter_columns(entity: EntityType, tree: Filter, table: FieldTable | None = None) -> list[str]:
    """Return the logical columns that a filter reads, each once."""
    found: dict[str, None] = {}
    fields = _table(entity, table)

    def walk(node: Filter, where: str) -> None:
        if isinstance(node, Condition):
            found.update(dict.fromkeys(_resolve(node, fields, where).columns))
        elif isinstance(node, Not):
            walk(node.child, where)
        else:
            for i, child in enumerate(node.children):
                walk(child, f"{where}[{i}]")

    walk(tree, "filters")
    return list(found)


def kind_of(entity: EntityType, node: Condition) -> Kind:
    """Return what kind of field a condition is about. Raises `InvalidRequestError` for none."""
    return _resolve(node, _table(entity, None), "filters").kind


def conditions(tree: Filter) -> Iterator[Condition]:
    """Yield the conditions of a filter."""
    if isinstance(tree, Condition):
        yield tree
        return
    for child in (tree.child,) if isinstance(tree, Not) else tree.children:
        yield from conditions(child)


def compile_search(text: str, binder: Binder) -> str:
    """Return the condition of the quick search over id, name, payloads and tags."""
    return _anywhere("contains", clean(text.strip()), binder)


def _anywhere(operator: Operator, value: str, binder: Binder) -> str:
    parts = [match_text(column("name"), operator, value, binder)]
    parts += [match_payload(column(n), operator, value, binder) for n in _PAYLOADS]
    element = match_text("t", operator, value, binder)
    parts.append(f"arrayExists(t -> {element}, {column('tags')})")
    if operator == "contains" and set(value.lower()) <= set("0123456789abcdef-"):
        parts.append(f"position({_id_text(column('id'))}, {binder.add(value.lower())}) > 0")
    return f"({' OR '.join(f'({p})' for p in parts)})"


class _Compiler(msgspec.Struct, frozen=True):
    fields: FieldTable
    binder: Binder
    some_span: SomeSpan

    def compile(self, node: Filter, where: str) -> str:
        if isinstance(node, Condition):
            return self._condition(node, where)
        if isinstance(node, Not):
            return f"NOT ({self.compile(node.child, where)})"
        joint, neutral = (" AND ", "1") if isinstance(node, And) else (" OR ", "0")
        parts = [self.compile(c, f"{where}[{i}]") for i, c in enumerate(node.children)]
        return f"({joint.join(f'({p})' for p in parts)})" if parts else neutral

    def _condition(self, node: Condition, where: str) -> str:
        binder = self.binder
        target = _resolve(node, self.fields, where)
        if node.operator not in OPERATORS[target.kind]:
            raise InvalidRequestError(
                f"{where}: operator `{node.operator}` is not possible for field `{node.field}`",
                hint=f"Possible here: {', '.join(OPERATORS[target.kind])}",
            )
        sql = column(target.column)
        value = clean(node.value)
        match target.kind:
            case "string":
                return match_text(sql, node.operator, value, binder)
            case "enum" | "exact":
                return match_text(sql, node.operator, value, binder, exact=True)
            case "payload":
                return match_payload(sql, node.operator, value, binder)
            case "id":
                return _id(sql, node, binder)
            case "number" | "score" | "time":
                condition = _ordered(sql, node, target, binder, where)
                # Inside `ifNull` a condition cannot use an index, so it stays away where it can.
                return condition if target.required else f"ifNull({condition}, 0)"
            case "list" if target.of_span:
                return self._of_span(target.of_span, node.operator, value)
            case "list":
                return _list(sql, node, value, binder)
            case "dictionary":
                return _dictionary(sql, node, target.key, value, binder)
            case "text":
                found = _anywhere(NEGATED.get(node.operator, node.operator), value, binder)
                return f"NOT {found}" if node.operator in NEGATED else found
            case "error":
                return f"{sql} {'=' if node.operator == 'is_empty' else '!='} ''"

    def _of_span(self, sql: str, operator: Operator, value: str) -> str:
        """Say of a trace what `_list` says of the list of its spans' values that are not empty."""
        positive = NEGATED.get(operator, operator)
        is_negated = positive != operator
        condition = f"{sql} != ''"
        if positive == "is_empty":
            is_negated = not is_negated
        else:
            condition += f" AND ({match_text(sql, positive, value, self.binder)})"
        found = self.some_span(condition)
        return f"NOT ({found})" if is_negated else found


def _resolve(node: Condition, fields: FieldTable, where: str) -> _Target:
    """Find what a condition compares.

    `metadata` with key `a.b`, `metadata.a.b`, and `custom` with key `metadata.a.b` are the same.
    """
    name, key = node.field, node.key
    if name == "custom":
        name, _, key = key.partition(".")
    field = fields.get(name)
    if field is None:
        head, _, rest = name.partition(".")
        field = fields.get(head)
        if field is None or not field.keyed or not rest:
            raise InvalidRequestError(
                f"{where}: unknown field `{node.field}`",
                hint=f"Possible: {', '.join(sorted(fields))}",
            )
        name, key = head, rest
    base = field.column or name
    if not field.keyed:
        return _Target(field.kind, base, "", field.required, field.of_span)
    if field.kind in {"payload", "dictionary"}:
        return _Target("dictionary" if key else "payload", base, key, True)
    if not key:
        raise InvalidRequestError(
            f"{where}: field `{node.field}` needs a key",
            hint=f"Give `key`, or write `{node.field}.<name>`",
        )
    return _Target(field.kind, f"{base}.{key}", key, field.required)


def _id(sql: str, node: Condition, binder: Binder) -> str:
    """Equality goes by the 16 bytes, which is what the indexes know; the rest by the text."""
    positive = NEGATED.get(node.operator, node.operator)
    value = clean(node.value)
    if positive in {"=", "in"}:
        values = [value] if positive == "=" else split_values(value)
        found = [raw.hex() for v in values if (raw := uuid_of(v)) is not None]
        literals = ", ".join(f"unhex('{h}')" for h in found)
        condition = f"{sql} IN ({literals})" if found else "0"
    elif positive == "is_empty":
        condition = f"{sql} = {_NIL}"
    else:
        condition = match_text(_id_text(sql), positive, value.lower(), binder, exact=True)
    return condition if positive == node.operator else f"NOT ({condition})"


def _id_text(sql: str) -> str:
    return f"if({sql} = {_NIL}, '', UUIDNumToString({sql}))"


def _ordered(sql: str, node: Condition, target: _Target, binder: Binder, where: str) -> str:
    if node.operator == "is_empty":
        return f"isNull({sql})"
    if node.operator == "is_not_empty":
        return f"isNotNull({sql})"
    if target.kind == "time":
        at_us = time_us_of(node.value)
        if at_us is None:
            raise _wrong_value(node, where, "a time, such as 2026-01-31T12:00:00Z")
        moment = f"fromUnixTimestamp64Micro({binder.add(at_us, 'Int64')}, 'UTC')"
        return f"{sql} {node.operator} {moment}"
    number = number_of(node.value)
    if number is None:
        raise _wrong_value(node, where, "a number")
    bound = binder.add(number, "Float64")
    places = 9 if target.kind == "score" else 12
    # Sums and averages of decimals are compared as people see them.
    return f"round(toFloat64({sql}), {places}) {node.operator} round({bound}, {places})"


def _list(sql: str, node: Condition, value: str, binder: Binder) -> str:
    positive = NEGATED.get(node.operator, node.operator)
    if positive == "is_empty":
        condition = f"empty({sql})"
    else:
        condition = f"arrayExists(t -> {match_text('t', positive, value, binder)}, {sql})"
    return condition if positive == node.operator else f"NOT ({condition})"


def _dictionary(sql: str, node: Condition, key: str, value: str, binder: Binder) -> str:
    raw, many = json_path.raw_value(sql, key, binder)
    positive = NEGATED.get(node.operator, node.operator)
    condition = _json_value("r" if many else raw, positive, value, binder)
    if many:
        condition = f"arrayExists(r -> {condition}, {raw})"
        if positive == "is_empty":
            condition = f"NOT arrayExists(r -> r NOT IN ('', 'null', '\"\"'), {raw})"
    return condition if positive == node.operator else f"NOT ({condition})"


def _json_value(raw: str, operator: Operator, value: str, binder: Binder) -> str:
    """Compare the JSON text `raw` with what the user typed; `operator` is not a negated one."""
    text = json_path.as_text(raw)
    number = number_of(value)
    if operator == "is_empty":
        return f"{raw} IN ('', 'null', '\"\"')"
    if operator in {">", ">=", "<", "<="}:
        if number is None:
            return "0"
        return f"ifNull(toFloat64OrNull({text}) {operator} {binder.add(number, 'Float64')}, 0)"
    if operator == "=":
        same = match_text(text, "=", value, binder)
        if number is None:
            return same
        # 2.50 was sent, 2.5 is typed: equal numbers are equal, but a string stays a string.
        bound = binder.add(number, "Float64")
        return f"({same} OR ifNull(toFloat64OrNull({raw}) = {bound}, 0))"
    return match_text(text, operator, value, binder)


def _wrong_value(node: Condition, where: str, what: str) -> InvalidRequestError:
    shown = node.value if len(node.value) <= 60 else node.value[:60] + "…"
    return InvalidRequestError(f"{where}: field `{node.field}` needs {what}, not `{shown}`")


def clean(value: str) -> str:
    """Lone surrogates cannot be written as UTF-8 and match nothing anyway."""
    return value.encode("utf-8", "replace").decode()


def _table(entity: EntityType, table: FieldTable | None) -> FieldTable:
    if table is not None:
        return table
    if entity == "thread":
        raise ValueError("filters on threads need their table of fields")
    return FIELDS[entity]
