"""The state of a move on a disk that takes only some of it."""

import resource
from pathlib import Path

import pytest

from sightline.services.moving.state import FILE_NAME, StateFile, TableState


def test_what_was_not_written_whole_leaves_the_state_before(tmp_path: Path) -> None:
    state = StateFile(tmp_path, "first")
    state.begin("blobs", "s3://bucket")
    before = (tmp_path / FILE_NAME).read_bytes()
    state.now.tables = {f"table {n}": TableState(messages=n) for n in range(100)}
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    # As where the disk is nearly full: so much is written, and no more.
    resource.setrlimit(resource.RLIMIT_FSIZE, (512, limits[1]))
    try:
        with pytest.raises(OSError, match="too large"):
            state.save()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert (tmp_path / FILE_NAME).read_bytes() == before
    state.save()
    assert StateFile(tmp_path, "other").now == state.now
