"""Reads what an endpoint says for its dialect, secret or not, under any of its names."""

from sightline.core.secret import Secret
from sightline.domain.gateway import Endpoint


def option(endpoint: Endpoint, *names: str) -> str | None:
    """Return the first of these options that is set, as text; never log it."""
    for name in names:
        value = endpoint.options.get(name)
        if isinstance(value, Secret):
            value = value.reveal()
        if value is not None and value != "":
            return str(value)
    return None
