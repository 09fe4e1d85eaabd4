"""Opens a bucket from one URL: what its client wants to know stands behind the `?`.

    s3://bucket/prefix?endpoint=http://minio:9000&region=eu-central-1

Names are obstore's for that kind of bucket. What is not said comes from the environment and the
machine, as the cloud's own tools find it (`AWS_ACCESS_KEY_ID`, instance roles, …).
"""

import re
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any
from urllib.parse import unquote, urlsplit, urlunsplit

import obstore
from obstore.exceptions import BaseError
from obstore.store import ObjectStore, from_url

from sightline.core.errors import ConfigurationError

# A whole object may take long; a server that says nothing for so long is gone.
_CLIENT = {"connect_timeout": "5s", "read_timeout": "20s", "timeout": "12h"}
# Who waits behind us has its own patience: better an answer that says when to come again.
_RETRY = {
    "max_retries": 3,
    "retry_timeout": timedelta(seconds=10),
    "backoff": {
        "init_backoff": timedelta(milliseconds=100),
        "max_backoff": timedelta(seconds=2),
        "base": 2,
    },
}
_CLIENT_OPTIONS = {
    *("allow_http", "allow_invalid_certificates", "connect_timeout", "read_timeout", "timeout"),
    *("proxy_url", "proxy_excludes", "pool_max_idle_per_host", "pool_idle_timeout"),
}
# Flags of the client are true booleans; its other options and the bucket's are text.
_FLAGS = {"allow_http", "allow_invalid_certificates"}
_CODE = re.compile(r"<Code>(\w+)</Code>")
# Of an address: some clouds sign their requests there.
_QUERY = re.compile(r"\?\S*")
# Nothing has this name; to look for it costs one request and changes nothing.
_PROBE = "sightline-probe"


def open_bucket(url: str, options: Mapping[str, Any] | None = None) -> ObjectStore:
    """Open a bucket and look whether it answers; `options` win over those of the URL.

    Raises `ConfigurationError` for a URL or option that cannot be used, and for a bucket that is
    not there or does not let us in.
    """
    split = urlsplit(url)
    wanted: dict[str, Any] = {**_options(split.query), **(options or {})}
    client: dict[str, Any] = {**_CLIENT}
    for name in _CLIENT_OPTIONS & wanted.keys():
        value = wanted.pop(name)
        client[name] = _flag(name, value) if name in _FLAGS else value
    endpoint = str(wanted.get("endpoint", ""))
    if endpoint.startswith("http://"):
        client.setdefault("allow_http", True)
    where = f"`{split.scheme}://{split.hostname or ''}`"
    bare = urlunsplit(split._replace(query=""))
    try:
        if split.scheme == "memory":
            return from_url(bare)
        # Which options there are depends on the URL, so no type can tell.
        build: Callable[..., ObjectStore] = from_url
        store = build(bare, client_options=client, retry_config=_RETRY, **wanted)
    except (BaseError, ValueError, TypeError) as error:
        raise ConfigurationError(
            f"Cannot use {where} for blobs: {reason_of(error)}",
            hint="Give a folder or `s3://bucket/prefix?endpoint=…&region=…`",
        ) from None
    try:
        obstore.list(store, prefix=_PROBE, chunk_size=1).collect()
    except (BaseError, OSError) as error:
        raise ConfigurationError(
            f"The bucket {where} cannot be used: {reason_of(error)}",
            hint="Look at the bucket's name, its endpoint and region, and what the key may do",
        ) from None
    return store


def reason_of(error: Exception) -> str:
    """Return in one line what the bucket or its client says: for operators."""
    text = str(error)
    code = _CODE.search(text)
    if code is not None:
        return code[1]
    lines = _QUERY.sub("", text).strip().splitlines()
    return lines[0][:300] if lines else type(error).__name__


def _options(query: str) -> dict[str, str]:
    # A `+` is itself here: secrets of AWS have some, and are pasted as they are.
    pairs = (pair.partition("=") for pair in query.split("&") if pair)
    return {name: unquote(value) for name, _, value in pairs}


def _flag(name: str, value: object) -> bool:
    text = str(value).lower()
    if text not in {"true", "false", "1", "0"}:
        raise ConfigurationError(f"`{name}` of the blobs' URL must be true or false")
    return text in {"true", "1"}
