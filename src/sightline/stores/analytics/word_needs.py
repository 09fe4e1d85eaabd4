"""Which words a slice of rows must have for some row of it to meet a filter (ADR 18).

A text is cut where the engine cuts words: at every ASCII character that is no letter or digit.
What lies between two cuts is a whole word, what lies at an end may be part of a longer one. What is
looked for in one field must be among the words of that field (`word_fields.py`).

A value at a JSON path is compared as it is read, whatever way a client wrote it. Its letters stand
in the payload all the same, unless they are written as `\\u0061`, which such words tell themselves;
what lies around them may be written in several ways. Numbers tell nothing: 1000 may be `1e3`.
"""

import re
import unicodedata
from collections.abc import Callable, Collection, Sequence

import msgspec

from sightline.domain.filter import Condition, EntityType, Filter, Operator, pattern_parts
from sightline.domain.literals import split_values
from sightline.stores.analytics import needs
from sightline.stores.analytics.filters import clean, conditions, filter_columns, kind_of
from sightline.stores.analytics.sql import Binder
from sightline.stores.analytics.text_match import NEGATED, json_forms
from sightline.stores.analytics.word_fields import parts_sql

_HEX = frozenset("0123456789abcdef-")
# Fewer are in some id of every slice.
_FEWEST_DIGITS = 5
# Fewer letters are in every slice's words, where they are not a whole word.
_SHORTEST = 3
# What is looked at of the traces of a thread.
_SAID = ("input", "output")
_CUT = re.compile(r"[\x00-/:-@\[-`{-\x7f]+")
# What has an escape of one letter, which clients may write as any other.
_CONTROLS = {"b": "\b", "t": "\t", "n": "\n", "f": "\f", "r": "\r"}
# What may be a number, by itself or in a list or an object as the engine writes them.
_NUMBER = re.compile(r"(?:^|(?<=[:\[,]))[0-9.eE+-]+(?=[,\]}]|$)")
# The end of an escape, `\u2028`, that the engine writes where the payload may have none.
_WRITTEN = re.compile(r"^(?:(?:(?:u?2)?0)?2)?[89]", re.IGNORECASE)


class Needs(msgspec.Struct, frozen=True):
    """What must hold, as SQL: `words` of a row of `words`, or `ids` of a row that `words` may not
    tell of (None where an id does not matter)."""

    words: str
    ids: str | None


def needs_of(entity: EntityType, tree: Filter, binder: Binder) -> Needs | None:
    """Return what a filter needs, None where words cannot tell.

    The filter must be right: see `check_filter`.
    """
    return needs.needs_of(tree, lambda node: _of_condition(entity, node, binder), _joined)


def needs_of_said(tree: Filter, search: str, binder: Binder) -> Needs | None:
    """Return what the one text needs that is looked for in what was said in threads.

    Each of two texts may be in another trace of a thread, so of several there is no telling.
    """
    texts = [node for node in conditions(tree) if node.field == "text"]
    if search.strip():
        texts.append(Condition(field="text", operator="contains", value=search.strip()))
    if len(texts) != 1:
        return None
    (text,) = texts
    operator = NEGATED.get(text.operator, text.operator)
    words = _of_columns(_SAID, operator, clean(text.value), binder)
    return Needs(words, None) if words else None


def _of_condition(entity: EntityType, node: Condition, binder: Binder) -> Needs | None:
    value = clean(node.value)
    match kind_of(entity, node):
        case "text":
            return _of_text(node.operator, value, binder)
        case "payload":
            columns = filter_columns(entity, node)
            words = _of_columns(columns, node.operator, value, binder)
            return Needs(words, None) if words else None
        case "dictionary":
            return _of_path(filter_columns(entity, node), node.operator, value, binder)
        case "string" if filter_columns(entity, node) == ["user"]:
            return _of_path(["metadata"], node.operator, value, binder)
        case _:
            return None


def _joined(parts: Sequence[Needs], how: str) -> Needs:
    ids = [part.ids for part in parts if part.ids is not None]
    words = how.join(part.words for part in parts)
    return Needs(f"({words})", f"({' OR '.join(ids)})" if ids else None)


def _of_text(operator: Operator, value: str, binder: Binder) -> Needs | None:
    words = _of_payload(operator, value, binder)
    if not words:
        return None
    if operator != "contains" or not set(value.lower()) <= _HEX:
        return Needs(words, None)
    digits = value.replace("-", "").upper()
    if len(digits) < _FEWEST_DIGITS:
        return None
    # Without the dashes more ids hold it, never fewer.
    return Needs(words, f"position(hex(id), {binder.add(digits)}) > 0")


def _of_columns(
    columns: Collection[str], operator: Operator, value: str, binder: Binder
) -> str | None:
    """Return what text in one of some columns needs."""
    anywhere = _of_payload(operator, value, binder)
    if not anywhere:
        return None
    # What is rare is found out without cutting anything.
    there = _of_payload(operator, value, binder, parts_sql(columns))
    return f"({anywhere} AND (empty(field_ends) OR {there}))"


def _of_path(
    columns: Collection[str], operator: Operator, value: str, binder: Binder
) -> Needs | None:
    """Return what a value that is read out of the JSON in some columns needs."""
    if operator == "in":
        found = [_of_path(columns, "=", one, binder) for one in split_values(value)]
        known = [one for one in found if one is not None]
        return _joined(known, " OR ") if known and len(known) == len(found) else None
    if operator not in {"=", "starts_with", "contains", "ends_with"}:
        return None
    if operator in {"contains", "ends_with"} or value[:1] in {"{", "["}:
        # A list or an object is a text too, with escapes as the engine writes them.
        if "\\" in value:
            return None
        value = _WRITTEN.sub(" ", value)
    is_plain = _always if value.isascii() else _is_as_it_is
    pieces = [piece.lstrip("\n") for piece in _pieces(_NUMBER.sub(" ", value), is_plain)]
    if not any(len(piece) >= _SHORTEST for piece in pieces):
        return None
    bound = [binder.add(piece) for piece in dict.fromkeys(pieces)]
    escaped = binder.add(_escaped(value[:1], "".join(pieces)))
    anywhere, there = (
        f"({' AND '.join(_has(words, one) for one in bound)}"
        f"{''.join(f' OR match({part}, {escaped})' for part in words)})"
        for words in (("words",), parts_sql(columns))
    )
    return Needs(f"({anywhere} AND (empty(field_ends) OR {there}))", None)


def _escaped(first: str, text: str) -> str:
    """Return the pattern of a word that begins as the escape of a letter of a text, or of what the
    engine writes as an escape that ends with the first one."""
    chars = {char for char in text + text.upper() if char.isalnum()}
    chars |= set(_CONTROLS.get(first.lower(), ""))
    return rf"\nu00(?:{'|'.join(sorted(f'{ord(char):02x}' for char in chars))})"


def _of_payload(
    operator: Operator, value: str, binder: Binder, words: Sequence[str] = ("words",)
) -> str | None:
    """Return what text in payloads, names and tags needs; see `text_match.match_payload`.

    `words` are the parts of a slice's words in one of which each word must be.
    """
    forms: list[list[str]]
    match operator:
        case "contains" | "starts_with" | "ends_with" | "=":
            forms = [[form] for form in (value, *json_forms(value))]
        case "in":
            found = [_of_payload("=", one, binder, words) for one in split_values(value)]
            whole = [one for one in found if one]
            return f"({' OR '.join(whole)})" if whole and len(whole) == len(found) else None
        case "like":
            parts = [part for part in pattern_parts(value) if part is not None]
            written = [json_forms(part) for part in parts]
            most = max(map(len, written), default=0)
            forms = [parts, *([w[min(i, len(w) - 1)] for w in written] for i in range(most))]
        case _:
            return None
    ways: dict[str, None] = {}
    for texts in forms:
        # A pattern takes no notice of case as Unicode knows it, whatever it is written in.
        pieces = dict.fromkeys(
            piece
            for text in texts
            for piece in _pieces(text, _is_plain if operator == "like" else _plain_of(text))
        )
        if not any(len(piece) >= _SHORTEST for piece in pieces):
            return None
        has = " AND ".join(_has(words, binder.add(piece)) for piece in pieces)
        ways[f"({has})"] = None
    return f"({' OR '.join(ways)})"


def _has(words: Sequence[str], bound: str) -> str:
    return f"({' OR '.join(f'position({part}, {bound}) > 0' for part in words)})"


def _plain_of(text: str) -> Callable[[str], bool]:
    return _always if text.isascii() else _is_plain


def _pieces(text: str, is_plain: Callable[[str], bool]) -> list[str]:
    """Return what must stand in a slice's words, each with a line's end where a word must end."""
    found = []
    last = len(_CUT.split(text)) - 1
    for i, part in enumerate(_CUT.split(text)):
        runs = _runs(part, is_plain)
        for n, run in enumerate(runs):
            if run:
                begins = "\n" if n == 0 and i > 0 else ""
                ends = "\n" if n == len(runs) - 1 and i < last else ""
                found.append(f"{begins}{run.lower()}{ends}")
    return found


def _runs(part: str, is_plain: Callable[[str], bool]) -> list[str]:
    """Cut where a letter may be written in another way than in lower case."""
    runs = [""]
    for char in part:
        if is_plain(char):
            runs[-1] += char
        else:
            runs.append("")
    return runs


def _always(_: str) -> bool:
    return True


def _is_as_it_is(char: str) -> bool:
    """Say the same of a letter that may be escaped as well: only of ASCII."""
    return char.isascii() and _is_plain(char)


def _is_plain(char: str) -> bool:
    """Say whether a letter of a text that is not ASCII is matched by itself in lower case alone.

    Unicode knows the Kelvin sign as a k and the long s as an s.
    """
    if char.isascii():
        return char not in "kKsS"
    return unicodedata.category(char) == "Lo"
