"""How long broadcast waits, and what it hides."""

import pytest

from sightline.destinations.base import HttpRequest
from sightline.services.broadcast.backoff import pause_s, retry_after_s, wait_s
from sightline.services.broadcast.options import BroadcastOptions
from sightline.services.broadcast.scrub import Scrubber

OPTIONS = BroadcastOptions(max_pause_s=300, breaker_failures=5)


def test_waits_double_and_are_bounded_and_spread():
    for tries in range(1, 40):
        longest = min(2.0 ** (tries - 1), 300)
        waits = {wait_s(tries, b"job%d" % n, OPTIONS) for n in range(50)}
        assert all(longest / 2 <= wait <= longest for wait in waits)
        assert len(waits) > 40


def test_pauses_begin_after_the_fifth_failure_and_grow():
    assert [pause_s(n, b"d", OPTIONS) for n in range(5)] == [0] * 5
    pauses = [pause_s(n, b"d", OPTIONS) for n in range(5, 60)]
    assert 4 <= pauses[0] <= 5
    assert pauses[3] > 2 * pauses[1] > 2 * pauses[0]
    assert 240 <= pauses[-1] <= 300


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("7", 7),
        ("0", 0),
        ("1.5", 1.5),
        ("Mon, 21 Sep 2026 14:14:00 GMT", 40),
        ("Mon, 21 Sep 2020 14:14:00 GMT", 0),
        ("soon", None),
        ("-3", None),
        ("", None),
        ("Mon, 99 Foo", None),
    ],
)
def test_retry_after_is_seconds_or_a_date(text, seconds):
    assert retry_after_s({"retry-after": text}, 1_790_000_000_000_000) == seconds


def test_secrets_are_hidden_however_they_are_written():
    request = HttpRequest(
        url="https://u:pw@h/x?api_key=zzzz",
        headers={"Authorization": "Basic dXNlcjpwYXNz", "X-Test-Connection": "true"},
    )
    scrubber = Scrubber(["k/e y=1"]).with_request(request)
    said = scrubber.text("k/e y=1 k%2Fe%20y%3D1 Basic dXNlcjpwYXNz dXNlcjpwYXNz\x00 true")
    assert said == "**** **** **** **** true"
    assert scrubber.url(request.url) == "https://****@h/x?api_key=****"
