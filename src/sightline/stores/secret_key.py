"""The key that seals secrets: given by the operator, or a file made at the first start."""

import base64
import binascii
import contextlib
import os
import secrets
from pathlib import Path

from sightline.core.errors import ConfigurationError
from sightline.core.sealing import KEY_BYTES
from sightline.core.secret import Secret

FILE_NAME = "secret.key"
_HINT = "Make one with `openssl rand -hex 32`"


def secret_key(folder: Path, given: Secret | None = None) -> bytes:
    """Return the 32 bytes of the key.

    `given` is 64 hex digits or 32 bytes in base64. Without it the key is in `folder`/secret.key,
    made with mode 0600 when it is not there. Raises `ConfigurationError` for a key that is none.
    """
    if given:
        return _parse(given.reveal(), "`gateway.secret_key`")
    path = folder / FILE_NAME
    if not path.exists():
        with contextlib.suppress(FileExistsError):
            _make(path)
    try:
        return _parse(path.read_text("ascii", "replace").strip(), f"`{path}`")
    except OSError as error:
        raise ConfigurationError(f"Cannot read `{path}`: {error.strerror}") from error


def _make(path: Path) -> None:
    """Write a new key; another process that was first wins, and nobody sees half of it."""
    part = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    try:
        descriptor = os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        try:
            os.write(descriptor, secrets.token_bytes(KEY_BYTES).hex().encode() + b"\n")
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        # Unlike a rename, a link does not replace a key that is there already.
        os.link(part, path)
    except FileExistsError:
        raise
    except OSError as error:
        raise ConfigurationError(f"Cannot write `{path}`: {error.strerror}") from error
    finally:
        part.unlink(missing_ok=True)


def _parse(text: str, where: str) -> bytes:
    if len(text) == 2 * KEY_BYTES:
        with contextlib.suppress(ValueError):
            return bytes.fromhex(text)
    try:
        raw = base64.b64decode(text.replace("-", "+").replace("_", "/") + "=" * (-len(text) % 4))
    except (binascii.Error, ValueError):
        raw = b""
    if len(raw) != KEY_BYTES:
        raise ConfigurationError(
            f"The key in {where} must be {KEY_BYTES} bytes as hex or base64", hint=_HINT
        )
    return raw
