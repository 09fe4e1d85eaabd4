"""YAML with line numbers: plain values, where each stands, and complaints that say so."""

import difflib
import re
from collections.abc import Collection, Mapping
from typing import Any

import msgspec
import yaml

from sightline.core.errors import ConfigurationError

Path = tuple[str | int, ...]

# A file has some thousands of values; aliases can make many of few.
_MAX_NODES = 200_000
_MAX_DEPTH = 50
_ENVIRONMENT = "os.environ/"
_NAME = re.compile(r"[A-Za-z_]\w*")


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """Something in the file that has no effect here: where it stands, and what to do."""

    path: str
    line: int
    message: str

    def __str__(self) -> str:
        return f"line {self.line}: `{self.path}` {self.message}"


class Document:
    """A file's values, and what was found wrong while they were read.

    `environment` answers `os.environ/NAME`; a value that a name stands for is read as text.
    """

    def __init__(self, text: str, name: str, environment: Mapping[str, str]) -> None:
        self.name = name
        self.environment = dict(environment)
        self.problems: list[Problem] = []
        self._lines: dict[Path, int] = {}
        self._nodes = 0
        self.root = self._read(text)

    def line(self, path: Path) -> int:
        """Return the line on which a value stands, from 1; that of what holds it if it is new."""
        while path and path not in self._lines:
            path = path[:-1]
        return self._lines.get(path, 1)

    def fail(self, path: Path, message: str, hint: str | None = None) -> ConfigurationError:
        """Return the error for a value that is wrong; `message` goes on after its path."""
        where = f"{self.name}, line {self.line(path)}"
        return ConfigurationError(f"{where}: `{dotted(path)}` {message}", hint=hint)

    def warn(self, path: Path, message: str) -> None:
        """Name a value that has no effect."""
        self.problems.append(Problem(path=dotted(path), line=self.line(path), message=message))

    def resolved(self, value: Any, path: Path) -> Any:
        """Return the value with each `os.environ/NAME` replaced.

        Raises `ConfigurationError` for a variable that is not set.
        """
        if isinstance(value, str) and value.startswith(_ENVIRONMENT):
            name = value[len(_ENVIRONMENT) :].strip()
            if not _NAME.fullmatch(name):
                raise self.fail(path, f"names no environment variable: `{value}`")
            found = self.environment.get(name)
            if found is None:
                raise self.fail(
                    path,
                    f"needs the environment variable {name}, which is not set",
                    f"Set {name} before the start, or take the entry out of the file",
                )
            return found
        if isinstance(value, Mapping):
            return {k: self.resolved(v, (*path, k)) for k, v in value.items()}
        if isinstance(value, list):
            return [self.resolved(v, (*path, at)) for at, v in enumerate(value)]
        return value

    def _read(self, text: str) -> Any:
        loader = yaml.SafeLoader(text)
        try:
            node = loader.get_single_node()
            return None if node is None else self._value(loader, node, ())
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            line = mark.line + 1 if mark else 1
            raise ConfigurationError(
                f"{self.name}, line {line}: this is no YAML: {error.problem or error.context}"
            ) from None
        except (yaml.YAMLError, ValueError, RecursionError) as error:
            raise ConfigurationError(
                f"{self.name}: this is no YAML: {str(error).splitlines()[0]}"
            ) from None
        finally:
            loader.dispose()

    def _value(self, loader: yaml.SafeLoader, node: yaml.Node, path: Path) -> Any:
        self._nodes += 1
        self._lines[path] = node.start_mark.line + 1
        if self._nodes > _MAX_NODES or len(path) > _MAX_DEPTH:
            raise self.fail(path, "is too large or too deep for a configuration")
        if isinstance(node, yaml.MappingNode):
            return self._mapping(loader, node, path)
        if isinstance(node, yaml.SequenceNode):
            return [self._value(loader, item, (*path, at)) for at, item in enumerate(node.value)]
        return loader.construct_object(node)

    def _mapping(
        self, loader: yaml.SafeLoader, node: yaml.MappingNode, path: Path
    ) -> dict[str, Any]:
        own = {k.value for k, _ in node.value if k.tag != "tag:yaml.org,2002:merge"}
        seen: dict[str, int] = {}
        for key, _ in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise self.fail(path, "has a key that is no text")
            line = key.start_mark.line + 1
            if key.value in seen and key.tag != "tag:yaml.org,2002:merge":
                self._lines[(*path, key.value)] = line
                raise self.fail(
                    (*path, key.value), f"is there twice, first on line {seen[key.value]}"
                )
            seen[key.value] = line
        loader.flatten_mapping(node)
        values: dict[str, Any] = {}
        for key, item in node.value:
            # What is written here stands over what `<<` brings in before it.
            if key.value in own or key.value not in values:
                values[str(key.value)] = self._value(loader, item, (*path, str(key.value)))
        return values


class Section:
    """A mapping of the file, read field by field; `finish` names what nobody asked for."""

    def __init__(self, document: Document, value: Any, path: Path) -> None:
        if value is None:
            value = {}
        if not isinstance(value, dict):
            raise document.fail(path, f"must be a mapping, not {_kind(value)}")
        self.document = document
        self.path = path
        self.values: dict[str, Any] = value
        self._taken: set[str] = set()

    def raw(self, name: str) -> Any:
        """Return a field as it stands, None when it is not there."""
        self._taken.add(name)
        return self.values.get(name)

    def get(self, name: str) -> Any:
        """Return a field with the environment put in."""
        return self.document.resolved(self.raw(name), (*self.path, name))

    def text(self, name: str) -> str | None:
        value = self.get(name)
        if value is None or isinstance(value, str):
            return value
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            return str(value)
        raise self.wrong(name, value, "text")

    def number(self, name: str, *, least: float = 0.0) -> float | None:
        value = self.get(name)
        if value is None:
            return None
        if isinstance(value, str):
            # As the environment has it; and YAML reads `1e-7` as text.
            try:
                value = float(value)
            except ValueError:
                raise self.wrong(name, value, "a number") from None
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise self.wrong(name, value, "a number")
        if not least <= value < float("inf"):
            raise self.document.fail((*self.path, name), f"must be at least {least:g}")
        return float(value)

    def integer(self, name: str, *, least: int = 0) -> int | None:
        value = self.number(name, least=least)
        if value is None:
            return None
        if value != int(value):
            raise self.wrong(name, value, "a whole number")
        return int(value)

    def flag(self, name: str) -> bool | None:
        value = self.get(name)
        if isinstance(value, str) and value.lower() in {"true", "false"}:
            return value.lower() == "true"
        if value is None or isinstance(value, bool):
            return value
        raise self.wrong(name, value, "true or false")

    def texts(self, name: str) -> list[str]:
        """Return a list of texts; one text alone is a list of one."""
        value = self.get(name)
        if value is None:
            return []
        if isinstance(value, str):
            return [value]
        if isinstance(value, list) and all(isinstance(item, str) for item in value):
            return value
        raise self.wrong(name, value, "a list of texts")

    def section(self, name: str) -> "Section":
        return Section(self.document, self.raw(name), (*self.path, name))

    def items(self, name: str) -> list[tuple[Any, Path]]:
        """Return a list's values, each with its path."""
        value = self.raw(name)
        if value is None:
            return []
        if not isinstance(value, list):
            raise self.wrong(name, value, "a list")
        return [(item, (*self.path, name, at)) for at, item in enumerate(value)]

    def wrong(self, name: str, value: Any, wanted: str) -> ConfigurationError:
        return self.document.fail((*self.path, name), f"must be {wanted}, not {_kind(value)}")

    def warn(self, name: str, message: str) -> None:
        """Name a field that is there and has no effect."""
        self._taken.add(name)
        if name in self.values:
            self.document.warn((*self.path, name), message)

    def ignore(self, names: Collection[str]) -> None:
        """Take fields that say something to people alone."""
        self._taken.update(names)

    def rest(self) -> dict[str, Any]:
        """Return the fields that were not asked for yet."""
        return {name: v for name, v in self.values.items() if name not in self._taken}

    def finish(self, known: Collection[str] = ()) -> None:
        """Name each field that nobody asked for, with the nearest one that has an effect."""
        for name in self.rest():
            near = difflib.get_close_matches(name, {*self._taken, *known}, 1, 0.8)
            hint = f"; is `{near[0]}` meant?" if near else ""
            self.warn(name, f"is not supported and has no effect{hint}")


def dotted(path: Path) -> str:
    """Return `model_list[0].litellm_params.model`."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text or "the file"


def _kind(value: Any) -> str:
    if value is None:
        return "nothing"
    names = {bool: "true or false", str: "text", dict: "a mapping", list: "a list"}
    return names.get(type(value), "a number" if isinstance(value, (int, float)) else "a date")
