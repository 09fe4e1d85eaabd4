"""Bodies that clients leave out altogether when they have nothing to say."""

from typing import Any, TypeVar

from litestar import Request

from sightline.api.kit.bodies import read_body
from sightline.core import codec

T = TypeVar("T")


async def read_optional(request: Request[Any, Any, Any], type_: type[T]) -> T:
    """Decode the body into a type whose fields are all optional; no body is an empty object."""
    data = await read_body(request)
    return codec.decode(data if data.strip() else b"{}", type_)
