"""What became of clients' connections: the listener counts, `/metrics` tells."""

import dataclasses
from collections import Counter


@dataclasses.dataclass(slots=True)
class Connections:
    """Counted since the start; for one event loop. `stalled` is by what a client had not done:
    `head`, `body` or `answer`. `refused` were told that there are too many, or ended at once."""

    open: int = 0
    stalled: Counter[str] = dataclasses.field(default_factory=Counter)
    refused: int = 0
