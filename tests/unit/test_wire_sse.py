"""Event streams come in any pieces and are read the same."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sightline.wire import sse

STREAM = (
    b"\xef\xbb\xbf: a comment\n\n"
    b'data: {"text":"h\xc3\xa9llo \xf0\x9f\x8c\x8d"}\n\n'
    b"event: named\r\ndata: one\r\ndata: two\r\n\r\n"
    b":keep-alive\ndata:no space\nid: 7\nretry: 10\n\n"
    b"event: nothing in it\n\n"
    b"data\r\rdata: last"
)
EVENTS = [
    (None, '{"text":"héllo 🌍"}'.encode()),
    ("named", b"one\ntwo"),
    (None, b"no space"),
    (None, b""),
    (None, b"last"),
]


def read(*pieces: bytes) -> list[sse.Event]:
    reader = sse.Reader()
    return [event for piece in pieces for event in reader.feed(piece)] + reader.close()


@pytest.mark.parametrize("at", range(len(STREAM) + 1))
def test_a_stream_cut_at_any_byte_reads_the_same(at: int) -> None:
    assert read(STREAM[:at], STREAM[at:]) == EVENTS


def test_a_stream_of_single_bytes_reads_the_same() -> None:
    assert read(*(STREAM[at : at + 1] for at in range(len(STREAM)))) == EVENTS


@given(st.lists(st.binary(max_size=40), max_size=12))
def test_any_bytes_in_any_pieces_read_as_the_whole(pieces: list[bytes]) -> None:
    assert read(*pieces) == read(b"".join(pieces))


@given(st.lists(st.tuples(st.none() | st.just("name"), st.text(max_size=30)), max_size=8))
def test_what_is_written_is_read_again(events: list[tuple[str | None, str]]) -> None:
    plain = [(name, "".join(text.split()).encode()) for name, text in events]
    told = b"".join(sse.event(data, name) + sse.comment("KEEP ALIVE") for name, data in plain)
    assert read(told) == plain


def test_an_event_that_never_ends_is_refused() -> None:
    reader = sse.Reader(max_event_bytes=1000)
    with pytest.raises(ValueError, match="larger than 1000 bytes"):
        for _ in range(200):
            reader.feed(b"data: 0123456789")


def test_a_large_event_in_small_pieces_is_read_in_linear_time() -> None:
    pieces = [b"data: ", *([b"x" * 64] * 40_000), b"\n\n"]
    reader = sse.Reader()
    events = [event for piece in pieces for event in reader.feed(piece)]
    assert [len(data) for _, data in events] == [64 * 40_000]


def test_the_end_is_said_as_openai_says_it() -> None:
    assert read(sse.DONE) == [(None, b"[DONE]")]
