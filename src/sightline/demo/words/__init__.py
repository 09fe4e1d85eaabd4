"""Vocabulary of each made-up application, one TOML file each."""

import tomllib
from functools import cache
from importlib import resources
from typing import TypeVar

import msgspec

T = TypeVar("T")


@cache
def load(name: str, type_: type[T]) -> T:
    """Read `name`.toml as a `type_`."""
    text = (resources.files(__name__) / f"{name}.toml").read_text(encoding="utf-8")
    return msgspec.convert(tomllib.loads(text), type_)
