"""Signing out: a session that is not there costs no other anything."""

import pytest
from sqlalchemy import update

from sightline.core.clock import FakeClock
from sightline.core.errors import AuthenticationError
from sightline.services.workspace.api_keys import ApiKeys
from sightline.services.workspace.directory import Directory
from sightline.services.workspace.sessions import Sessions
from sightline.stores.catalog.engine import Catalog
from sightline.stores.catalog.tables import api_keys


async def test_keys_are_forgotten_for_a_session_alone_that_was_there(catalog_url: str) -> None:
    catalog, clock = Catalog.open(catalog_url), FakeClock()
    directory = Directory(catalog, clock)
    sessions = Sessions(catalog, directory, clock)
    try:
        issued = await ApiKeys(catalog, directory, clock).create("acme", "ci")
        key = issued.key.reveal()
        token = (await sessions.sign_in(key, "10.0.0.1")).token.reveal()
        # As another process does: seen here once keys are forgotten.
        await catalog.write(lambda c: c.execute(update(api_keys).values(revoked_at_us=1)))

        await sessions.sign_out("nobody")
        assert (await directory.key_record(key)).id == issued.record.id
        await sessions.sign_out(token)
        with pytest.raises(AuthenticationError):
            await directory.key_record(key)
    finally:
        await directory.close()
        catalog.close()
