"""What the resources of this face share: JSON answers, the caller, pages by offset."""

from typing import Any

from litestar import MediaType, Response
from litestar.di import Provide

from sightline.api.kit.gateway import caller_of
from sightline.core import codec
from sightline.core.errors import InvalidRequestError
from sightline.core.ids import Id, format_id

BASE = "/api/v1"
# Where OpenAI's clients look: whoever points them at the server's address, with and without `/v1`.
OPENAI_BASES = ("/v1", "")
DEPENDENCIES = {"caller": Provide(caller_of)}
PUBLIC = {"public": True}


def json_answer(
    value: Any, status: int = 200, headers: dict[str, str] | None = None
) -> Response[bytes]:
    """Return a JSON answer."""
    return Response(
        codec.encode(value), status_code=status, media_type=MediaType.JSON, headers=headers
    )


def checked_offset(offset: int | None) -> int:
    """Return an offset. Raises `InvalidRequestError`."""
    if offset is not None and not 0 <= offset <= 10_000_000:
        raise InvalidRequestError("offset must be a number from 0")
    return offset or 0


def check_workspace(asked: str | None, workspace_id: Id) -> None:
    """Raise `InvalidRequestError` for a workspace that is not the key's own."""
    if asked and asked.lower() != format_id(workspace_id):
        raise InvalidRequestError(
            "workspace_id must be the key's own workspace, or be left out",
            hint="Use a management key of that workspace",
        )
