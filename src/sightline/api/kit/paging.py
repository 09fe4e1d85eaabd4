"""Pages, sorting and JSON query parameters as Opik's clients write them."""

from typing import Any, TypeVar

import msgspec

from sightline.core.errors import InvalidRequestError, UnprocessableError

T = TypeVar("T")

DEFAULT_SIZE = 10
MAX_SIZE = 2000
# Further than any list goes; what is much larger is no number to a store.
MAX_PAGE = 100_000_000


def check_page(page: int | None, size: int | None) -> tuple[int, int]:
    """Return page (from 1) and size within bounds, or raise `UnprocessableError`."""
    page = 1 if page is None else page
    size = DEFAULT_SIZE if size is None else size
    if page < 1:
        raise UnprocessableError("page must be at least 1", fields=["page must be at least 1"])
    if page > MAX_PAGE:
        text = f"page must be at most {MAX_PAGE}"
        raise UnprocessableError(text, fields=[text])
    if size < 1 or size > MAX_SIZE:
        text = f"size must be between 1 and {MAX_SIZE}"
        raise UnprocessableError(text, fields=[text])
    return page, size


def json_param(text: str | None, type_: type[T], name: str) -> T | None:
    """Decode a query parameter that holds JSON (`filters`, `sorting`, `exclude`)."""
    if text is None or not text.strip():
        return None
    try:
        return msgspec.json.decode(text, type=type_)
    except (msgspec.DecodeError, msgspec.ValidationError) as error:
        raise InvalidRequestError(f"Invalid {name} parameter: {error}") from None
    except (UnicodeError, RecursionError):
        text = f"Invalid {name} parameter: it is nested too deeply, or is no text"
        raise InvalidRequestError(text) from None


def page_body(page: int, total: int, content: list[Any], **more: Any) -> dict[str, Any]:
    """Return Opik's page shape; `size` is the number of items on this page."""
    return {"page": page, "size": len(content), "total": total, "content": content, **more}
