"""The outermost layer: paths as clients write them become the paths that routes know."""

import re
from typing import Any

from sightline.api.kit.bodies import release_body
from sightline.api.kit.receipts import settle

_SLASHES = re.compile(r"/{2,}")


def plain(path: str) -> str:
    """Return a path without repeated slashes, and `/opik/api/…` as `/api/…`."""
    if "//" in path:
        path = _SLASHES.sub("/", path)
    return path[5:] if path.startswith("/opik/api/") else path


class PathNormaliser:
    """ASGI wrapper: repeated slashes are one, `/opik/api/…` is `/api/…` (wire contract 1 and 2).

    It also gives request bodies back to the memory budget when the answer is out, and counts what
    became of the messages in them.
    """

    def __init__(self, app: Any) -> None:
        self.app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        path = plain(scope["path"])
        if path is not scope["path"]:
            scope = {**scope, "path": path, "raw_path": path.encode()}
        try:
            await self.app(scope, receive, send)
        except BaseException:
            settle(scope, is_over=False)
            raise
        finally:
            release_body(scope)
            settle(scope)
