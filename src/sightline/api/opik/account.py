"""What `opik configure` asks before it writes its file: is the key good, which workspaces.

It asks under `{base}api/rest/v2/`, where the base is scheme, host and port alone.
"""

from typing import Any

from litestar import Router, get

from sightline.domain.workspace import Principal


@get("/account-details")
async def account_details(who: Principal) -> dict[str, Any]:
    """Name the user and the workspace to take when the user names none."""
    return {"userName": who.user, "defaultWorkspaceName": who.workspace_name}


@get("/workspaces")
async def workspace_names(who: Principal) -> dict[str, Any]:
    """List the workspaces that the key opens: always one."""
    return {"workspaceNames": [who.workspace_name]}


ROUTER = Router(
    path="/api/rest/v2", route_handlers=[account_details, workspace_names], tags=["account"]
)
