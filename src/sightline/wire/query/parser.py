"""Parses a query into a filter tree.

    any    = all { "OR" all }
    all    = one { [ "AND" ] one }
    one    = ( "NOT" | "-" ) one | "(" any ")" | field operator value | word

A word by itself is free text. Every error says which characters it is about.
"""

import msgspec

from sightline.core.errors import QueryError
from sightline.domain.filter import And, EntityType, Filter, Or, all_of
from sightline.wire.query import terms
from sightline.wire.query.lexer import Lexer
from sightline.wire.query.normal import negate, normal
from sightline.wire.query.terms import Operand, Term

MAX_DEPTH = 50
MAX_CONDITIONS = 100


class Chip(msgspec.Struct, frozen=True, kw_only=True):
    """A single condition that the whole query depends on: what it says and where it stands."""

    start: int
    end: int
    text: str
    field: str
    key: str
    operator: str
    values: list[str]
    negated: bool


class Query(msgspec.Struct, frozen=True):
    """A query that was read."""

    tree: Filter
    chips: list[Chip]


class _Piece(msgspec.Struct, frozen=True):
    """A part of the query; `chips` are those of the conjuncts it is made of."""

    tree: Filter
    chips: tuple[Chip, ...] = ()
    is_one: bool = False


def parse(entity: EntityType, text: str) -> Query:
    """Read a query; an empty one matches all. Raises `QueryError`."""
    parser = _Parser(entity, text)
    piece = parser.whole()
    return Query(normal(entity, piece.tree), list(piece.chips))


class _Parser:
    def __init__(self, entity: EntityType, text: str) -> None:
        self._entity = entity
        self._lexer = Lexer(text)
        self._conditions = 0

    def whole(self) -> _Piece:
        lexer = self._lexer
        lexer.skip_space()
        if lexer.is_done:
            return _Piece(And(()))
        piece = self._any(0)
        if not lexer.is_done:
            # Whatever ends an expression at its outermost is a parenthesis.
            raise QueryError(
                "A parenthesis is closed that was not opened",
                at=lexer.at,
                end=lexer.at + 1,
                hint="Take it out, or put quotes around the text that it belongs to",
            )
        return piece

    def _any(self, depth: int) -> _Piece:
        pieces = [self._all(depth)]
        while self._lexer.take_keyword("OR"):
            pieces.append(self._all(depth))
        if len(pieces) == 1:
            return pieces[0]
        children: list[Filter] = []
        for piece in pieces:
            children += piece.tree.children if isinstance(piece.tree, Or) else (piece.tree,)
        return _Piece(Or(tuple(children)))

    def _all(self, depth: int) -> _Piece:
        pieces = [self._one(depth)]
        while self._goes_on():
            pieces.append(self._one(depth))
        if len(pieces) == 1:
            return pieces[0]
        return _Piece(
            all_of(*(piece.tree for piece in pieces)),
            tuple(chip for piece in pieces if piece.is_one for chip in piece.chips),
        )

    def _goes_on(self) -> bool:
        lexer = self._lexer
        lexer.skip_space()
        if lexer.take_keyword("AND"):
            return True
        return not lexer.is_done and not lexer.next_is(")") and lexer.peek_keyword() != "OR"

    def _one(self, depth: int) -> _Piece:
        lexer = self._lexer
        lexer.skip_space()
        start = lexer.at
        if depth > MAX_DEPTH:
            raise QueryError(
                f"More than {MAX_DEPTH} parentheses and negations inside each other",
                at=start,
                end=start + 1,
            )
        self._check_something_follows(start)
        if lexer.take_keyword("NOT") or lexer.take("-"):
            return self._negated(start, depth)
        if lexer.take("("):
            return self._group(start, depth)
        return self._term()

    def _check_something_follows(self, start: int) -> None:
        lexer = self._lexer
        keyword = lexer.peek_keyword()
        if lexer.is_done or lexer.next_is(")") or keyword in {"AND", "OR"}:
            raise QueryError(
                "A condition is missing here",
                at=start,
                end=min(start + max(1, len(keyword)), len(lexer.text)),
                hint="AND, OR and NOT stand before a condition; in quotes they are text",
            )

    def _negated(self, start: int, depth: int) -> _Piece:
        piece = self._one(depth + 1)
        text = self._lexer.text
        chips = tuple(
            msgspec.structs.replace(
                chip, start=start, text=text[start : chip.end], **_opposite(chip)
            )
            for chip in piece.chips
            if piece.is_one
        )
        return _Piece(negate(piece.tree), chips, is_one=piece.is_one)

    def _group(self, start: int, depth: int) -> _Piece:
        lexer = self._lexer
        piece = self._any(depth + 1)
        if not lexer.take(")"):
            raise QueryError(
                "A parenthesis that does not end",
                at=start,
                end=start + 1,
                hint="Close it with `)`",
            )
        if not piece.is_one:
            return _Piece(piece.tree)
        chips = tuple(
            msgspec.structs.replace(
                chip, start=start, end=lexer.at, text=lexer.text[start : lexer.at]
            )
            for chip in piece.chips
        )
        return _Piece(piece.tree, chips, is_one=True)

    def _term(self) -> _Piece:
        lexer = self._lexer
        start = lexer.at
        head = lexer.take_head()
        if head is None:
            term = terms.free_text(lexer.take_text())
        else:
            field = terms.field_of(self._entity, head, lexer.text)
            term = terms.term(field, head, self._operand())
        self._count(term, start)
        end = lexer.at
        chip = Chip(
            start=start,
            end=end,
            text=lexer.text[start:end],
            field=term.field,
            key=term.key,
            operator=term.operator,
            values=term.values,
            negated=term.negated,
        )
        return _Piece(term.tree, (chip,), is_one=True)

    def _operand(self) -> Operand:
        lexer = self._lexer
        start = lexer.at
        if not lexer.take("("):
            return Operand((lexer.take_text(),), start, lexer.at)
        values = []
        while True:
            lexer.skip_space()
            value = lexer.take_text(in_list=True)
            lexer.skip_space()
            if not value.parts:
                raise QueryError(
                    "A value is missing in this list", at=start, end=max(lexer.at, start + 1)
                )
            values.append(value)
            if lexer.take(")"):
                return Operand(tuple(values), start, lexer.at, is_list=True)
            if lexer.take(","):
                continue
            if lexer.is_done:
                raise QueryError(
                    "A list that does not end", at=start, end=lexer.at, hint="Close it with `)`"
                )
            raise QueryError(
                "The values of a list stand between commas",
                at=lexer.at,
                end=lexer.at + 1,
                hint="Put quotes around a value with spaces",
            )

    def _count(self, term: Term, start: int) -> None:
        self._conditions += term.size
        if self._conditions > MAX_CONDITIONS:
            raise QueryError(
                f"The query has more than {MAX_CONDITIONS} conditions",
                at=start,
                end=self._lexer.at,
            )


def _opposite(chip: Chip) -> dict[str, object]:
    """Return what a minus changes in a chip."""
    other = {"is_empty": "is_not_empty", "is_not_empty": "is_empty"}.get(chip.operator)
    return {"negated": not chip.negated} if other is None else {"operator": other}
