"""Comparing text as people expect: without case, with every character of the value literal.

ASCII is folded by the engine's `lower`, other letters by Unicode's simple folding, one character
to one: É and é, ω and Ω are the same; ß and SS are not, and neither are I and the Turkish dotless
i. Ordering (`<`, `>`) folds ASCII alone.
"""

import re

import msgspec

from sightline.core import codec
from sightline.domain.filter import Operator
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


def split_values(value: str) -> list[str]:
    """Return the members of an `in` list: `a,b` or a JSON list of strings."""
    text = value.strip()
    if text.startswith("["):
        try:
            return [str(v) for v in msgspec.json.decode(text, type=list[str | int | float])]
        except msgspec.DecodeError:
            pass
    return [part.strip() for part in value.split(",") if part.strip()]


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
    # NUL would end the pattern.
    pattern = re.escape(value).replace("\0", "\\x00")
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
