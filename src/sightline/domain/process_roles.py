"""What a process does of all that there is to do: one does everything, several may share it."""

from collections.abc import Collection
from typing import Literal, get_args

ProcessRole = Literal["api", "gateway", "worker"]
"""`api`: tracing, reading and the screens. `gateway`: calls to models. `worker`: what nobody waits
for: periodic work, jobs, deliveries to destinations."""

ALL: tuple[ProcessRole, ...] = get_args(ProcessRole)
PATTERN = rf"^\s*({'|'.join(ALL)})(\s*,\s*({'|'.join(ALL)}))*\s*$"


def parse(text: str) -> frozenset[ProcessRole]:
    """Return the roles of a list with commas that fits `PATTERN`."""
    said = {word.strip() for word in text.split(",")}
    return frozenset(role for role in ALL if role in said)


def shown(roles: Collection[ProcessRole]) -> str:
    """Return roles as people write them, always in the same order."""
    return ",".join(role for role in ALL if role in roles)
