"""Rules of names and keys that the workspace's services share."""

import hashlib
import secrets

from sightline.core.errors import UnprocessableError

KEY_PREFIX = "opik_"
MAX_NAME_LENGTH = 255
MAX_DESCRIPTION_LENGTH = 255


def project_name(name: str) -> str:
    """Return the name without the blanks around it; empty when there is nothing else.

    Raises `UnprocessableError` for a name that is too long. NUL, which Postgres cannot store, is
    left out.
    """
    return checked_name(name, "project_name", may_be_blank=True)


def checked_name(name: str, field: str, *, may_be_blank: bool = False) -> str:
    """Return the name as it is stored. Raises `UnprocessableError` naming `field`."""
    clean = name.replace("\0", "").strip()
    if not clean and not may_be_blank:
        raise _broken(f"{field} must not be blank")
    if len(clean) > MAX_NAME_LENGTH:
        raise _broken(f"{field} size must be between 1 and {MAX_NAME_LENGTH}")
    return clean


def checked_description(description: str | None) -> str | None:
    """Return the description as it is stored. Raises `UnprocessableError` when it is too long."""
    if description is None:
        return None
    if len(description) > MAX_DESCRIPTION_LENGTH:
        raise _broken(f"description size must be between 0 and {MAX_DESCRIPTION_LENGTH}")
    return description.replace("\0", "")


def new_key() -> str:
    """Return a fresh API key: 256 random bits."""
    return KEY_PREFIX + secrets.token_urlsafe(32)


def hash_key(key: str) -> bytes:
    """Return what is stored of a key. It is random, so it needs no salt and no slow hash."""
    return hashlib.sha256(key.encode("utf-8", "replace")).digest()


def mask_key(key: str) -> str:
    """Return how a key may be shown."""
    return f"{key[: len(KEY_PREFIX) + 4]}…{key[-4:]}"


def _broken(text: str) -> UnprocessableError:
    return UnprocessableError(text, fields=[text])
