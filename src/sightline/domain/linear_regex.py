"""Regular expressions whose search time is bounded by the length of the text.

Python's `re` may take exponential time on a pattern that somebody typed; this one runs all
alternatives at once (Thompson), and remembers what it saw as a lazily built automaton. It answers
only whether there is a match, and has no look-around, back-references or possessive repeats.
"""

import re
from collections.abc import Callable, Iterable
from re import _parser  # type: ignore[attr-defined]
from typing import Any

MAX_PATTERN_LENGTH = 512
MAX_NODES = 250
MAX_TEXT_LENGTH = 32_768
"""More of a text is not searched."""
MAX_WORK = 400_000
"""The ways that a search follows, summed over the letters: about a second at the very worst."""

_MAX_TRANSITIONS = 50_000
_START, _END, _LAST_NEWLINE, _NEWLINE, _WORD, _OTHER = range(6)
_AT_END = {_END, _LAST_NEWLINE}

_Test = Callable[[str], bool]
_Tests = Callable[[int, int], bool]

_CATEGORIES: dict[str, _Test] = {
    "CATEGORY_DIGIT": str.isdecimal,
    "CATEGORY_SPACE": str.isspace,
    "CATEGORY_WORD": lambda c: c.isalnum() or c == "_",
}


class _Node:
    """A step of the pattern: a letter to take, a place to be at, or ways on."""

    __slots__ = ("at", "nexts", "takes")

    def __init__(self, takes: _Test | None = None, at: _Tests | None = None) -> None:
        self.takes = takes
        self.at = at
        self.nexts: list[_Node] = []


class _State:
    """A set of nodes that may go on, after a letter of some kind."""

    __slots__ = ("nexts", "nodes", "previous", "size")

    def __init__(self, nodes: frozenset[_Node], previous: int) -> None:
        self.nodes = nodes
        self.previous = previous
        self.size = len(nodes)
        self.nexts: dict[str, _State | None] = {}


class LinearRegex:
    """A pattern in Python's syntax, read once. `flags` stand in it, as in `(?i)yes`.

    Raises `ValueError` saying what is wrong with it or not taken.
    """

    def __init__(self, pattern: str) -> None:
        if len(pattern) > MAX_PATTERN_LENGTH:
            raise ValueError(f"is longer than {MAX_PATTERN_LENGTH} characters")
        try:
            tree = _parser.parse(pattern)
        except (re.error, OverflowError, RecursionError) as error:
            raise ValueError(f"does not read: {error}") from None
        self._count = 0
        self._match = _Node()
        self._start = self._sequence(tree, tree.state.flags, self._match)
        self._reset()

    def search(self, text: str) -> bool:
        """Say whether the pattern matches anywhere in the first `MAX_TEXT_LENGTH` characters.

        A pattern with very many ways on may see less; always the same of the same text.
        """
        text = text[:MAX_TEXT_LENGTH]
        state = self._state(frozenset([self._start]), _START)
        last = len(text) - 1 if text.endswith("\n") else -1
        work = 0
        for at, letter in enumerate(text):
            work += state.size
            if work > MAX_WORK:
                return False
            # A newline at the very end is another letter to `$` than one before it.
            known = "\n$" if at == last else letter
            if known in state.nexts:
                after = state.nexts[known]
            else:
                after = self._step(state, letter, known, is_last=at == last)
            if after is None:
                return True
            state = after
        return self._match in self._closure(state, _END)

    def _reset(self) -> None:
        self._states: dict[tuple[frozenset[_Node], int], _State] = {}
        self._transitions = 0

    def _state(self, nodes: frozenset[_Node], previous: int) -> _State:
        found = self._states.get((nodes, previous))
        if found is None:
            found = self._states[nodes, previous] = _State(nodes, previous)
        return found

    def _step(self, state: _State, letter: str, known: str, *, is_last: bool) -> _State | None:
        kind = _LAST_NEWLINE if is_last else _kind(letter)
        closure = self._closure(state, kind)
        after: _State | None = None
        if self._match not in closure:
            taken = {n for node in closure if node.takes and node.takes(letter) for n in node.nexts}
            taken.add(self._start)
            after = self._state(frozenset(taken), _kind(letter))
        self._transitions += 1
        if self._transitions > _MAX_TRANSITIONS:
            self._reset()
        state.nexts[known] = after
        return after

    def _closure(self, state: _State, following: int) -> set[_Node]:
        seen: set[_Node] = set()
        todo = list(state.nodes)
        while todo:
            node = todo.pop()
            if node in seen:
                continue
            seen.add(node)
            if node.takes is None and (node.at is None or node.at(state.previous, following)):
                todo += node.nexts
        return seen

    def _node(self, nexts: Iterable[_Node], **kwargs: Any) -> _Node:
        self._count += 1
        if self._count > MAX_NODES:
            raise ValueError("is too large; use smaller repeats")
        node = _Node(**kwargs)
        node.nexts.extend(nexts)
        return node

    def _sequence(self, tree: Any, flags: int, after: _Node) -> _Node:
        """Return the node where matching of the tree begins; it goes on at `after`."""
        for operation, argument in reversed(list(tree)):
            after = self._operation(str(operation), argument, flags, after)
        return after

    def _operation(self, name: str, argument: Any, flags: int, after: _Node) -> _Node:
        if name in {"LITERAL", "NOT_LITERAL", "ANY", "IN"}:
            return self._node([after], takes=_letter(name, argument, flags))
        if name == "AT":
            return self._node([after], at=_place(str(argument), flags))
        if name == "SUBPATTERN":
            _, added, removed, inner = argument
            return self._sequence(inner, (flags | added) & ~removed, after)
        if name == "BRANCH":
            return self._node([self._sequence(tree, flags, after) for tree in argument[1]])
        if name in {"MAX_REPEAT", "MIN_REPEAT"}:
            return self._repeat(argument, flags, after)
        words = name.lower().replace("_", " ")
        raise ValueError(f"has something that is not taken here ({words})")

    def _repeat(self, argument: Any, flags: int, after: _Node) -> _Node:
        least, most, inner = argument
        if most == _parser.MAXREPEAT:
            loop = self._node([after])
            loop.nexts.append(self._sequence(inner, flags, loop))
            begin = loop
        else:
            if most > MAX_NODES:
                raise ValueError("is too large; use smaller repeats")
            begin = after
            for _ in range(most - least):
                begin = self._node([after, self._sequence(inner, flags, begin)])
        if least > MAX_NODES:
            raise ValueError("is too large; use smaller repeats")
        for _ in range(least):
            once_more = self._sequence(inner, flags, begin)
            if once_more is begin:
                # Empty: no node counts it, and such repeats in each other would never end.
                break
            begin = once_more
        return begin


def _kind(letter: str) -> int:
    if letter == "\n":
        return _NEWLINE
    return _WORD if letter.isalnum() or letter == "_" else _OTHER


def _letter(name: str, argument: Any, flags: int) -> _Test:
    if name == "ANY":
        return (lambda c: True) if flags & re.DOTALL else (lambda c: c != "\n")
    if name == "IN":
        test = _one_of(argument, flags)
        return test
    wanted = chr(argument)
    plain: _Test = lambda c: c == wanted  # noqa: E731
    test = _folded(plain) if flags & re.IGNORECASE else plain
    return test if name == "LITERAL" else lambda c: not test(c)


def _one_of(items: list[tuple[Any, Any]], flags: int) -> _Test:
    negated = False
    tests: list[_Test] = []
    for operation, argument in items:
        name = str(operation)
        if name == "NEGATE":
            negated = True
        elif name == "LITERAL":
            tests.append(chr(argument).__eq__)
        elif name == "RANGE":
            low, high = argument
            tests.append(lambda c, low=low, high=high: low <= ord(c) <= high)  # type: ignore[misc]
        else:
            tests.append(_category(str(argument), flags))
    found: _Test = lambda c: any(test(c) for test in tests)  # noqa: E731
    test = _folded(found) if flags & re.IGNORECASE else found
    return (lambda c: not test(c)) if negated else test


def _category(name: str, flags: int) -> _Test:
    plain = _CATEGORIES[name.replace("_NOT_", "_")]
    test: _Test = (lambda c: c.isascii() and plain(c)) if flags & re.ASCII else plain
    return (lambda c: not test(c)) if "_NOT_" in name else test


def _folded(test: _Test) -> _Test:
    return lambda c: test(c) or test(c.lower()[:1]) or test(c.upper()[:1])


def _place(name: str, flags: int) -> _Tests:
    multiline = bool(flags & re.MULTILINE)
    if name == "AT_BEGINNING_STRING" or (name == "AT_BEGINNING" and not multiline):
        return lambda before, after: before == _START
    if name == "AT_BEGINNING":
        return lambda before, after: before in {_START, _NEWLINE}
    if name == "AT_END_STRING":
        return lambda before, after: after == _END
    if name == "AT_END":
        ends = _AT_END | {_NEWLINE} if multiline else _AT_END
        return lambda before, after: after in ends
    if name == "AT_BOUNDARY":
        return lambda before, after: (before == _WORD) != (after == _WORD)
    return lambda before, after: (before == _WORD) == (after == _WORD)
