"""Tokens for Google Cloud: which call fetches one, for each kind of credentials."""

import importlib
from typing import Any
from urllib.parse import urlencode

from sightline.core.errors import ConfigurationError
from sightline.domain.gateway import Endpoint
from sightline.providers._options import option
from sightline.providers.base import Token, UpstreamRequest
from sightline.wire.loose import as_count, as_dict, as_text, decoded

# Fixed: credentials that a user types must not choose where the server calls.
_TOKEN_URL = "https://oauth2.googleapis.com/token"  # noqa: S105
_METADATA_URL = (
    "http://metadata.google.internal/computeMetadata/v1/instance/service-accounts/default/token"
)
_SCOPE = "https://www.googleapis.com/auth/cloud-platform"
_LIFETIME_S = 3600
_FORM = {"content-type": "application/x-www-form-urlencoded"}


def credentials_of(endpoint: Endpoint) -> dict[str, Any]:
    """Return the credentials' JSON; empty when there is none. Raises `ConfigurationError`."""
    held = endpoint.options.get("vertex_credentials") or endpoint.options.get("credentials")
    if isinstance(held, dict):
        return held
    text = option(endpoint, "vertex_credentials", "credentials")
    if not text:
        return {}
    try:
        return as_dict(decoded(text))
    except ValueError:
        raise ConfigurationError(
            f"`{endpoint.model}`: `vertex_credentials` is not JSON",
            hint="Give the content of the key file, not its path.",
        ) from None


def token_request(endpoint: Endpoint, now_us: int) -> UpstreamRequest:
    """Return the call that fetches a token. Raises `ConfigurationError`."""
    held = credentials_of(endpoint)
    kind = held.get("type")
    if kind == "service_account":
        grant = "urn:ietf:params:oauth:grant-type:jwt-bearer"
        form = {"grant_type": grant, "assertion": _assertion(held, now_us // 1_000_000)}
    elif kind == "authorized_user":
        names = ("client_id", "client_secret", "refresh_token")
        form = {"grant_type": "refresh_token", **{name: as_text(held.get(name)) for name in names}}
    elif not held and endpoint.allows_private:
        # The machine's own identity, on Google's cloud.
        return UpstreamRequest(
            method="GET", url=_METADATA_URL, headers={"metadata-flavor": "Google"}, body=b""
        )
    else:
        raise ConfigurationError(
            f"`{endpoint.model}`: Vertex needs `vertex_credentials`",
            hint="Give the JSON of a service account's key.",
        )
    return UpstreamRequest(url=_TOKEN_URL, headers=dict(_FORM), body=urlencode(form).encode())


def read_token(data: bytes) -> Token:
    """Read the answer. Raises `ValueError` when there is no token in it."""
    value = as_dict(decoded(data))
    token = as_text(value.get("access_token"))
    if not token:
        raise ValueError("the answer holds no token")
    lifetime = as_count(value.get("expires_in")) or _LIFETIME_S
    return Token(headers={"authorization": f"Bearer {token}"}, expires_in_s=lifetime)


def _assertion(account: dict[str, Any], now_s: int) -> str:
    try:
        crypt = importlib.import_module("google.auth.crypt")
        jwt = importlib.import_module("google.auth.jwt")
    except ImportError:
        raise ConfigurationError(
            "Signing for Vertex needs the library google-auth",
            hint="Install it: pip install 'sightline[vertex]'.",
        ) from None
    claims = {
        "iss": as_text(account.get("client_email")),
        "scope": _SCOPE,
        "aud": _TOKEN_URL,
        "iat": now_s,
        "exp": now_s + _LIFETIME_S,
    }
    try:
        signer = crypt.RSASigner.from_service_account_info(account)
    except ValueError:
        raise ConfigurationError(
            "`vertex_credentials` holds no private key that can be read",
            hint="Give the whole JSON of a service account's key.",
        ) from None
    text: bytes = jwt.encode(signer, claims)
    return text.decode()
