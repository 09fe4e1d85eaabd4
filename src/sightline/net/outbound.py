"""The one client by which this server calls others: pooled, bounded, and careful where it calls.

A URL that a user typed must lead to the public internet. Each connection is checked as it is made,
so a name that changes its address between two look-ups does not help; calls that may reach
private addresses have a pool of their own. Redirects are not followed: they are answers.

The library below is not imported before it is needed: it takes 0.2 s, and a start waits for none.
"""

from typing import TYPE_CHECKING

import msgspec

from sightline.destinations.base import HttpRequest, HttpResponse
from sightline.domain.gateway import Timeouts
from sightline.net.errors import OutboundError

if TYPE_CHECKING:
    from aiohttp.abc import AbstractResolver

    from sightline.net.client import Answer, Client, Sendable

_FETCH_TIMEOUTS = Timeouts(connect=5.0, first_byte=30.0, idle=30.0, total=60.0)
_FETCH_BYTES = 1 << 20


class OutboundOptions(msgspec.Struct, frozen=True, kw_only=True):
    """`allow_private` lets every call reach private addresses."""

    allow_private: bool = False
    user_agent: str = "sightline"


class Outbound:
    """Calls other servers. Its pools open with the first call, inside the running loop."""

    def __init__(
        self, options: OutboundOptions, resolver: "AbstractResolver | None" = None
    ) -> None:
        self._options = options
        self._resolver = resolver
        self._client: Client | None = None
        self._closed = False

    @staticmethod
    def prepare() -> None:
        """Load what the first call would load; from any thread."""
        import sightline.net.client  # noqa: PLC0415, F401 - see above

    async def send(
        self,
        request: "Sendable",
        *,
        timeouts: Timeouts = _FETCH_TIMEOUTS,
        allow_private: bool = False,
    ) -> "Answer":
        """Send a request and return when the head of its answer is there.

        Raises `RefusedAddressError` for an address that is not public, `OutboundTimeoutError` for
        one that is too slow, else `OutboundError`.
        """
        client = self._client or self._opened()
        return await client.send(
            request, timeouts, allow_private=allow_private or self._options.allow_private
        )

    async def fetch(
        self,
        request: HttpRequest,
        *,
        timeouts: Timeouts = _FETCH_TIMEOUTS,
        limit_bytes: int = _FETCH_BYTES,
        allow_private: bool = False,
    ) -> HttpResponse:
        """Send a request and return its whole answer, header names in lower case.

        Of a body larger than `limit_bytes` what fits is returned. Raises as `send` does.
        """
        answer = await self.send(request, timeouts=timeouts, allow_private=allow_private)
        try:
            parts: list[bytes] = []
            room = limit_bytes
            while room > 0 and (data := await answer.read_some()):
                parts.append(data[:room])
                room -= len(data)
            return HttpResponse(
                status=answer.status,
                headers={name.lower(): value for name, value in answer.headers.items()},
                body=b"".join(parts),
            )
        finally:
            answer.close()

    async def close(self) -> None:
        """Close the pools; nothing can be sent after it."""
        self._closed = True
        if self._client is not None:
            await self._client.close()

    def _opened(self) -> "Client":
        from sightline.net.client import Client  # noqa: PLC0415 - see above

        if self._closed:
            raise OutboundError("Sightline is shutting down", "connect")
        self._client = Client(self._options.user_agent, self._resolver)
        return self._client
