"""Each request that reads waits once for what was just written, however many queries it asks."""

from typing import Any

from sightline.stores.analytics.moment import one_moment


class OneMoment:
    """ASGI wrapper round the faces."""

    def __init__(self, app: Any) -> None:
        self.app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http" and scope["method"] in {"GET", "HEAD"}:
            with one_moment():
                await self.app(scope, receive, send)
        else:
            await self.app(scope, receive, send)
