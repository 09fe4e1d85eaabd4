"""Environments: names such as `production` that traces and spans may carry."""

import re

import msgspec

from sightline.core.errors import UnprocessableError
from sightline.core.ids import Id

MAX_PER_WORKSPACE = 100
MAX_NAME_LENGTH = 150
MAX_DESCRIPTION_LENGTH = 500
MAX_COLOR_LENGTH = 20
DEFAULT_COLOR = "default"

_NAME = re.compile(r"[A-Za-z0-9_-]+")
_INT32 = 2**31


class Environment(msgspec.Struct, frozen=True, kw_only=True):
    """`position` is where people have put it in a list; ties are as created."""

    id: Id
    workspace_id: Id
    name: str
    description: str | None = None
    color: str = DEFAULT_COLOR
    position: int = 0
    created_at_us: int
    created_by: str
    last_updated_at_us: int
    last_updated_by: str


def check(
    *,
    name: str | None,
    description: str | None = None,
    color: str | None = None,
    position: int | None = None,
) -> None:
    """Raise `UnprocessableError` with every rule that is broken; None was not said."""
    broken: list[str] = []
    if name is not None and len(name) > MAX_NAME_LENGTH:
        broken.append(f"name size must be between 0 and {MAX_NAME_LENGTH}")
    if name is not None and not _NAME.fullmatch(name):
        broken.append('name must match "^[A-Za-z0-9_-]+$"')
    if description is not None and len(description) > MAX_DESCRIPTION_LENGTH:
        broken.append(f"description size must be between 0 and {MAX_DESCRIPTION_LENGTH}")
    if color is not None and len(color) > MAX_COLOR_LENGTH:
        broken.append(f"color size must be between 0 and {MAX_COLOR_LENGTH}")
    if position is not None and not -_INT32 <= position < _INT32:
        broken.append("position must be a 32-bit integer")
    if broken:
        raise UnprocessableError(broken[0], fields=broken)
