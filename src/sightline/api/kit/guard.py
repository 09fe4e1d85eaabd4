"""The outermost layer: whom the server answers at all, and the headers that every answer has."""

import ipaddress
from collections.abc import Sequence
from typing import Any, Protocol
from urllib.parse import urlsplit

from sightline.api.kit import misdirected

# For answers that say nothing themselves; the screens and the attachments have their own.
_POLICY = b"default-src 'none'; frame-ancestors 'none'"
_ALWAYS = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
    (b"content-security-policy", _POLICY),
)
# Half a year, for this name alone.
_HTTPS_ONLY = (b"strict-transport-security", b"max-age=15552000")
_LOOPBACK_NAMES = {"localhost", "localhost.localdomain", "ip6-localhost"}


class Gate(Protocol):
    """Whether the server asks for keys."""

    @property
    def required(self) -> bool: ...


class Guard:
    """ASGI wrapper round everything.

    A server that asks nobody for a key answers by an address, a name of this machine, the name in
    `public_url` and `allowed_hosts` (`*`: any) alone: a page elsewhere can make a name of its own
    lead to 127.0.0.1, and would then read here as if it were ours.
    """

    def __init__(
        self, app: Any, gate: Gate, public_url: str = "", allowed_hosts: Sequence[str] = ()
    ) -> None:
        self.app = app
        self._gate = gate
        self._is_https = public_url.lower().startswith("https:")
        self._takes_all = "*" in allowed_hosts
        self._names = _LOOPBACK_NAMES | {_name(host) for host in allowed_hosts}
        if public_url:
            self._names.add(_name(urlsplit(public_url).netloc))
        self._good: set[bytes] = set()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        host, scheme = b"", b""
        for name, value in scope["headers"]:
            if name == b"host":
                host = value
            elif name == b"x-forwarded-proto":
                scheme = value
        is_https = self._is_https or scheme.strip().lower() == b"https"

        async def guarded(message: Any) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": _with(message["headers"], is_https, host)}
            await send(message)

        if not self._gate.required and not self._is_known(host):
            await _refuse(host, guarded)
            return
        await self.app(scope, receive, guarded)

    def _is_known(self, host: bytes) -> bool:
        # Browsers always say it; what does not is no page.
        if not host or self._takes_all or host in self._good:
            return True
        name = _name(host.decode("latin-1"))
        if name not in self._names and not name.endswith(".localhost") and not _is_address(name):
            return False
        if len(self._good) < 1000:
            self._good.add(host)
        return True


def _with(headers: Any, is_https: bool, host: bytes) -> list[tuple[bytes, bytes]]:
    said = {name.lower() for name, _ in headers}
    added = [header for header in _ALWAYS if header[0] not in said]
    if is_https and not _is_local(_name(host.decode("latin-1"))):
        added.append(_HTTPS_ONLY)
    return [*headers, *added]


async def _refuse(host: bytes, send: Any) -> None:
    name = _name(host.decode("latin-1"))[:100]
    text = (
        f"This server does not answer to the name `{name}`. Add it to the setting "
        "`server.allowed_hosts`, or set `server.public_url`, if people should reach it so"
    )
    await misdirected.refuse(text, send)


def _name(host: str) -> str:
    """Return a host without its port, its last dot and its capitals."""
    host = host.strip().lower()
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.partition(":")[0].rstrip(".")


def _is_address(name: str) -> bool:
    """Say whether a host is an address in its plain form, which no name server can redirect."""
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _is_local(name: str) -> bool:
    return name in _LOOPBACK_NAMES or name.endswith(".localhost") or _is_address(name)
