"""Bounds of the gateway."""

from typing import Annotated

import msgspec
from msgspec import Meta

_MIB = 1024 * 1024


class GatewayOptions(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    config: Annotated[
        str, Meta(description="Configuration file in the shape of LiteLLM's proxy, if any")
    ] = ""
    secret_key: Annotated[
        str,
        Meta(
            description="Key that seals providers' and destinations' secrets: 64 hex digits or "
            "32 bytes in base64; empty for a file in the data folder"
        ),
    ] = ""
    allow_private_addresses: Annotated[
        bool,
        Meta(description="Whether URLs that users type may lead to private addresses"),
    ] = False
    max_body_bytes: Annotated[
        int, Meta(ge=1024, description="Largest body of a call after decompression")
    ] = 64 * _MIB
    max_inflight_bytes: Annotated[
        int, Meta(ge=1024, description="Bytes of calls' bodies held in memory at the same time")
    ] = 512 * _MIB
    max_answer_bytes: Annotated[
        int, Meta(ge=1024, description="Largest answer that is taken from an upstream")
    ] = 64 * _MIB
    max_cache_bytes: Annotated[
        int, Meta(ge=0, description="Bytes of answers that the response cache holds in memory")
    ] = 64 * _MIB
    max_spool_bytes: Annotated[
        int,
        Meta(ge=_MIB, description="Bytes of calls not stored yet on disk before callers get 503"),
    ] = 2048 * _MIB
    keep_alive_s: Annotated[
        float,
        Meta(gt=0, description="Seconds of silence after which a stream gets a comment"),
    ] = 10.0
    max_retry_wait_s: Annotated[
        float,
        Meta(ge=0, description="Longest wait before a retry; an upstream that asks for more fails"),
    ] = 8.0
    flush_interval_s: Annotated[
        float, Meta(gt=0, description="Seconds for which finished calls are gathered to be stored")
    ] = 0.2
