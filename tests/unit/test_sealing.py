"""Secrets at rest, and the key that seals them."""

import base64
import stat
from concurrent.futures import ThreadPoolExecutor

import pytest

from sightline.core.errors import ConfigurationError, InternalError
from sightline.core.sealing import Sealer, mask
from sightline.core.secret import Secret
from sightline.stores.secret_key import FILE_NAME, secret_key

SECRET = "sk-a-real-looking-secret"


@pytest.fixture
def sealer():
    return Sealer(bytes(range(32)))


def test_what_is_sealed_opens_again(sealer):
    for text in ("", SECRET, "schlüssel ✓", "x" * 100_000):
        assert sealer.open(sealer.seal(text, "provider:1"), "provider:1") == text


def test_sealed_text_shows_nothing_and_is_never_the_same(sealer):
    first, second = (sealer.seal(SECRET, "c") for _ in range(2))
    assert first != second
    raw = base64.urlsafe_b64decode(first[3:] + "==")
    assert SECRET.encode() not in raw
    assert SECRET not in first


def test_a_blob_opens_only_where_it_belongs(sealer):
    with pytest.raises(InternalError, match="does not open"):
        sealer.open(sealer.seal(SECRET, "provider:1"), "provider:2")


def test_another_key_does_not_open_it(sealer):
    with pytest.raises(InternalError) as error:
        Sealer(bytes(32)).open(sealer.seal(SECRET, "c"), "c")
    assert "secret key" in (error.value.hint or "")


# Of the last character some bits say nothing, so it may be another one and mean the same.
@pytest.mark.parametrize("at", [3, 20, -2])
def test_a_changed_blob_does_not_open(sealer, at):
    sealed = list(sealer.seal(SECRET, "c"))
    sealed[at] = "A" if sealed[at] != "A" else "B"
    with pytest.raises(InternalError):
        sealer.open("".join(sealed), "c")


@pytest.mark.parametrize("text", ["", "v1.", "v1.abc", "v2.AAAA", SECRET, "v1.ü"])
def test_what_is_no_blob_does_not_open(sealer, text):
    with pytest.raises(InternalError):
        sealer.open(text, "c")


def test_a_key_has_32_bytes():
    with pytest.raises(ConfigurationError, match="32 bytes"):
        Sealer(b"short")


def test_masks_show_the_end_of_a_long_secret_alone():
    assert mask("sk-or-v1-abcdefAbCd") == "****...AbCd"
    assert mask("hunter2") == "****"


def test_the_first_start_makes_a_key_that_only_the_owner_reads(tmp_path):
    key = secret_key(tmp_path)
    assert len(key) == 32
    assert stat.S_IMODE((tmp_path / FILE_NAME).stat().st_mode) == 0o600
    assert secret_key(tmp_path) == key
    assert [path.name for path in tmp_path.iterdir()] == [FILE_NAME]


def test_two_that_start_together_have_one_key(tmp_path):
    with ThreadPoolExecutor(8) as pool:
        found = set(pool.map(lambda _: secret_key(tmp_path), range(8)))
    assert len(found) == 1


def test_a_given_key_counts_and_no_file_is_made(tmp_path):
    key = bytes(range(32))
    for text in (key.hex(), base64.b64encode(key).decode(), base64.urlsafe_b64encode(key).decode()):
        assert secret_key(tmp_path, Secret(text)) == key
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("text", ["abc", "0" * 63, "not base64 at all!"])
def test_a_key_that_is_none_stops_the_start_and_is_not_said(tmp_path, text):
    with pytest.raises(ConfigurationError) as error:
        secret_key(tmp_path, Secret(text))
    assert text not in error.value.message
    assert "openssl" in (error.value.hint or "")
    (tmp_path / FILE_NAME).write_text(text)
    with pytest.raises(ConfigurationError):
        secret_key(tmp_path)
