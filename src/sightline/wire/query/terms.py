"""One term of a query, `field operator value` or free text: what it means by kind of field."""

import uuid

import msgspec

from sightline.core import codec
from sightline.core.errors import QueryError
from sightline.domain.filter import (
    And,
    Condition,
    EntityType,
    Filter,
    Not,
    Operator,
    Or,
    pattern_of,
)
from sightline.wire.query import fields
from sightline.wire.query.fields import OPERATORS, ORDERED, TEXT, Kind, QueryField
from sightline.wire.query.lexer import Head, Text
from sightline.wire.query.values import EXPECTED, next_day, read_value

_COMPARISONS: dict[str, Operator] = {">": ">", ">=": ">=", "<": "<", "<=": "<="}
_QUOTE = "Put quotes around it to look for the text as it stands."
_SHOWN = 60


class Operand(msgspec.Struct, frozen=True):
    """What follows an operator: one value, or a list of them in parentheses."""

    values: tuple[Text, ...]
    start: int
    end: int
    is_list: bool = False


class Term(msgspec.Struct, frozen=True, kw_only=True):
    """A term that was read; `size` is the number of conditions it takes."""

    tree: Filter
    field: str
    key: str = ""
    operator: str
    values: list[str]
    size: int = 1
    negated: bool = False


class _Named(msgspec.Struct, frozen=True):
    """The field of a term with its key and the operator as typed."""

    field: QueryField
    key: str
    kind: Kind
    head: Head

    @property
    def shown(self) -> str:
        name = self.head.name
        return f"{name}.{self.head.key}" if self.head.key else name

    def condition(self, operator: Operator, value: str = "") -> Condition:
        return Condition(field=self.field.target, key=self.key, operator=operator, value=value)

    def term(self, tree: Filter, operator: str, values: list[str], size: int = 1) -> Term:
        return Term(
            tree=tree,
            field=self.field.target,
            key=self.key,
            operator=operator,
            values=values,
            size=size,
        )


def free_text(word: Text) -> Term:
    """Return the term of a word by itself; stars at its ends say nothing that it does not."""
    parts = list(word.parts)
    while parts and parts[0] is None:
        parts.pop(0)
    while parts and parts[-1] is None:
        parts.pop()
    if not any(parts):
        raise QueryError("There is no text to look for", at=word.start, end=word.end)
    if len(parts) == 1:
        operator: Operator = "contains"
        value = str(parts[0])
    else:
        operator, value = "like", pattern_of((None, *parts, None))
    tree = Condition(field=TEXT.name, operator=operator, value=value)
    return Term(tree=tree, field=TEXT.name, operator=operator, values=[word.literal])


def field_of(entity: EntityType, head: Head, text: str) -> _Named:
    """Return the field that a term names, checked for its key and its operator."""
    field = fields.find(entity, head.name)
    name_end = head.start + len(head.name)
    if field is None:
        hint = fields.suggestion(entity, head.name)
        raise QueryError(
            f"A {entity} has no field `{head.name[:_SHOWN]}`",
            at=head.start,
            end=name_end,
            hint=f"{hint} {_QUOTE}" if hint else _QUOTE,
        )
    operator_start = text.rindex(head.operator[0], head.start, head.end)
    if head.key and not field.keyed:
        raise QueryError(
            f"Field `{field.name}` has no parts",
            at=name_end,
            end=operator_start,
            hint=f"Write `{field.written}` without `.{head.key[:_SHOWN]}`",
        )
    if field.needs_key and not head.key:
        raise QueryError(
            f"Field `{head.name}` needs a name behind it",
            at=head.start,
            end=name_end,
            hint=f"Write `{field.written}.<name>`",
        )
    named = _Named(field, field.key or head.key, field.kind_of(head.key), head)
    if head.operator not in OPERATORS[named.kind] and head.operator not in {":", "!=", "="}:
        possible = " ".join(f"`{op}`" for op in OPERATORS[named.kind] if op not in {"*", ".."})
        raise QueryError(
            f"Field `{named.shown[:_SHOWN]}` cannot be compared with `{head.operator}`",
            at=operator_start,
            end=head.end,
            hint=f"Possible here: {possible}",
        )
    return named


def term(named: _Named, head: Head, operand: Operand) -> Term:
    """Return the term of a field, its operator and what follows."""
    if not operand.is_list and not operand.values[0].parts:
        raise QueryError(
            f"A value is missing after `{named.shown[:_SHOWN]}{head.operator}`",
            at=head.start,
            end=head.end,
            hint='Write it right behind; `""` is an empty text',
        )
    if head.operator in _COMPARISONS:
        return _comparison(named, head.operator, operand)
    found = _list(named, operand) if operand.is_list else _single(named, operand.values[0])
    if head.operator != "!=":
        return found
    tree = found.tree
    if isinstance(tree, Condition) and tree.operator == "=":
        return named.term(named.condition("!=", tree.value), "!=", found.values)
    if isinstance(tree, Condition) and tree.operator in {"is_empty", "is_not_empty"}:
        other: Operator = "is_empty" if tree.operator == "is_not_empty" else "is_not_empty"
        return named.term(named.condition(other), other, [])
    return msgspec.structs.replace(found, tree=Not(tree), negated=True)


def _comparison(named: _Named, operator: str, operand: Operand) -> Term:
    if operand.is_list:
        raise QueryError(
            f"`{operator}` takes one value, not a list", at=operand.start, end=operand.end
        )
    text = operand.values[0]
    value = _number(named, text)
    compared = _COMPARISONS[operator]
    # A date is its whole day: later than it is from the next day on.
    after = next_day(value) if named.kind == "time" and operator in {">", "<="} else None
    if after is not None:
        compared, value = (">=" if operator == ">" else "<"), after
    return named.term(named.condition(compared, value), compared, [text.literal])


def _single(named: _Named, text: Text) -> Term:
    if text.parts == (None,):
        return named.term(_given(named), "is_not_empty", [])
    if text.literal == "null" and not text.is_quoted:
        return named.term(_missing(named), "is_empty", [])
    if named.kind == "bool":
        return _bool(named, text)
    if not text.is_quoted and (found := _range(named, text)) is not None:
        return found
    if named.kind in ORDERED:
        return _equal(named, text)
    if text.has_wildcard:
        return _wildcard(named, text)
    return _text(named, text)


def _given(named: _Named) -> Condition:
    return named.condition("is_not_empty")


def _missing(named: _Named) -> Condition:
    return named.condition("is_empty")


def _bool(named: _Named, text: Text) -> Term:
    said = text.literal.lower()
    if said not in {"true", "false"}:
        raise _unreadable(named, text, "true or false")
    condition = _given(named) if said == "true" else _missing(named)
    return named.term(condition, "=", [said])


def _equal(named: _Named, text: Text) -> Term:
    value = _number(named, text)
    after = next_day(value) if named.kind == "time" else None
    if after is None:
        return named.term(named.condition("=", value), "=", [text.literal])
    tree = And((named.condition(">=", value), named.condition("<", after)))
    return named.term(tree, "range_exclusive", [value, after], 2)


def _text(named: _Named, text: Text) -> Term:
    value = text.literal
    if named.field.is_fixed:
        value = _fixed(named, text)
    if named.kind == "id" and not _is_uuid(value):
        raise _unreadable(named, text, "an id, or the beginning of one with a star: 0198*")
    # Whoever names a text means that it is said there, not that nothing else is.
    is_part = named.kind == "text" and named.head.operator == ":" and value != ""
    operator: Operator = "contains" if is_part else "="
    return named.term(named.condition(operator, value), operator, [value])


def _wildcard(named: _Named, text: Text) -> Term:
    if named.field.is_fixed:
        raise _unreadable(named, text, f"one of {', '.join(named.field.values)}")
    operator, value = match_of(text.parts)
    if named.kind == "enum":
        # Fields of few values are compared whole; a pattern says the same of them.
        operator, value = "like", pattern_of(text.parts)
    return named.term(named.condition(operator, value), operator, [text.literal])


def match_of(parts: tuple[str | None, ...]) -> tuple[Operator, str]:
    """Return the operator and value that say what a text with stars does."""
    match parts:
        case (None, str(value), None):
            return "contains", value
        case (str(value), None):
            return "starts_with", value
        case (None, str(value)):
            return "ends_with", value
    return "like", pattern_of(parts)


def _list(named: _Named, operand: Operand) -> Term:
    found = [_single(named, text) for text in operand.values]
    trees = [term.tree for term in found]
    values = [value for term in found for value in term.values]
    if len(found) == 1:
        return found[0]
    if named.kind not in ORDERED and all(_is_equality(tree) for tree in trees):
        tree: Filter = named.condition("in", codec.encode_text([t.value for t in trees]))  # type: ignore[union-attr]
        return named.term(tree, "in", values)
    return named.term(_any_of(trees), "in", values, sum(term.size for term in found))


def _any_of(trees: list[Filter]) -> Or:
    children: list[Filter] = []
    for tree in trees:
        children += tree.children if isinstance(tree, Or) else (tree,)
    return Or(tuple(children))


def _is_equality(tree: Filter) -> bool:
    return isinstance(tree, Condition) and tree.operator == "="


def _range(named: _Named, text: Text) -> Term | None:
    """Return the term of `low..high` or `low..<high`, each end of which may be left out."""
    if ".." not in text.literal or named.kind not in {*ORDERED, "dictionary"}:
        return None
    low, _, high = text.literal.partition("..")
    is_open = high.startswith("<")
    high = high.removeprefix("<")
    ends: list[str] = []
    for end in (low, high):
        value = read_value(named.kind, end) if end else ""
        if value is None and named.kind == "dictionary":
            return None
        if value is None or not (low or high):
            raise _unreadable(named, text, f"two ends, each {EXPECTED[named.kind]}")
        ends.append(value)
    if not (low or high):
        return None
    upper: Operator = "<" if is_open else "<="
    if named.kind == "time" and not is_open and (after := next_day(ends[1])) is not None:
        upper, ends[1] = "<", after
    conditions: list[Filter] = []
    if ends[0]:
        conditions.append(named.condition(">=", ends[0]))
    if ends[1]:
        conditions.append(named.condition(upper, ends[1]))
    tree = conditions[0] if len(conditions) == 1 else And(tuple(conditions))
    operator = "range_exclusive" if upper == "<" else "range"
    return named.term(tree, operator, [low, high], len(conditions))


def _number(named: _Named, text: Text) -> str:
    found = None if text.has_wildcard else read_value(named.kind, text.literal)
    if found is None:
        raise _unreadable(named, text, EXPECTED[named.kind])
    return found


def _fixed(named: _Named, text: Text) -> str:
    value = text.literal.lower()
    if value not in named.field.values:
        close = _closest(value, named.field.values)
        raise _unreadable(named, text, f"one of {', '.join(named.field.values)}", close)
    return value


def _closest(value: str, among: tuple[str, ...]) -> str | None:
    return next((v for v in among if value and v.startswith(value[:1])), None)


def _unreadable(named: _Named, text: Text, wanted: str, close: str | None = None) -> QueryError:
    shown = text.literal if len(text.literal) <= _SHOWN else text.literal[:_SHOWN] + "…"
    return QueryError(
        f"Field `{named.shown[:_SHOWN]}` needs {wanted}, not `{shown}`",
        at=text.start,
        end=max(text.end, text.start + 1),
        hint=f"Did you mean `{close}`?" if close else None,
    )


def _is_uuid(text: str) -> bool:
    try:
        uuid.UUID(text.strip())
    except ValueError:
        return False
    return True
