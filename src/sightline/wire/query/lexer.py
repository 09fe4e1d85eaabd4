"""Reads a query's characters: words, quoted text, names of fields, operators, wildcards.

What a character means depends on where it stands (`:` splits a field from its value, but is an
ordinary character inside the value), so the parser asks for what may come next.
"""

import re

import msgspec

from sightline.core.errors import QueryError

MAX_LENGTH = 8_000

_NAME = re.compile(r"[A-Za-z_]\w*", re.ASCII)
_OPERATOR = re.compile(r":(?:!=|>=|<=|>|<|=)?|!=|>=|<=|>|<|=")
_KEYWORD = re.compile(r"(AND|OR|NOT)(?=[\s()]|$)")
_ENDS_KEY = frozenset('():=<>!",*')


class Text(msgspec.Struct, frozen=True):
    """A word or value: literal texts and wildcards (None), as they follow each other."""

    parts: tuple[str | None, ...]
    start: int
    end: int
    is_quoted: bool = False

    @property
    def literal(self) -> str:
        """Return it as a text in which a wildcard is a star."""
        return "".join("*" if part is None else part for part in self.parts)

    @property
    def has_wildcard(self) -> bool:
        return None in self.parts


class Head(msgspec.Struct, frozen=True):
    """The beginning of a term: `name`, `key` and operator; `end` is where its value begins."""

    name: str
    key: str
    operator: str
    start: int
    end: int


class Lexer:
    """Walks over a query once; `at` is the next character."""

    def __init__(self, text: str) -> None:
        if len(text) > MAX_LENGTH:
            raise QueryError(
                f"The query has {len(text)} characters, more than {MAX_LENGTH}",
                at=MAX_LENGTH,
                end=len(text),
            )
        self.text = text
        self.at = 0

    @property
    def is_done(self) -> bool:
        return self.at >= len(self.text)

    def skip_space(self) -> None:
        while not self.is_done and self.text[self.at].isspace():
            self.at += 1

    def next_is(self, char: str) -> bool:
        return self.text.startswith(char, self.at)

    def take(self, char: str) -> bool:
        """Step over a character if it comes next, and say whether it did."""
        if self.next_is(char):
            self.at += len(char)
            return True
        return False

    def peek_keyword(self) -> str:
        """Return which keyword comes next, the empty string for none."""
        match = _KEYWORD.match(self.text, self.at)
        return match[1] if match else ""

    def take_keyword(self, keyword: str) -> bool:
        return self.peek_keyword() == keyword and self.take(keyword)

    def take_head(self) -> Head | None:
        """Step over `name.key:` if a field with an operator comes next."""
        name = _NAME.match(self.text, self.at)
        if name is None:
            return None
        key = self._key(name.end())
        if key is None:
            return None
        text, end = key
        operator = _OPERATOR.match(self.text, end)
        if operator is None:
            return None
        head = Head(name[0], text, operator[0].removeprefix(":") or ":", self.at, operator.end())
        self.at = operator.end()
        return head

    def take_text(self, *, in_list: bool = False) -> Text:
        """Step over a word or value; it is empty when there is none."""
        start = self.at
        parts: list[str | None] = []
        is_quoted = False
        while not self.is_done:
            char = self.text[self.at]
            if char.isspace() or char == ")" or (in_list and char == ","):
                break
            if char == "(":
                raise QueryError(
                    "A parenthesis inside a word",
                    at=self.at,
                    end=self.at + 1,
                    hint="Put quotes around the text, or a space before the parenthesis",
                )
            if char == "*":
                self.at += 1
                if not parts or parts[-1] is not None:
                    parts.append(None)
                continue
            if char == '"':
                piece, is_quoted = self._quoted(), True
            else:
                piece = self._plain(in_list=in_list)
            if parts and parts[-1] is not None:
                piece = f"{parts.pop()}{piece}"
            parts.append(piece)
        return Text(tuple(parts), start, self.at, is_quoted)

    def _plain(self, *, in_list: bool) -> str:
        start = self.at
        while not self.is_done:
            char = self.text[self.at]
            if char.isspace() or char in '()"*' or (in_list and char == ","):
                break
            self.at += 1
        return self.text[start : self.at]

    def _quoted(self) -> str:
        piece, self.at = self._read_quoted(self.at)
        return piece

    def _read_quoted(self, start: int) -> tuple[str, int]:
        """Return what the quotes hold and where it goes on; `\\"` and `\\\\` are the escapes."""
        out: list[str] = []
        at = start + 1
        while at < len(self.text):
            char = self.text[at]
            if char == '"':
                return "".join(out), at + 1
            if char == "\\" and self.text[at + 1 : at + 2] in ('"', "\\"):
                at += 1
                char = self.text[at]
            out.append(char)
            at += 1
        raise QueryError(
            "A quote that does not end",
            at=start,
            end=len(self.text),
            hint='Close it with `"`; a quote inside the text is written `\\"`',
        )

    def _key(self, at: int) -> tuple[str, int] | None:
        """Return a field's key and where it ends; None when this is no field.

        A key is a path (`a.b[0]`, `['odd.key']`); in quotes it may hold any character.
        """
        out: list[str] = []
        if self.text[at : at + 1] == ".":
            at += 1
        elif self.text[at : at + 1] != "[":
            return "", at
        while at < len(self.text):
            char = self.text[at]
            if char == '"':
                piece, at = self._read_quoted(at)
            elif char == "[":
                end = self._after_bracket(at)
                if end is None:
                    return None
                piece, at = self.text[at:end], end
            elif char.isspace() or char in _ENDS_KEY:
                break
            else:
                piece, at = char, at + 1
            out.append(piece)
        return "".join(out), at

    def _after_bracket(self, at: int) -> int | None:
        """Return the place behind a bracket's end; None when it does not end."""
        quote = ""
        at += 1
        while at < len(self.text):
            char = self.text[at]
            if quote and char == "\\":
                at += 1
            elif quote:
                quote = "" if char == quote else quote
            elif char in "'\"":
                quote = char
            elif char == "]":
                return at + 1
            at += 1
        return None
