"""The address by which whoever asks reaches this server."""

from typing import Any

from litestar import Request

from sightline.api.kit.services import Services


def address_for(request: Request[Any, Any, Any], services: Services) -> str:
    """Return `scheme://host` as set in `server.public_url`, or as this request came."""
    if services.has_public_url:
        return services.public_url.rstrip("/")
    host = request.headers.get("x-forwarded-host") or request.headers.get("host")
    if not host:
        return services.public_url
    scheme = request.headers.get("x-forwarded-proto", "").partition(",")[0].strip().lower()
    return f"{scheme if scheme == 'https' else 'http'}://{host.partition(',')[0].strip()}"
