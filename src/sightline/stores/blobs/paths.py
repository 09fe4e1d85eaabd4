"""Which paths a blob may have."""

import re

from sightline.core.errors import InvalidRequestError

MAX_LENGTH = 512

# No segment begins with a dot: neither `..` nor our own hidden folder can be named.
_PATH = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]*(?:/[A-Za-z0-9_-][A-Za-z0-9._-]*)*")


def check(path: str) -> str:
    """Return `path` if it is `segment/segment…` of letters, digits, `.`, `_` and `-`.

    Raises `InvalidRequestError` for anything else, so that no path leads out of the store.
    """
    if len(path) > MAX_LENGTH or not _PATH.fullmatch(path):
        raise InvalidRequestError("Not a path of the blob store")
    return path
