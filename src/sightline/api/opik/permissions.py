"""`workspace-permissions`: what the key of the request may do."""

from typing import Any

from litestar import Router, get

from sightline.domain.workspace import Principal, Role

# Opik's names for what each of our roles adds; one for a feature comes with the feature.
_ADDS: dict[Role, tuple[str, ...]] = {
    "read": ("project_data_view",),
    "write": (
        "trace_span_thread_log",
        "trace_span_thread_annotate",
        "trace_delete",
        "project_create",
        "project_delete",
    ),
    "admin": ("workspace_settings_configure",),
}
_ROLES: tuple[Role, ...] = ("read", "write", "admin")


@get("/")
async def user_permissions(who: Principal) -> dict[str, Any]:
    """List permissions, each "true" or "false".

    The REST client reads camelCase, `opik healthcheck` snake_case: every name stands twice.
    """
    reach = _ROLES.index(who.role)
    permissions = [
        (name, "true" if rank <= reach else "false")
        for rank, role in enumerate(_ROLES)
        for name in _ADDS[role]
    ]
    return {
        "userName": who.user,
        "user_name": who.user,
        "workspaceName": who.workspace_name,
        "workspace_name": who.workspace_name,
        "permissions": [
            {
                "permissionName": name,
                "permission_name": name,
                "permissionValue": value,
                "permission_value": value,
            }
            for name, value in permissions
        ],
    }


ROUTER = Router(
    path="/api/v1/private/workspace-permissions",
    route_handlers=[user_permissions],
    tags=["workspace-permissions"],
)
