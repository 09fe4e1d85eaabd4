"""What rooms need of one another, as Protocols; `app` brings them together."""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Literal, Protocol

from sightline.core.ids import Id
from sightline.domain.writes import SpanWrite, TraceWrite


class Projects(Protocol):
    """Names to ids; a project comes into being on first use."""

    async def project_ids(self, workspace_id: Id, names: Iterable[str]) -> dict[str, Id]: ...


class Prices(Protocol):
    """What a call costs. None means that the price is unknown, never that it is free."""

    @property
    def version(self) -> str: ...

    def cost_usd(
        self, provider: str | None, model: str | None, usage: dict[str, int]
    ) -> Decimal | None: ...


class MediaSink(Protocol):
    """Cuts large base64 media out of payloads and keeps them as attachments, durably."""

    def has_media(self, write: TraceWrite | SpanWrite) -> bool: ...

    async def extract(self, workspace_id: Id, write: TraceWrite | SpanWrite, user: str) -> None: ...


class Arrivals(Protocol):
    """Whoever wants to know that rows were stored. Called on the event loop; must not wait."""

    def stored(
        self,
        workspace_id: Id,
        kind: Literal["traces", "spans"],
        writes: Sequence[TraceWrite] | Sequence[SpanWrite],
    ) -> None: ...
