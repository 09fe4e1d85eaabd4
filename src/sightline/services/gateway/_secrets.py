"""An upstream may say back what it was sent; what is secret of that goes no further."""

import msgspec

from sightline.domain.gateway import Endpoint
from sightline.domain.upstream import UpstreamError

_HIDDEN = "[secret]"
# What is shorter is a word, which a message may have by itself.
_LEAST_CHARS = 6
_SECRET_WORDS = ("secret", "token", "credential", "password", "key")


def without_secrets(endpoint: Endpoint, error: UpstreamError) -> UpstreamError:
    """Return an error without the endpoint's key, headers and secret options."""
    values = list(endpoint.headers.values())
    for name, option in endpoint.options.items():
        if isinstance(option, str) and any(word in name for word in _SECRET_WORDS):
            values.append(option)
    if endpoint.api_key is not None:
        values.append(endpoint.api_key.reveal())
    message = error.message
    # The longest first: one may be a part of another.
    for value in sorted(values, key=len, reverse=True):
        if len(value) >= _LEAST_CHARS:
            message = message.replace(value, _HIDDEN)
    if message == error.message:
        return error
    return msgspec.structs.replace(error, message=message)
