"""Which key seals the secrets of a catalog: servers that share one must have the same."""

import hashlib

from sqlalchemy import Connection

from sightline.core.errors import ConfigurationError
from sightline.core.log import get_logger
from sightline.stores.catalog import settings
from sightline.stores.catalog.engine import Catalog

log = get_logger(__name__)

NAME = "gateway.sealed-with"


def agree(catalog: Catalog, key: bytes, *, is_given: bool, now_us: int) -> None:
    """Note the key's fingerprint in a catalog that several servers may share.

    A key that an operator gave replaces what was noted. Raises `ConfigurationError` for one that
    was made in a data folder while another server's secrets are sealed with another.
    """
    if catalog.kind == "SQLite":
        return
    print_ = hashlib.sha256(b"sightline sealing key:" + key).hexdigest()

    def note(connection: Connection) -> str:
        if is_given:
            settings.put(connection, NAME, print_, now_us=now_us)
            return print_
        return settings.put_if_absent(connection, NAME, print_, now_us=now_us)

    before = catalog.read_sync(lambda connection: settings.get(connection, NAME))
    if is_given and before not in {None, print_}:
        log.warning(
            "catalog.sealing_key_changed",
            hint="keys of providers and destinations that were sealed before must be entered again",
        )
    if catalog.write_sync(note) != print_:
        raise ConfigurationError(
            "Another server seals the secrets of this catalog with another key",
            hint="Set `gateway.secret_key` to one key on every server: that server's, from its "
            "settings or the file `secret.key` in its data folder",
        )
