"""Saved views: a name for what a page of a project shows."""

from typing import Literal

import msgspec

from sightline.core.ids import Id

MAX_PER_PROJECT = 200
MAX_STATE_BYTES = 16 * 1024

ViewEntity = Literal["trace", "span", "thread"]


class View(msgspec.Struct, frozen=True, kw_only=True):
    """`state` is JSON text whose meaning is the UI's own."""

    id: Id
    workspace_id: Id
    project_id: Id
    name: str
    entity: ViewEntity
    state: str
    created_at_us: int
    created_by: str
    last_updated_at_us: int
    last_updated_by: str
