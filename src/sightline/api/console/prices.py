"""Prices in force: what the price book charges, in USD per million tokens."""

from typing import Any

from litestar import MediaType, Response, Router, get

from sightline.api.kit.paging import check_page, page_body
from sightline.core import codec
from sightline.domain.workspace import Principal
from sightline.pricing.price_book import default_price_book


@get("/")
async def list_prices(
    who: Principal, search: str | None = None, page: int = 1, size: int = 50
) -> Response[bytes]:
    """List models by provider and name; `search` looks for each of its words in both."""
    page, size = check_page(page, size)
    total, found = default_price_book().listed(search or "", page=page, size=size)
    content: list[dict[str, Any]] = [
        {"provider": provider, "model": model, **rates} for provider, model, rates in found
    ]
    body = page_body(page, total, content, version=default_price_book().version)
    return Response(codec.encode(body), media_type=MediaType.JSON)


ROUTER = Router(path="/api/console/prices", route_handlers=[list_prices], tags=["prices"])
