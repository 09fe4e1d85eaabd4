"""Bounds of broadcast."""

from typing import Annotated

import msgspec
from msgspec import Meta

_GIB = 1024 * 1024 * 1024


class BroadcastOptions(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    max_backlog_bytes: Annotated[
        int,
        Meta(ge=1024, description="Bytes that may wait for one destination; then the oldest go"),
    ] = _GIB
    max_backlog_days: Annotated[
        float, Meta(gt=0, description="Days that a generation may wait for a destination")
    ] = 7.0
    keep_days: Annotated[
        float, Meta(ge=0, description="Days that delivered generations are kept to be replayed")
    ] = 3.0
    keep_bytes: Annotated[
        int, Meta(ge=0, description="Most bytes that are kept to be replayed")
    ] = 2 * _GIB
    keep_failures: Annotated[
        int, Meta(ge=1, description="Failures that are kept of each destination")
    ] = 1_000
    max_destinations: Annotated[
        int, Meta(ge=1, le=256, description="Destinations that are sent to at the same time")
    ] = 8
    max_requests: Annotated[
        int, Meta(ge=1, le=64, description="Requests to one destination at the same time")
    ] = 4
    timeout_s: Annotated[
        float, Meta(gt=0, le=600, description="Seconds that a destination has to answer")
    ] = 30.0
    breaker_failures: Annotated[
        int, Meta(ge=1, description="Failures in a row after which a destination is paused")
    ] = 5
    max_pause_s: Annotated[
        float,
        Meta(gt=0, description="Longest pause of a destination, and longest wait between tries"),
    ] = 300.0
    poll_s: Annotated[
        float, Meta(gt=0, le=60, description="Seconds between looks for work of other processes")
    ] = 1.0
