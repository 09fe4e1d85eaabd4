"""What a destination is: pure functions from generations to HTTP requests, and how to read answers.

The gateway's broadcast, the exporters of `sightline.exporters` and the button "Test connection"
use the same object; whoever uses it does the I/O: it makes the requests, passes each through
`signed` right before it goes out, and judges the answers.
"""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, Literal, Protocol

import msgspec

import sightline.destinations
from sightline.core.errors import InvalidRequestError
from sightline.core.registry import discover
from sightline.destinations import _config
from sightline.destinations._config import FormField as FormField
from sightline.destinations._sample import sample_generation
from sightline.domain.broadcast import Extras as Extras
from sightline.domain.generation import Generation

Verdict = Literal["delivered", "retry", "refused"]
ConfigType = type[msgspec.Struct]


class HttpRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A request to send. `headers` hold secrets: never log them."""

    method: str = "POST"
    url: str
    headers: dict[str, str] = {}
    body: bytes = b""

    def __repr__(self) -> str:
        return f"HttpRequest({self.method}, {len(self.body)} bytes)"


class HttpResponse(msgspec.Struct, frozen=True, kw_only=True):
    """An answer. `headers` have lower-case names; `body` is cut by whoever read it."""

    status: int
    headers: Mapping[str, str] = {}
    body: bytes = b""


class Delivery(msgspec.Struct, frozen=True, kw_only=True):
    """Requests to send one after another; all must be delivered for the generations to be.

    `generations` are positions in the batch that was mapped.
    """

    requests: tuple[HttpRequest, ...]
    generations: tuple[int, ...]


class Destination(msgspec.Struct, frozen=True, kw_only=True):
    """One kind of place to send to.

    `config` is a struct type whose fields carry `Meta(title=, description=, extra_json_schema=)`;
    `{"secret": true}` there marks a secret, `{"placeholder": …}` what a form shows in its place.
    Field names are the wire's (`apiKey`). `deliveries` may make one request a generation or one a
    batch. `prepare` are requests that must have passed once before the first delivery (CREATE
    TABLE). `sign` puts on a request what holds for minutes only. `verdict` judges an answer; the
    default takes 2xx, retries 408, 425, 429 and 5xx, and gives up on the rest.
    """

    type: str
    title: str
    config: ConfigType
    deliveries: "Deliveries"
    test: "MakeTest"
    sample: "MakeSample | None" = None
    """For a destination whose sample is another than `sample_deliveries` makes."""
    prepare: "MakePrepare | None" = None
    sign: "Sign | None" = None
    verdict: "Judge | None" = None
    test_verdict: "Judge | None" = None
    docs_url: str = ""
    batch_size: int = 100
    """The most generations that one delivery should hold."""


class Deliveries(Protocol):
    def __call__(
        self, config: Any, batch: Sequence[Generation], extras: Extras
    ) -> list[Delivery]: ...


class MakeTest(Protocol):
    """Return the request that shows whether the credentials are good; it stores nothing."""

    def __call__(self, config: Any) -> HttpRequest: ...


class MakeSample(Protocol):
    def __call__(self, config: Any) -> list[Delivery]: ...


class MakePrepare(Protocol):
    def __call__(self, config: Any) -> list[HttpRequest]: ...


class Sign(Protocol):
    """Return the request as it may go out at this moment."""

    def __call__(self, config: Any, request: HttpRequest, now_us: int) -> HttpRequest: ...


class Judge(Protocol):
    def __call__(self, response: HttpResponse) -> Verdict: ...


def default_verdict(response: HttpResponse) -> Verdict:
    """Judge by the status alone."""
    if 200 <= response.status < 300:
        return "delivered"
    if response.status in {408, 425, 429} or response.status >= 500:
        return "retry"
    return "refused"


def judge(destination: Destination, response: HttpResponse) -> Verdict:
    """Return what an answer to a delivery means."""
    return (destination.verdict or default_verdict)(response)


def judge_test(destination: Destination, response: HttpResponse) -> Verdict:
    """Return what an answer to a test means."""
    return (destination.test_verdict or destination.verdict or default_verdict)(response)


def signed(destination: Destination, config: Any, request: HttpRequest, now_us: int) -> HttpRequest:
    """Return the request as it may go out now. Call it before each try, test and prepare too."""
    return destination.sign(config, request, now_us) if destination.sign else request


def sample_deliveries(destination: Destination, config: Any, now_us: int) -> list[Delivery]:
    """Return what sends one generation that says of itself that it is a sample."""
    if destination.sample:
        return destination.sample(config)
    return destination.deliveries(config, [sample_generation(now_us)], Extras())


@cache
def all_destinations() -> Mapping[str, Destination]:
    """Return every destination by its type; the first call imports them."""
    return discover(sightline.destinations, "DESTINATION", Destination)


def find_destination(type: str) -> Destination:
    """Raises `InvalidRequestError` when there is none of this type."""
    found = all_destinations().get(type)
    if found is None:
        text = f"type must be one of {', '.join(all_destinations())}"
        raise InvalidRequestError(text, fields=[text])
    return found


def decode_config(destination: Destination, values: Mapping[str, Any]) -> Any:
    """Return the config struct; raises `InvalidRequestError` naming the key (`config.apiKey …`)."""
    return _config.decode(destination.config, values)


def encode_config(destination: Destination, config: Any) -> dict[str, Any]:
    """Return the config with its secrets, as `decode_config` takes it; to be sealed and kept."""
    return _config.encode(config)


def masked(destination: Destination, config: Any) -> dict[str, Any]:
    """Return the config, a struct or its values, as it may be shown: secrets as `****...AbCd`."""
    return _config.masked(destination.config, _config.encode(config))


def merge_secrets(destination: Destination, old: Any, new: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values `new` with the secrets of `old` where they came back masked.

    `old` is the config that is kept, a struct or its values.
    Raises `InvalidRequestError` when a masked value is not the one kept, and when a URL changed
    with it.
    """
    return _config.merge_secrets(destination.config, _config.encode(old), new)


def form(destination: Destination) -> tuple[FormField, ...]:
    """Return the inputs of a form for this destination."""
    return _config.form(destination.config)


def url_fields(destination: Destination) -> tuple[str, ...]:
    """Return the keys that hold URLs typed by a user."""
    return _config.url_fields(destination.config)
