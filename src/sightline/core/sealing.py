"""Secrets at rest: AES-256-GCM, bound to where they belong.

Sealed text is `v1.<base64url of 12 bytes of nonce and the ciphertext with its tag>`. `context` says
whose it is (`provider:<id>`): a blob that was copied to another row does not open there.
"""

import base64
import binascii
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from sightline.core.errors import ConfigurationError, InternalError

KEY_BYTES = 32
_VERSION = "v1."
_NONCE_BYTES = 12


class Sealer:
    """Seals and opens text with one key."""

    def __init__(self, key: bytes) -> None:
        if len(key) != KEY_BYTES:
            raise ConfigurationError(f"The secret key must have {KEY_BYTES} bytes, not {len(key)}")
        self._aead = AESGCM(key)

    def seal(self, text: str, context: str) -> str:
        """Return the sealed text; the same text gives another one each time."""
        nonce = os.urandom(_NONCE_BYTES)
        sealed = nonce + self._aead.encrypt(nonce, text.encode(), context.encode())
        return _VERSION + base64.urlsafe_b64encode(sealed).decode().rstrip("=")

    def open(self, sealed: str, context: str) -> str:
        """Return what was sealed for this context.

        Raises `InternalError` when it was sealed with another key, for another context, or has
        been changed.
        """
        try:
            if not sealed.startswith(_VERSION):
                raise ValueError(sealed[:3])
            body = sealed[len(_VERSION) :]
            raw = base64.urlsafe_b64decode(body + "=" * (-len(body) % 4))
            if len(raw) < _NONCE_BYTES:
                raise ValueError(len(raw))
            return self._aead.decrypt(
                raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], context.encode()
            ).decode()
        except (InvalidTag, ValueError, binascii.Error):
            raise InternalError(
                "A stored secret does not open with this server's secret key",
                hint="Start with the secret key it was sealed with, or enter the secret again",
            ) from None


def mask(secret: str) -> str:
    """Return how a secret may be shown: `****...AbCd`, of a short one nothing at all."""
    return f"****...{secret[-4:]}" if len(secret) >= 12 else "****"
