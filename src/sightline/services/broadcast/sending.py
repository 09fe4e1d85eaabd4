"""Sends what a destination has mapped, one try, and says how that went without any secret."""

from collections.abc import Sequence

import msgspec

from sightline.core.clock import Clock
from sightline.destinations.base import HttpRequest, HttpResponse, Verdict, judge, signed
from sightline.domain.gateway import Timeouts
from sightline.net.errors import OutboundError, RefusedAddressError
from sightline.net.outbound import Outbound
from sightline.services.broadcast import backoff
from sightline.services.broadcast.options import BroadcastOptions
from sightline.services.broadcast.targets import Target

_READ_BYTES = 64 * 1024
_REASON_CHARACTERS = 300
_OTHERS_REMEMBERED = 1_000


class Sent(msgspec.Struct, frozen=True, kw_only=True):
    """How a delivery went; unless it is delivered, `reason` says why."""

    verdict: Verdict
    reason: str = ""
    status: int | None = None
    retry_after_s: float | None = None


class Sender:
    """Sends requests to destinations."""

    def __init__(self, outbound: Outbound, clock: Clock, options: BroadcastOptions) -> None:
        self._outbound = outbound
        self._clock = clock
        self._timeouts = Timeouts(
            connect=min(5.0, options.timeout_s),
            first_byte=options.timeout_s,
            idle=options.timeout_s,
            total=options.timeout_s,
        )
        self._prepared: dict[bytes, str] = {}

    async def send(self, target: Target, requests: Sequence[HttpRequest]) -> Sent:
        """Send requests one after another, up to the first that is not taken."""
        for request in requests:
            sent = await self._one(target, request)
            if sent.verdict != "delivered":
                return sent
        return Sent(verdict="delivered")

    async def fetch(self, target: Target, request: HttpRequest) -> HttpResponse:
        """Send one request as it may go out now. Raises `OutboundError`."""
        assert target.destination is not None  # noqa: S101 - a target that can be sent to
        ready = signed(target.destination, target.config, request, self._clock.wall_us())
        return await self._outbound.fetch(
            ready,
            timeouts=self._timeouts,
            limit_bytes=_READ_BYTES,
            # What the operator named in a file may be next door.
            allow_private=target.is_operators,
        )

    async def prepare(self, target: Target) -> Sent:
        """Send what must have passed once before the first delivery (CREATE TABLE).

        One that is refused is no reason to wait: perhaps it was done by somebody else.
        """
        destination = target.destination
        if destination is None or destination.prepare is None:
            return Sent(verdict="delivered")
        if self._prepared.get(target.id) == target.version:
            return Sent(verdict="delivered")
        sent = await self.send(target, destination.prepare(target.config))
        if sent.verdict == "delivered":
            if len(self._prepared) >= _OTHERS_REMEMBERED:
                self._prepared.clear()
            self._prepared[target.id] = target.version
        return sent

    async def _one(self, target: Target, request: HttpRequest) -> Sent:
        try:
            response = await self.fetch(target, request)
        except RefusedAddressError as error:
            return Sent(verdict="refused", reason=target.scrubber.text(error.message))
        except OutboundError as error:
            return Sent(verdict="retry", reason=target.scrubber.text(error.message))
        assert target.destination is not None  # noqa: S101 - `fetch` has seen it
        verdict = judge(target.destination, response)
        if verdict == "delivered":
            return Sent(verdict=verdict, status=response.status)
        scrubber = target.scrubber.with_request(request)
        said = scrubber.text(response.body.decode("utf-8", "replace")).strip()
        reason = f"HTTP {response.status}"
        if said:
            reason += f": {said[:_REASON_CHARACTERS]}"
        return Sent(
            verdict=verdict,
            reason=reason,
            status=response.status,
            retry_after_s=backoff.retry_after_s(response.headers, self._clock.wall_us()),
        )
