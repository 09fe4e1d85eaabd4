"""How far a move has come: a small file in the data folder that is moved."""

import os
from pathlib import Path

import msgspec

from sightline.core.errors import ConfigurationError
from sightline.stores.disk import sync_folder

FILE_NAME = "migrate-store.json"


class TableState(msgspec.Struct, omit_defaults=True):
    """How far a table is: all up to the key `after`, or all of it."""

    after: tuple[str, ...] | None = None
    messages: int = 0
    bytes: int = 0
    is_copied: bool = False
    is_from_before: bool = False


class PartState(msgspec.Struct, omit_defaults=True):
    """A store on its way to `place`, said without secrets; `finished_us` once it is whole.

    `source` tells what the folder had then, so that it is seen when there is more.
    """

    place: str
    finished_us: int = 0
    source: str = ""


class State(msgspec.Struct, omit_defaults=True):
    """`move` is an id that the new catalog keeps, so that it is known again."""

    move: str
    parts: dict[str, PartState] = {}
    tables: dict[str, TableState] = {}


class StateFile:
    """The state, written whole at each step: it survives a kill and a power cut."""

    def __init__(self, folder: Path, fresh_move: str) -> None:
        """Read the folder's file. Raises `ConfigurationError` for one that does not read."""
        self.path = folder / FILE_NAME
        try:
            self.now = msgspec.json.decode(self.path.read_bytes(), type=State)
        except FileNotFoundError:
            self.now = State(fresh_move)
        except msgspec.MsgspecError:
            raise ConfigurationError(
                f"`{self.path}` does not read as the state of a move",
                hint="Remove it and empty the new stores; the move then begins anew",
            ) from None

    def save(self) -> None:
        """Replace the file. Raises `OSError`, and then the one before is there still."""
        new = self.path.with_name(f"{FILE_NAME}.new")
        descriptor = os.open(new, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            # All of it, or an error: one call to the system may write less.
            file.write(msgspec.json.format(msgspec.json.encode(self.now), indent=1))
            file.flush()
            os.fsync(file.fileno())
        new.replace(self.path)
        # The name, too: a power cut must not leave the file of a step before the first.
        sync_folder(self.path.parent)

    def begun(self, part: str, place: str) -> bool:
        """Say whether a part was begun towards this place by an earlier run."""
        state = self.now.parts.get(part)
        return state is not None and state.place == place

    def begin(self, part: str, place: str) -> None:
        """Note that a part begins."""
        if part == "analytics":
            self.now.tables.clear()
        self.now.parts[part] = PartState(place)
        self.save()

    def finish(self, part: str, now_us: int, source: str) -> None:
        """Note that a part is whole, and what it was in the folder."""
        self.now.parts[part].finished_us = now_us
        self.now.parts[part].source = source
        self.save()

    def is_finished(self, part: str, place: str) -> bool:
        """Say whether a part was moved to this place."""
        return self.begun(part, place) and self.now.parts[part].finished_us > 0

    def has_changed(self, part: str, source: str) -> bool:
        """Say whether the folder has something else of a part than when it was moved."""
        return self.now.parts[part].source not in {"", source}
