"""`auth`: does this key open this workspace."""

from typing import Any

from litestar import Router, get, post

from sightline.domain.workspace import Principal


@post("/", status_code=204, opt={"role": "read"})
async def access(who: Principal) -> None:
    """Answer 204 when the key is good; 401 and 403 come from the authentication itself."""


@get("/workspace")
async def workspace_name(who: Principal) -> dict[str, Any]:
    """Name the workspace that the key belongs to."""
    return {"workspace_name": who.workspace_name}


ROUTER = Router(
    path="/api/v1/private/auth", route_handlers=[access, workspace_name], tags=["check"]
)
