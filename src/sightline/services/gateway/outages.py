"""What the gateway remembers of endpoints: failures, how fast they are, how busy."""

from collections import deque
from collections.abc import Mapping

import msgspec

from sightline.core.clock import Clock
from sightline.domain.gateway import Endpoint, RouterOptions

# OpenRouter: an endpoint that failed within this time comes after those that did not.
_OUTAGE_US = 30_000_000
_MINUTE_US = 60_000_000
_MAX_ENDPOINTS = 10_000
_SAMPLES = 100


class EndpointFigures(msgspec.Struct, frozen=True, kw_only=True):
    """An endpoint as the pages show it; latency is to the first byte or token."""

    calls: int
    failures: int
    in_flight: int
    is_out: bool
    latency_ms: float | None
    tokens_per_s: float | None


class _State:
    __slots__ = (
        "calls",
        "failed_us",
        "failures",
        "in_flight",
        "latencies_us",
        "out_until_us",
        "rates",
        "requests",
        "tokens",
    )

    def __init__(self) -> None:
        self.calls = 0
        self.failures = 0
        self.in_flight = 0
        self.out_until_us = 0
        self.failed_us: deque[int] = deque()
        self.latencies_us: deque[int] = deque(maxlen=_SAMPLES)
        self.rates: deque[float] = deque(maxlen=_SAMPLES)
        self.requests: deque[tuple[int, int]] = deque()
        self.tokens: deque[tuple[int, int]] = deque()


class Outages:
    """The memory of one process. Endpoints are told apart by `Endpoint.id`."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._states: dict[str, _State] = {}

    def is_out(self, endpoint: Endpoint) -> bool:
        """Say whether an endpoint failed lately, or is cooling down."""
        state = self._states.get(endpoint.id)
        return state is not None and state.out_until_us > self._clock.steady_us()

    def wait_s(self, endpoint: Endpoint) -> float:
        """Return how long until the endpoint's own limits let a call in; 0 when they do now."""
        if endpoint.rpm is None and endpoint.tpm is None and endpoint.max_parallel is None:
            return 0.0
        state = self._states.get(endpoint.id)
        if state is None:
            return 0.0
        if endpoint.max_parallel is not None and state.in_flight >= endpoint.max_parallel:
            return 1.0
        now_us = self._clock.steady_us()
        waits = [0.0]
        if endpoint.rpm is not None:
            waits.append(_wait_s(state.requests, endpoint.rpm, now_us))
        if endpoint.tpm is not None:
            waits.append(_wait_s(state.tokens, endpoint.tpm, now_us))
        return max(waits)

    def in_flight(self, endpoint: Endpoint) -> int:
        state = self._states.get(endpoint.id)
        return 0 if state is None else state.in_flight

    def latency_ms(self, endpoint: Endpoint, quantile: float = 0.5) -> float | None:
        """Return the time to the first byte of an answer, or of a stream's first token."""
        state = self._states.get(endpoint.id)
        if state is None or not state.latencies_us:
            return None
        return _quantile([us / 1000 for us in state.latencies_us], quantile)

    def tokens_per_s(self, endpoint: Endpoint, quantile: float = 0.5) -> float | None:
        state = self._states.get(endpoint.id)
        if state is None or not state.rates:
            return None
        # The slow end counts: a tenth of all calls are slower than p90.
        return _quantile(list(state.rates), 1 - quantile)

    def began(self, endpoint: Endpoint) -> None:
        """Note that a call goes to an endpoint; `ended` must follow."""
        state = self._state(endpoint)
        state.calls += 1
        state.in_flight += 1
        if endpoint.rpm is not None:
            state.requests.append((self._clock.steady_us(), 1))

    def ended(self, endpoint: Endpoint) -> None:
        state = self._state(endpoint)
        state.in_flight = max(state.in_flight - 1, 0)

    def worked(
        self, endpoint: Endpoint, *, first_us: int, total_us: int, tokens: int, completion: int
    ) -> None:
        """Note an answer: µs to its first byte and in all, tokens in all and of the completion."""
        state = self._state(endpoint)
        state.out_until_us = 0
        state.failed_us.clear()
        state.latencies_us.append(first_us)
        if completion and total_us:
            state.rates.append(completion / total_us * 1_000_000)
        if endpoint.tpm is not None and tokens:
            state.tokens.append((self._clock.steady_us(), tokens))

    def failed(
        self, endpoint: Endpoint, router: RouterOptions, retry_after_s: float | None = None
    ) -> None:
        """Note a failure that is the endpoint's own; it comes after others for a while."""
        state = self._state(endpoint)
        now_us = self._clock.steady_us()
        state.failures += 1
        state.failed_us.append(now_us)
        while state.failed_us[0] < now_us - _MINUTE_US:
            state.failed_us.popleft()
        out_us = _OUTAGE_US
        if len(state.failed_us) > router.allowed_fails:
            out_us = max(out_us, round(router.cooldown_s * 1_000_000))
        if retry_after_s is not None:
            out_us = max(out_us, round(min(retry_after_s, 300.0) * 1_000_000))
        state.out_until_us = max(state.out_until_us, now_us + out_us)

    def figures(self) -> Mapping[str, EndpointFigures]:
        """Return what is known of each endpoint that was called, by its id."""
        now_us = self._clock.steady_us()
        return {
            id: EndpointFigures(
                calls=state.calls,
                failures=state.failures,
                in_flight=state.in_flight,
                is_out=state.out_until_us > now_us,
                latency_ms=_quantile([us / 1000 for us in state.latencies_us], 0.5)
                if state.latencies_us
                else None,
                tokens_per_s=_quantile(list(state.rates), 0.5) if state.rates else None,
            )
            for id, state in self._states.items()
        }

    def _state(self, endpoint: Endpoint) -> _State:
        state = self._states.get(endpoint.id)
        if state is None:
            if len(self._states) >= _MAX_ENDPOINTS:
                # Names of a wildcard's models are callers' to make up.
                idle = next((i for i, s in self._states.items() if not s.in_flight), None)
                if idle is not None:
                    del self._states[idle]
            state = self._states[endpoint.id] = _State()
        return state


def _wait_s(window: deque[tuple[int, int]], limit: int, now_us: int) -> float:
    """Return how long until less than `limit` was taken within a minute."""
    while window and window[0][0] <= now_us - _MINUTE_US:
        window.popleft()
    taken = sum(count for _, count in window)
    if taken < limit:
        return 0.0
    for at_us, count in window:
        taken -= count
        if taken < limit:
            return max((at_us + _MINUTE_US - now_us) / 1_000_000, 0.001)
    return _MINUTE_US / 1_000_000


def _quantile(values: list[float], quantile: float) -> float:
    values.sort()
    return values[min(int(len(values) * quantile), len(values) - 1)]
