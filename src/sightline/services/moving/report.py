"""What a move says: while it goes on, and in the end."""

from typing import Protocol

import msgspec

from sightline.core.errors import ConfigurationError


class Moved(msgspec.Struct, frozen=True):
    """Something that is the same on both sides now: `count` rows or objects."""

    what: str
    count: int
    bytes: int = 0
    note: str = ""


class Say(Protocol):
    """Tells people how far it is. `is_news` is said at once, all else now and then."""

    def __call__(self, text: str, *, is_news: bool = False) -> None: ...


def not_empty(what: str, place: str) -> ConfigurationError:
    """Return the error for a store that something is in already."""
    return ConfigurationError(
        f"{what} at {place} is not empty, and this data folder was not being moved there; "
        "nothing was moved",
        hint="Name an empty database or prefix; what an earlier move left must be deleted first",
    )
