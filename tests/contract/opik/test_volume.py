"""Much at once: large payloads, full batches, many threads."""

from collections.abc import Callable

import pytest

from tests.contract.opik.conftest import Steps


@pytest.fixture(scope="module")
def seen(drive: Callable[..., Steps]) -> Steps:
    return drive("volume")


def test_nothing_was_lost(seen: Steps) -> None:
    for what in ("flush large", "flush batch", "flush threads"):
        assert seen[what] is True
    assert seen["get_errors_report"]["total_dropped_items"] == 0


@pytest.mark.parametrize("what", ["large trace", "large span", "large trace searched"])
def test_megabytes_come_back_as_they_went(seen: Steps, what: str) -> None:
    sent, found = seen["sent"], seen[what]
    assert sent["length"] > 4_000_000
    assert found["text"] == sent["text"]
    assert found["last"] == sent["rows"]
    assert (found["rows"], found["same"]) == (5_000, True)


def test_metadata_come_back_as_they_went(seen: Steps) -> None:
    assert seen["large span"]["deep"] is True


def test_a_list_shows_the_beginning_of_what_is_large(seen: Steps) -> None:
    assert 1000 < seen["large trace truncated"] < 20_000


def test_more_traces_than_a_request_holds_arrive_all(seen: Steps) -> None:
    assert len(seen["batch"]) == 1500
    assert seen["batch complete"] is True
    assert seen["batch scored"] == 1500


def test_many_threads_at_once_lose_and_mix_nothing(seen: Steps) -> None:
    assert seen["inputs"] == list(range(400))
    assert seen["outputs"] is True
    assert seen["spans"] == 800
    assert seen["spans in their trace"] is True
