"""Media in JSON text: cut out, named by content, and put back byte for byte."""

import base64
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sightline.core.ids import derived_id
from sightline.domain import media
from sightline.domain.media_types import extension, sniff

MIN = 256
ENTITY = derived_id(1_790_000_000_123, "trace")
PNG = b"\x89PNG\r\n\x1a\n"
JPEG = b"\xff\xd8\xff\xe0"
HEADS = [
    PNG,
    JPEG,
    b"GIF89a",
    b"RIFF\x24\x08\x00\x00WEBPVP8 ",
    b"RIFF\x24\x08\x00\x00WAVEfmt ",
    b"%PDF-1.7\n",
    b"\x00\x00\x00\x20ftypisom",
    b"\x1a\x45\xdf\xa3\x9fB\x86\x81\x01B\x82\x84webm",
    b"OggS\x00\x02",
    b"ID3\x04\x00",
    b"\xff\xfb\x90\x64",
    b'<svg xmlns="http://www.w3.org/2000/svg">',
]


def encoded(data: bytes) -> str:
    return base64.b64encode(data).decode()


def restore(cut: media.Cut) -> str:
    originals = {}
    for medium in cut.media:
        text = media.original(medium.file_name, medium.media_type, medium.data)
        assert text is not None
        originals[medium.file_name] = text
    lengths = {
        m.file_name: media.original_length(m.file_name, m.media_type, len(m.data))
        for m in cut.media
    }
    assert lengths == {name: len(text) for name, text in originals.items()}
    restored = media.restore(cut.text, originals)
    assert media.restored_length(cut.text, lengths) == len(restored)
    return restored


def cut(text: str, field: media.Field = "input", min_length: int = MIN) -> media.Cut:
    return media.cut(text, field, ENTITY, min_length)


bodies = st.builds(
    lambda head, tail, n: head + tail + bytes(n),
    st.sampled_from([*HEADS, b"\x01\x02\x03", b""]),
    st.binary(max_size=64),
    st.integers(0, 700),
)
prefixes = st.sampled_from(
    [
        "",
        "data:image/png;base64,",
        "data:image/svg+xml;charset=utf-8;base64,",
        "data:,",
        "x",
        "n",
        "\n",
        "\\",
        '"',
        "é",
        "\x00",
        "u00",
        "=",
    ]
)
strings = st.lists(
    st.one_of(
        st.text(max_size=40),
        st.builds(lambda prefix, body: prefix + encoded(body), prefixes, bodies),
        st.builds(lambda body: encoded(body)[1:], bodies),
        st.builds(lambda body: base64.urlsafe_b64encode(body).decode(), bodies),
    ),
    max_size=5,
).map("".join)
values = st.recursive(
    st.one_of(strings, st.integers(), st.none()),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(strings, inner, max_size=3)
    ),
    max_leaves=8,
)


@settings(max_examples=400, deadline=None)
@given(values, st.booleans(), st.booleans())
def test_any_json_comes_back_byte_for_byte_and_stays_json(value, as_ascii, nested):
    text = json.dumps(value, ensure_ascii=as_ascii)
    if nested:
        text = json.dumps(text)
    result = cut(text)
    json.loads(result.text)
    assert restore(result) == text
    assert cut(text) == result
    if result.media:
        assert media.may_hold_media(text, MIN)
        assert sorted(media.references(result.text)) == sorted(m.file_name for m in result.media)


def test_a_prefix_that_begins_within_other_base64_is_not_cut_twice():
    blob = encoded(PNG + bytes(301))
    text = f'"{blob}data:image/png;base64,{blob}"'
    result = cut(text)
    assert len(result.media) == 2
    assert restore(result) == text


@given(st.text(alphabet='ab+/=" \\', max_size=3000))
def test_runs_are_found_whatever_their_place(text):
    assert restore(cut(text)) == text


@pytest.mark.parametrize("offset", [*range(0, 300, 7), 1000])
@pytest.mark.parametrize("length", [MIN, MIN + 4, 5 * MIN])
def test_media_of_the_least_length_are_cut_wherever_they_stand(offset, length):
    blob = encoded(PNG + bytes(length // 4 * 3 - len(PNG)))
    assert len(blob) == length
    text = json.dumps({"t": "." * offset, "image": blob, "end": "." * (offset // 2)})
    result = cut(text)
    assert [m.media_type for m in result.media] == ["image/png"]
    assert blob not in result.text


@pytest.mark.parametrize("padding", [0, 1, 2])
def test_padding_counts_as_base64(padding):
    n = MIN // 4 * 3 - padding
    blob = encoded(PNG + bytes(n - len(PNG)))
    assert len(blob) == MIN
    assert blob.count("=") == padding
    assert len(cut(f'"{blob}"').media) == 1
    assert cut(f'"{blob}"', min_length=MIN + 4).media == []


@pytest.mark.parametrize("head", HEADS)
def test_bare_base64_of_known_media_is_cut(head):
    result = cut(json.dumps({"data": encoded(head + bytes(500))}))
    assert len(result.media) == 1
    assert result.media[0].media_type == sniff(head + bytes(500))


def test_bare_base64_of_unknown_bytes_stays():
    for body in (bytes(900), b"embedding" * 100, b"\x00\x01\x02\x03" * 300):
        assert cut(json.dumps({"data": encoded(body)})).media == []


def test_a_data_url_is_cut_whole_and_keeps_its_type():
    url = "data:audio/x-own;base64," + encoded(bytes(900))
    result = cut(json.dumps({"url": url}))
    assert [m.media_type for m in result.media] == ["audio/x-own"]
    name = result.media[0].file_name
    assert json.loads(result.text) == {"url": f"[{name}]"}
    assert json.loads(restore(result)) == {"url": url}


def test_references_look_like_opiks():
    name = cut(json.dumps({"i": encoded(JPEG + bytes(900))}), "output").media[0].file_name
    start, number, milliseconds = name.removesuffix(".jpg").rsplit("-", 2)
    assert start == "output-attachment"
    assert number.isdigit()
    assert milliseconds == "1790000000123"


def test_the_name_follows_from_content_field_and_entity():
    def name(
        body: bytes, field: media.Field = "input", prefix: str = "", id: bytes = ENTITY
    ) -> str:
        return media.cut(f'"{prefix}{encoded(body)}"', field, id, MIN).media[0].file_name

    one = name(PNG + bytes(900))
    assert name(PNG + bytes(900)) == one
    others = {
        name(PNG + bytes(901)),
        name(PNG + bytes(900), "output"),
        name(PNG + bytes(900), prefix="data:image/png;base64,"),
        name(PNG + bytes(900), prefix="data:image/jpeg;base64,"),
        name(PNG + bytes(900), id=derived_id(1, "trace")),
    }
    assert len(others | {one}) == 6


def test_the_same_image_twice_in_a_text_is_one_medium():
    blob = encoded(PNG + bytes(900))
    result = cut(json.dumps([blob, {"again": f"see {blob}, please"}]))
    assert len(result.media) == 1
    assert result.text.count(result.media[0].file_name) == 2


@pytest.mark.parametrize(
    "before", ["line\n", "tab\t", "\b", "\u0001", "\\", "\\n", '"', "\\\\", "a/b?x=", "é\n"]
)
def test_an_escape_before_base64_is_left_whole(before):
    text = json.dumps({"t": before + encoded(PNG + bytes(900))})
    result = cut(text)
    assert len(result.media) == 1
    assert json.loads(result.text)["t"].startswith(before + "[")
    assert restore(result) == text


def test_base64_that_would_not_encode_the_same_again_stays():
    blob = encoded(PNG + bytes(899))
    assert blob.endswith("AA==")
    for changed in (blob[:-3] + "B==", blob[:-1], blob + "=", blob[:400] + "\\n" + blob[400:]):
        text = f'"{changed}"'
        assert cut(text, min_length=1000).media == []


def test_only_files_that_were_cut_are_put_back():
    names = [
        "input-attachment-1-1704067200000.png",
        "input-attachment-12345678-1704067200000-sdk.png",
        "report.pdf",
    ]
    text = json.dumps([f"[{name}]" for name in names])
    assert media.references(text) == []
    assert media.restore(text, dict.fromkeys(names, "gone")) == text


def test_a_type_that_would_break_the_json_is_not_put_back():
    name = cut(f'"data:image/png;base64,{encoded(bytes(900))}"').media[0].file_name
    assert media.original(name, 'image/png","admin":"', b"x") is None
    assert media.original(name, "image/png", b"x") == "data:image/png;base64,eA=="


def test_ordinary_text_is_dismissed_without_a_scan():
    prose = "the quick brown fox jumps over the lazy dog, " * 200_000
    assert not media.may_hold_media(prose, 250_000)
    assert not media.may_hold_media(prose[:1000], 250_000)
    assert not media.may_hold_media(None, 250_000)


def test_time_is_linear_in_the_text_even_for_what_is_nearly_media():
    nearly = ("A" * 249_990 + " ") * 40
    slashes = "\\\\" * 2_000_000 + encoded(PNG + bytes(300_000))
    # Were it quadratic, the timeout of tests would end it.
    assert cut(json.dumps(nearly), min_length=250_000).media == []
    assert len(cut(f'"{slashes}"', min_length=250_000).media) == 1


@pytest.mark.parametrize(
    ("media_type", "ending"),
    [
        ("image/png", "png"),
        ("IMAGE/JPEG", "jpg"),
        ("image/svg+xml", "svg"),
        ("application/vnd.openxmlformats-officedocument.wordprocessingml.document", "bin"),
        ("video/mp4", "mp4"),
        ("text/html", "html"),
        ("nonsense", "nonsense"),
        ("", "bin"),
    ],
)
def test_extensions_are_the_same_on_every_machine(media_type, ending):
    assert extension(media_type) == ending


@given(st.binary(max_size=64))
def test_sniffing_takes_any_bytes(head):
    assert sniff(head) is None or "/" in sniff(head)
