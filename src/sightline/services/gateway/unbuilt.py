"""Fields of OpenRouter that ask the gateway itself to do what is not built: refused by name."""

from collections.abc import Mapping
from typing import Any

from sightline.core.errors import InvalidRequestError
from sightline.domain.gateway import Endpoint
from sightline.providers._table import quirks_of
from sightline.wire.loose import as_dict, as_dicts, as_text

_NAMELESS = "without an id"


def check(body: Mapping[str, Any]) -> None:
    """Raise `InvalidRequestError` for what no endpoint could do in the gateway's place."""
    if as_dict(body.get("debug")).get("echo_upstream_body"):
        raise InvalidRequestError(
            "`debug.echo_upstream_body` is not built",
            hint="Leave it out: what became of a call is in its trace",
            fields=["debug.echo_upstream_body is not built"],
        )


def plugins(body: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the ids of the plugins that a call wants, without those that it turns off."""
    return tuple(
        as_text(plugin.get("id")) or _NAMELESS
        for plugin in as_dicts(body.get("plugins"))
        if plugin.get("enabled") is not False
    )


def has_plugins(endpoint: Endpoint) -> bool:
    """Say whether an endpoint is OpenRouter itself, which has them."""
    return quirks_of(endpoint.provider).is_gateway
