"""Trying a destination: "Test connection" and "Send test trace", told without its secrets."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from sightline.core.clock import Clock
from sightline.core.errors import InvalidRequestError
from sightline.core.ids import NIL, Id
from sightline.core.log import get_logger
from sightline.destinations.base import (
    Destination,
    HttpRequest,
    decode_config,
    encode_config,
    judge,
    judge_test,
    sample_deliveries,
)
from sightline.domain.broadcast import Rules
from sightline.net.errors import OutboundError
from sightline.services.broadcast.scrub import Scrubber
from sightline.services.broadcast.sending import Sender
from sightline.services.broadcast.targets import Target, secrets_of

log = get_logger(__name__)

_SHOWN_CHARACTERS = 2_048


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """How a trial went. `request` is its line (`POST https://…`), secrets hidden."""

    passed: bool
    request: str
    status: int | None = None
    answer: str = ""
    reason: str = ""
    took_ms: int = 0


class TestFailedError(InvalidRequestError):
    """A destination is not saved, since its test does not pass; `outcome` says more."""

    __test__ = False

    def __init__(self, outcome: Outcome) -> None:
        super().__init__(
            f"The connection test failed: {outcome.reason}",
            hint=f"Nothing was saved. The test sent {outcome.request}",
        )
        self.outcome = outcome


class Trials:
    """Sends tests and samples."""

    def __init__(self, sender: Sender, clock: Clock) -> None:
        self._sender = sender
        self._clock = clock

    async def test(self, destination: Destination, values: Mapping[str, Any]) -> Outcome:
        """Send what shows whether a config is good; it stores nothing there.

        Raises `InvalidRequestError` for a config that does not read.
        """
        target = trial_target(destination, values)
        request = await asyncio.to_thread(destination.test, target.config)
        return await self._try(target, request, is_test=True)

    async def sample(self, target: Target) -> Outcome:
        """Send a generation that says of itself that it is a sample."""
        destination = _usable(target)
        deliveries = await asyncio.to_thread(
            sample_deliveries, destination, target.config, self._clock.now_us()
        )
        prepared = await self._sender.prepare(target)
        outcome = Outcome(passed=False, request="", reason=prepared.reason or "There is no sample")
        if prepared.verdict == "retry":
            return outcome
        return await self._all(target, [r for one in deliveries for r in one.requests], outcome)

    async def _all(
        self, target: Target, requests: Sequence[HttpRequest], outcome: Outcome
    ) -> Outcome:
        took_ms = 0
        for request in requests:
            outcome = await self._try(target, request, is_test=False)
            took_ms += outcome.took_ms
            if not outcome.passed:
                break
        return msgspec.structs.replace(outcome, took_ms=took_ms)

    async def _try(self, target: Target, request: HttpRequest, *, is_test: bool) -> Outcome:
        destination = _usable(target)
        scrubber = target.scrubber.with_request(request)
        line = f"{request.method} {scrubber.url(request.url)}"
        loop = asyncio.get_running_loop()
        begun = loop.time()
        try:
            response = await self._sender.fetch(target, request)
        except OutboundError as error:
            return Outcome(
                passed=False,
                request=line,
                reason=scrubber.text(error.message),
                took_ms=round((loop.time() - begun) * 1000),
            )
        verdict = (judge_test if is_test else judge)(destination, response)
        log.info("broadcast.tried", type=destination.type, status=response.status, verdict=verdict)
        return Outcome(
            passed=verdict == "delivered",
            request=line,
            status=response.status,
            answer=scrubber.text(response.body.decode("utf-8", "replace"))[:_SHOWN_CHARACTERS],
            reason="" if verdict == "delivered" else f"it answered with status {response.status}",
            took_ms=round((loop.time() - begun) * 1000),
        )


def trial_target(destination: Destination, values: Mapping[str, Any], id: Id = NIL) -> Target:
    """Return a target for a config that is not saved (yet).

    Raises `InvalidRequestError` for a config that does not read.
    """
    config = decode_config(destination, values)
    kept = encode_config(destination, config)
    return Target(
        id=id,
        workspace_id=NIL,
        type=destination.type,
        name="",
        destination=destination,
        config=config,
        values=kept,
        rules=Rules(),
        scrubber=Scrubber(secrets_of(destination, kept)),
        version="",
        is_operators=False,
    )


def _usable(target: Target) -> Destination:
    if target.destination is None or target.config is None:
        raise InvalidRequestError(target.problem or "The destination cannot be used")
    return target.destination
