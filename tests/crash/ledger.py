"""What was sent and how it ended, and the comparison of that with what is stored.

Everything that is sent has a name of its own, which says the face it went through, and versions 0,
1, 2 … of its content, which follow from name and version alone. So an entity that is read back says
by itself which version it is, and whether it is whole.
"""

import hashlib
import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

from tests.crash.reading import Reader

Kind = Literal["traces", "spans", "scores", "attachments"]
KINDS: tuple[Kind, ...] = ("traces", "spans", "scores", "attachments")

# How a version ended: 2xx; no answer, or one that leaves it open; refused before it was taken.
STORED, OPEN, REFUSED = 1, 2, 3


class Key(NamedTuple):
    kind: Kind
    name: str


@dataclass
class Item:
    """One thing that was sent: its versions by their fate, and what its text depends on."""

    fates: bytearray
    text_bytes: int

    @property
    def stored(self) -> int:
        """The last version that was acknowledged, -1 for none."""
        return self.fates.rfind(STORED)


Snapshot = dict[Key, int]
"""The last acknowledged version of each thing at one moment."""


@dataclass
class Comparison:
    """What was found of what was sent; `faults` say what is wrong, in words, at most some."""

    expected: Counter[Kind] = field(default_factory=Counter)
    found: Counter[Kind] = field(default_factory=Counter)
    lost: Counter[Kind] = field(default_factory=Counter)
    doubled: Counter[Kind] = field(default_factory=Counter)
    changed: Counter[Kind] = field(default_factory=Counter)
    strange: Counter[Kind] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)

    @property
    def is_good(self) -> bool:
        return not any((self.lost, self.doubled, self.changed, self.strange))

    def blame(self, what: Counter[Kind], key: Key, why: str) -> None:
        what[key.kind] += 1
        if len(self.faults) < 20:
            self.faults.append(f"{key.kind} {key.name}: {why}")

    def __str__(self) -> str:
        parts = (
            ("acknowledged", self.expected),
            ("found", self.found),
            ("lost", self.lost),
            ("doubled", self.doubled),
            ("changed", self.changed),
            ("that nobody sent", self.strange),
        )
        return ", ".join(
            f"{said.total():,} {word}" for word, said in parts if said or word == "lost"
        )


class Ledger:
    """All that was sent. For any number of threads."""

    def __init__(self) -> None:
        self._items: dict[Key, Item] = {}
        self._guard = threading.Lock()
        self.acknowledged: Counter[str] = Counter()

    def note(self, keys: list[tuple[Key, int]], fate: int, face: str, text_bytes: int) -> None:
        """Record how versions of some things ended."""
        with self._guard:
            for key, version in keys:
                item = self._items.get(key)
                if item is None:
                    item = self._items[key] = Item(bytearray(), text_bytes)
                while len(item.fates) <= version:
                    item.fates.append(OPEN)
                item.fates[version] = fate
            if fate == STORED:
                self.acknowledged[face] += len(keys)

    def begin(self, keys: list[tuple[Key, int]], face: str, text_bytes: int) -> None:
        """Record what is about to be sent: from now on it may be found."""
        self.note(keys, OPEN, face, text_bytes)

    def snapshot(self) -> Snapshot:
        with self._guard:
            return {key: at for key, item in self._items.items() if (at := item.stored) >= 0}

    def compare(self, reader: Reader, since: Snapshot | None = None) -> Comparison:
        """Read what is stored and compare it with what was sent.

        With a snapshot only what is in it must be there; what was sent later may be.
        """
        must = self.snapshot() if since is None else since
        found: dict[Key, list[Any]] = {}
        for kind, name, content in _read(reader):
            found.setdefault(Key(kind, name), []).append(content)
        result = Comparison()
        result.expected.update(key.kind for key in must)
        with self._guard:
            items = dict(self._items)
        for key, contents in found.items():
            item = items.get(key)
            if item is None:
                result.blame(result.strange, key, "nobody sent it")
                continue
            if len(contents) > 1:
                result.blame(result.doubled, key, f"is there {len(contents)} times")
            why = _fault(key, item, contents[0], must.get(key, -1))
            if why:
                result.blame(result.changed, key, why)
            elif key in must:
                result.found[key.kind] += 1
        for key in must:
            if key not in found:
                result.blame(result.lost, key, "was acknowledged and is not there")
        return result


def _fault(key: Key, item: Item, content: Any, least: int) -> str:
    """Return what is wrong with stored content, "" when it is a version that may be there."""
    version = _version_of(key, item, content)
    if version is None:
        return f"is no version of what was sent: {str(content)[:200]}"
    if version < least:
        return f"is version {version}; version {least} was acknowledged"
    if version >= len(item.fates):
        return f"is version {version}, which was never sent"
    if item.fates[version] == REFUSED:
        return f"is version {version}, which was refused"
    return ""


def _version_of(key: Key, item: Item, content: Any) -> int | None:
    """Return which whole version stored content is, None when it is none."""
    if key.kind == "scores":
        value = float(content)
        return int(value) if value.is_integer() else None
    if key.kind == "attachments":
        return 0 if content == hashlib.sha256(picture(key.name)).hexdigest() else None
    if key.name.startswith("gateway"):
        return _version_of_call(key, item, *content)
    said, answer = content
    if said != {"name": key.name, "text": text(key.name, -1, item.text_bytes)}:
        return None
    if not isinstance(answer, dict) or not isinstance(answer.get("version"), int):
        return None
    version: int = answer["version"]
    return version if answer == output(key.name, version, item.text_bytes) else None


def _version_of_call(key: Key, item: Item, said: Any, answer: Any) -> int | None:
    asked = prompt(key.name, item.text_bytes)
    if said != {"messages": [{"role": "user", "content": asked}]}:
        return None
    try:
        heard = answer["choices"][0]["message"]["content"]
    except (KeyError, IndexError, TypeError):
        heard = ""
    if heard == asked:
        return 0
    # Who hung up is recorded with what he got.
    return 0 if item.fates[0] == OPEN and asked.startswith(heard) else None


def _read(reader: Reader) -> Iterator[tuple[Kind, str, Any]]:
    """Yield kind, name and content of all that is stored."""
    for kind in ("traces", "spans"):
        for line in reader.lines(kind):
            yield kind, line["name"], (line.get("input"), line.get("output"))
            for score in line.get("feedback_scores") or ():
                yield "scores", f"{line['name']}/{score['name']}", score["value"]
            if line["name"].endswith("+file"):
                for name, digest in reader.files(line["id"]):
                    yield "attachments", f"{line['name']}/{name}", digest


def text(name: str, version: int, size: int) -> str:
    """Return `size` characters that depend on name and version."""
    words = hashlib.shake_128(f"{name}/{version}".encode()).hexdigest(size // 2 + 1)
    return words[:size]


def input_(name: str, size: int) -> dict[str, Any]:
    return {"name": name, "text": text(name, -1, size)}


def output(name: str, version: int, size: int) -> dict[str, Any]:
    return {"version": version, "text": text(name, version, size)}


def prompt(name: str, size: int) -> str:
    """Return what is asked of a model: words, so that a stream has several pieces."""
    said = text(name, 0, size)
    return name + " " + " ".join(said[at : at + 40] for at in range(0, len(said), 40))


def picture(name: str) -> bytes:
    """Return the bytes of a file."""
    return hashlib.shake_128(name.encode()).digest(20_000)
