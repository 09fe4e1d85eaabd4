"""Workspaces, projects, keys: who may see what."""

from typing import Literal

import msgspec

from sightline.core.ids import Id

Role = Literal["admin", "write", "read"]

DEFAULT_WORKSPACE = "default"
DEFAULT_WORKSPACE_ID: Id = bytes.fromhex("0190babc62a071d2832a0feffa4676eb")
DEFAULT_PROJECT = "Default Project"
DEFAULT_USER = "admin"


class Workspace(msgspec.Struct, frozen=True, kw_only=True):
    id: Id
    name: str
    created_at_us: int


class Principal(msgspec.Struct, frozen=True, kw_only=True):
    """Who is asking: the workspace of the request, the user's name and what the user may do."""

    workspace_id: Id
    workspace_name: str
    user: str
    role: Role = "admin"


class Project(msgspec.Struct, frozen=True, kw_only=True):
    id: Id
    workspace_id: Id
    name: str
    description: str | None = None
    visibility: str = "private"
    created_at_us: int
    created_by: str
    last_updated_at_us: int
    last_updated_by: str


class ApiKey(msgspec.Struct, frozen=True, kw_only=True):
    """A key as it may be shown: never its text, only how it begins and ends."""

    id: Id
    workspace_id: Id
    workspace_name: str
    name: str
    role: Role
    masked: str
    created_at_us: int
    last_used_at_us: int | None = None
    revoked_at_us: int | None = None
