"""Rows of `threads`: what is known of a conversation beside its traces."""

import struct

from sightline.core.ids import Id
from sightline.stores.analytics.row_binary import (
    _NO_ARRAY,
    _NO_STRING,
    _versioned_string,
    _versioned_tags,
    string,
)

_I64 = struct.Struct("<q").pack
_U64 = struct.Struct("<Q").pack
# The greatest id: `min` keeps any real one instead.
_UNKNOWN_ID = b"\xff" * 16


def encode_seen(
    workspace_id: Id,
    project_id: Id,
    thread_id: str,
    *,
    model_id: Id,
    user: str,
    now_us: int,
    environment: str | None = None,
) -> bytes:
    """Return the row that says a trace of this thread arrived."""
    v = _U64(now_us)
    return b"".join(
        (
            workspace_id,
            project_id,
            string(thread_id),
            model_id,
            _NO_ARRAY,
            _NO_STRING,
            _versioned_string(v, environment),
            _versioned_string(v, user),
            string(user),
            _I64(now_us),
            _I64(now_us),
            _I64(now_us),
        )
    )


def encode_update(
    workspace_id: Id,
    project_id: Id,
    thread_id: str,
    *,
    user: str,
    now_us: int,
    tags: list[str] | None = None,
    status: str | None = None,
) -> bytes:
    """Return the row that changes a thread's tags, or marks it `active` or `inactive` by hand."""
    v = _U64(now_us)
    return b"".join(
        (
            workspace_id,
            project_id,
            string(thread_id),
            _UNKNOWN_ID,
            _versioned_tags(v, tags),
            _versioned_string(v, status),
            _NO_STRING,
            _versioned_string(v, user),
            string(user),
            _I64(now_us),
            _I64(0),
            _I64(now_us),
        )
    )
