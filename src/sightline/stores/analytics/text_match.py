"""Comparing text as people expect: without case, with every character of the value literal.

ASCII is folded by the engine's `lower`, other letters by Unicode's simple folding, one character
to one: É and é, ω and Ω are the same; ß and SS are not, and neither are I and the Turkish dotless
i. Ordering (`<`, `>`) folds ASCII alone.
"""

import re
from collections.abc import Sequence

from sightline.core import codec
from sightline.domain.filter import Operator, pattern_parts
from sightline.domain.literals import split_values
from sightline.stores.analytics.sql import Binder

_ASCII_LOWER = str.maketrans({chr(c): chr(c + 32) for c in range(65, 91)})
NEGATED: dict[Operator, Operator] = {
    "!=": "=",
    "not_contains": "contains",
    "is_not_empty": "is_empty",
    "not_in": "in",
}


def match_text(
    sql: str, operator: Operator, value: str, binder: Binder, *, exact: bool = False
) -> str:
    """Return the condition `sql operator value` over a String expression."""
    if operator in NEGATED:
        return f"NOT ({match_text(sql, NEGATED[operator], value, binder, exact=exact)})"
    if operator == "is_empty":
        return f"{sql} = ''"
    if operator == "in":
        values = split_values(value)
        if exact:
            return f"has({binder.add(values, 'Array(String)')}, {sql})"
        if all(v.isascii() for v in values):
            return f"has({binder.add([v.lower() for v in values], 'Array(String)')}, lower({sql}))"
        return " OR ".join(f"({match_text(sql, '=', v, binder)})" for v in values) or "0"
    if operator == "like":
        flags = "(?s)" if exact else "(?is)"
        return f"match({sql}, {binder.add(flags + _pattern(pattern_parts(value)))})"
    if exact:
        return _exact(sql, operator, binder.add(value))
    if operator in {">", ">=", "<", "<="}:
        return f"lower({sql}) {operator} {binder.add(value.translate(_ASCII_LOWER))}"
    if value.isascii():
        return _folded(sql, operator, value, binder)
    return _folded_utf8(sql, operator, value, binder)


def match_payload(sql: str, operator: Operator, value: str, binder: Binder) -> str:
    """Like `match_text`, over JSON text: the value also matches in its JSON-escaped forms.

    So `say "hi"` is found where the text holds `say \\"hi\\"`, `é` where a client wrote `\\u00e9`,
    and `=` compares with the content of a JSON string as well as with the whole text.
    """
    if operator in NEGATED:
        return f"NOT ({match_payload(sql, NEGATED[operator], value, binder)})"
    if operator == "is_empty":
        return f"{sql} IN ('', 'null', '\"\"')"
    if operator == "in":
        return (
            " OR ".join(f"({match_payload(sql, '=', v, binder)})" for v in split_values(value))
            or "0"
        )
    if operator == "like":
        return _like_payload(sql, pattern_parts(value), binder)
    if operator not in {"=", "contains", "starts_with", "ends_with"}:
        return match_text(sql, operator, value, binder)
    left = '"' if operator in {"=", "starts_with"} else ""
    right = '"' if operator in {"=", "ends_with"} else ""
    forms = dict.fromkeys([value, *(f"{left}{form}{right}" for form in json_forms(value))])
    return " OR ".join(f"({match_text(sql, operator, form, binder)})" for form in forms)


def json_forms(value: str) -> list[str]:
    """Return the ways in which clients write a text inside a JSON string, without the quotes."""
    plain = codec.encode_text(value)[1:-1]
    if value.isascii():
        return [plain]
    forms = [plain]
    for text in (value, value.lower(), value.upper()):
        written = "".join(c if c.isascii() else _escape(c) for c in codec.encode_text(text)[1:-1])
        forms.append(written)
    return list(dict.fromkeys(forms))


def _like_payload(sql: str, parts: Sequence[str | None], binder: Binder) -> str:
    """Match the pattern as it stands, or with its texts as they are inside a JSON string."""
    ways = [[part] if part is None else json_forms(part) for part in parts]
    patterns = {_pattern(parts): None}
    for i in range(max(map(len, ways), default=0)):
        form = [forms[min(i, len(forms) - 1)] for forms in ways]
        left = '"' if form[0] is not None else ""
        right = '"' if form[-1] is not None else ""
        patterns[_pattern([left + (form[0] or ""), *form[1:]] if left else form, right)] = None
    found = (f"match({sql}, {binder.add('(?is)' + pattern)})" for pattern in patterns)
    return " OR ".join(f"({condition})" for condition in found)


def _pattern(parts: Sequence[str | None], end: str = "") -> str:
    """Return the regular expression of a whole text: its parts, with any text for None."""
    return rf"\A{''.join('.*' if p is None else _literal(p) for p in parts)}{end}\z"


def _literal(text: str) -> str:
    # NUL would end the pattern, and the engine reads an escape of it wrongly outside of a class.
    return re.escape(text).replace("\0", "[\\x00]")


def _exact(sql: str, operator: Operator, bound: str) -> str:
    match operator:
        case "contains":
            return f"position({sql}, {bound}) > 0"
        case "starts_with":
            return f"startsWith({sql}, {bound})"
        case "ends_with":
            return f"endsWith({sql}, {bound})"
        case _:
            return f"{sql} {operator} {bound}"


def _folded(sql: str, operator: Operator, value: str, binder: Binder) -> str:
    match operator:
        case "contains":
            return f"positionCaseInsensitive({sql}, {binder.add(value)}) > 0"
        case "starts_with":
            return f"startsWith(lower({sql}), {binder.add(value.lower())})"
        case "ends_with":
            return f"endsWith(lower({sql}), {binder.add(value.lower())})"
        case _:
            return f"lower({sql}) = {binder.add(value.lower())}"


def _folded_utf8(sql: str, operator: Operator, value: str, binder: Binder) -> str:
    """Match by a regular expression: the engine's faster searches do not know ω and Ω as one."""
    pattern = _literal(value)
    if operator in {"=", "starts_with"}:
        pattern = rf"\A{pattern}"
    if operator in {"=", "ends_with"}:
        pattern = rf"{pattern}\z"
    return f"match({sql}, {binder.add(f'(?is){pattern}')})"


def _escape(char: str) -> str:
    code = ord(char)
    if code < 0x10000:
        return f"\\u{code:04x}"
    code -= 0x10000
    return f"\\u{0xD800 + (code >> 10):04x}\\u{0xDC00 + (code & 0x3FF):04x}"
