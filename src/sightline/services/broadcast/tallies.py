"""What this process has done since it started, by destination type: the counters of `/metrics`."""

import msgspec


class Tally(msgspec.Struct, kw_only=True):
    """Generations by fate, as in the ledger."""

    queued: int = 0
    delivered: int = 0
    retried: int = 0
    failed: int = 0
    dropped: int = 0


class Tallies:
    """One tally a type."""

    def __init__(self) -> None:
        self._by_type: dict[str, Tally] = {}

    def of(self, type: str) -> Tally:
        return self._by_type.setdefault(type, Tally())

    @property
    def types(self) -> set[str]:
        return set(self._by_type)
