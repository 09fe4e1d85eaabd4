"""What goes wrong with a call to another server, in words that hold no secret and no payload."""

import asyncio
import os
from typing import Literal

from sightline.core.errors import SightlineError

Reason = Literal["address", "name", "connect", "tls", "timeout", "cut", "protocol", "too_large"]


class OutboundError(SightlineError):
    """A call did not bring an answer. `reason` is what it failed at.

    `address` (refused: not public), `name` (no such host), `connect`, `tls`, `timeout`, `cut` (the
    connection ended early), `protocol` (no HTTP), `too_large`.
    """

    status = 502
    code = "provider_unavailable"
    retryable = True

    def __init__(
        self, message: str, reason: Reason, *, hint: str | None = None, host: str = ""
    ) -> None:
        super().__init__(message, hint=hint)
        self.reason: Reason = reason
        self.host = host

    def told_of(self, name: str) -> str:
        """Return the message with a name that callers know in place of the host."""
        return self.message.replace(f"`{self.host}`", name) if self.host else self.message


class OutboundTimeoutError(OutboundError):
    """The other side took longer than it may."""

    status = 504
    code = "timeout"


class RefusedAddressError(OutboundError):
    """The URL leads to an address that is not of the public internet."""

    status = 403
    code = "permission_denied"
    retryable = False


class NotPublicError(OSError):
    """Raised where a connection would be made to an address that may not be called."""


def refused_address(host: str) -> RefusedAddressError:
    """Return the error for a host whose addresses are not public."""
    return RefusedAddressError(
        f"`{host}` is not on the public internet, and private addresses may not be called",
        "address",
        hint="The operator may allow them with the setting `gateway.allow_private_addresses`",
        host=host,
    )


def timed_out(host: str, what: str, seconds: float) -> OutboundTimeoutError:
    """Return the error for a phase that took too long; `what` completes "did not …"."""
    told = f"`{host}` did not {what} within {seconds:g} s"
    return OutboundTimeoutError(told, "timeout", host=host)


def translated(error: Exception, host: str) -> OutboundError:
    """Return the error of the tree for one of the client library's or the system's."""
    if isinstance(error, OutboundError):
        return error
    found = _translated(error, host)
    found.host = host
    return found


def _translated(error: Exception, host: str) -> OutboundError:
    # Whoever has such an error has loaded the library; whoever needs our types need not.
    import aiohttp  # noqa: PLC0415
    from aiohttp.http_exceptions import HttpProcessingError  # noqa: PLC0415

    # The library chains some of its errors: the cause may be one or two steps behind.
    causes = [error, error.__cause__, getattr(error, "os_error", None)]
    if any(isinstance(cause, NotPublicError) for cause in causes):
        return refused_address(host)
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return OutboundError(f"No address was found for `{host}`", "name")
    if isinstance(error, (aiohttp.ClientSSLError, aiohttp.ClientConnectorCertificateError)):
        return OutboundError(f"No secure connection to `{host}` could be made", "tls")
    if isinstance(error, aiohttp.InvalidURL):
        return OutboundError(f"`{host}` is no address that can be called", "name")
    if isinstance(error, aiohttp.ClientConnectorError):
        # Not its own words: those of the event loop say the address.
        number = error.os_error.errno
        why = os.strerror(number) if number else "the connection failed"
        return OutboundError(f"`{host}` cannot be reached: {why}", "connect")
    if isinstance(error, (asyncio.TimeoutError, aiohttp.ServerTimeoutError)):
        return OutboundTimeoutError(f"`{host}` did not answer in time", "timeout")
    if isinstance(error, (aiohttp.ClientResponseError, HttpProcessingError)):
        return OutboundError(f"`{host}` answered with something that is not HTTP", "protocol")
    if isinstance(error, ValueError):
        return OutboundError(f"The request to `{host}` cannot be sent: {error}", "protocol")
    return OutboundError(f"`{host}` ended the connection early", "cut")
