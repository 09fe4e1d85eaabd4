"""Bounds of ingest."""

from typing import Annotated

import msgspec
from msgspec import Meta


class IngestOptions(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    max_queue_bytes: Annotated[
        int,
        Meta(ge=1024, description="Bytes that may wait for the engine before writers get 429"),
    ] = 256 * 1024 * 1024
    max_commit_bytes: Annotated[
        int, Meta(ge=1024, description="Most bytes that one commit takes from the queue")
    ] = 64 * 1024 * 1024
    linger_ms: Annotated[
        int,
        Meta(ge=0, le=1000, description="How long a commit waits for others while several write"),
    ] = 100
    max_batch_items: Annotated[
        int, Meta(ge=1, description="Most items in one batch request, as in Opik")
    ] = 1000
    max_body_bytes: Annotated[
        int, Meta(ge=1024, description="Largest request body after decompression")
    ] = 512 * 1024 * 1024
    max_field_bytes: Annotated[
        int, Meta(ge=1024, description="Largest input, output or metadata of one item")
    ] = 128 * 1024 * 1024
    max_inflight_bytes: Annotated[
        int, Meta(ge=1024, description="Bytes of request bodies held in memory at the same time")
    ] = 1024 * 1024 * 1024
    min_media_bytes: Annotated[
        int, Meta(ge=1024, description="Base64 media from this size on become attachments")
    ] = 250_000
