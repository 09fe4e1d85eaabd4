"""What all workspaces share, and no one of them may have whole: exports and open pages."""

import pytest

from sightline.core.clock import FakeClock
from sightline.core.errors import RateLimitedError
from sightline.core.ids import new_id
from sightline.services import live
from sightline.services.query import exports

OURS, THEIRS = new_id(), new_id()


def test_a_workspace_leaves_exports_to_others() -> None:
    asked = exports.Exports(FakeClock())
    first = asked.begin(OURS, None)
    for _ in range(exports.MAX_OF_WORKSPACE - 1):
        asked.begin(OURS, None)
    with pytest.raises(RateLimitedError, match="6 exports run already, 6 of them of this"):
        asked.begin(OURS, None)
    for _ in range(exports.MAX_RUNNING - exports.MAX_OF_WORKSPACE):
        asked.begin(THEIRS, None)
    with pytest.raises(RateLimitedError, match="8 exports run already, 2 of them of this"):
        asked.begin(THEIRS, None)
    first.state = "done"
    asked.begin(THEIRS, None)


def test_a_workspace_leaves_open_pages_to_others() -> None:
    hub = live.Hub()
    first = hub.listen(OURS)
    for _ in range(live.MAX_OF_WORKSPACE - 1):
        hub.listen(OURS)
    with pytest.raises(RateLimitedError, match="150 pages are listening already"):
        hub.listen(OURS)
    hub.listen(THEIRS)
    hub.leave(first)
    hub.listen(OURS)
