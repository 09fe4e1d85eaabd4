"""Texts that are kept or shown, without the secrets that may have got into them."""

import re
from collections.abc import Iterable
from urllib.parse import quote

from sightline.destinations.base import HttpRequest

HIDDEN = "****"
_MIN_LENGTH = 4
# Short ones are words (`true`), not secrets.
_MIN_HEADER_LENGTH = 8
_PLAIN_HEADERS = frozenset(
    {
        "accept",
        "accept-encoding",
        "content-encoding",
        "content-length",
        "content-type",
        "host",
        "user-agent",
        "x-amz-date",
        "x-amz-content-sha256",
    }
)
_USER = re.compile(r"(?<=://)[^/@\s]+@")
_PARAMETER = re.compile(
    r"(?i)([?&](?:[^=&\s]*(?:key|token|secret|password|signature|credential|auth)[^=&\s]*)=)[^&\s]*"
)
# What is no text would only garble a page.
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


class Scrubber:
    """Replaces secrets, as they are and as a URL writes them, by `****`."""

    def __init__(self, secrets: Iterable[str]) -> None:
        found = {secret for secret in secrets if len(secret) >= _MIN_LENGTH}
        found |= {quote(secret, safe="") for secret in found}
        # The longest first: one may be a part of another.
        self._secrets = sorted(found, key=len, reverse=True)

    def with_request(self, request: HttpRequest) -> "Scrubber":
        """Return one that hides the values of the request's headers, too."""
        more: list[str] = []
        for name, value in request.headers.items():
            if name.lower() not in _PLAIN_HEADERS and len(value) >= _MIN_HEADER_LENGTH:
                more += [value, value.rpartition(" ")[2]]
        return Scrubber([*self._secrets, *more])

    def text(self, text: str) -> str:
        """Return the text without secrets, URLs' passwords and control characters."""
        for secret in self._secrets:
            text = text.replace(secret, HIDDEN)
        return _CONTROL.sub("", self.url(text))

    def url(self, text: str) -> str:
        """Return a URL (or a text with some) without user, password and secret parameters."""
        for secret in self._secrets:
            text = text.replace(secret, HIDDEN)
        return _PARAMETER.sub(rf"\g<1>{HIDDEN}", _USER.sub(f"{HIDDEN}@", text))
