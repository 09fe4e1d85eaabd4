"""Routers put into an application at once: their paths, methods, layers and document."""

import pytest
from litestar import Litestar, Router, delete, get, post
from litestar.di import NamedDependency, Provide
from litestar.exceptions import ImproperlyConfiguredException
from litestar.openapi import OpenAPIConfig
from litestar.params import FromPath
from litestar.testing import TestClient

from sightline.api.kit.mount import mount


@get("/{name:str}")
async def read(name: FromPath[str], colour: NamedDependency[str]) -> dict[str, str]:
    return {"name": name, "colour": colour}


@delete("/{name:str}")
async def remove(name: FromPath[str]) -> None:
    return None


@post(["/", "/{name:str}/copies"], status_code=201)
async def make() -> dict[str, str]:
    return {"made": "yes"}


READS = Router(
    "/things",
    route_handlers=[read],
    dependencies={"colour": Provide(lambda: "red", sync_to_thread=False)},
)
WRITES = Router("/things", route_handlers=[remove, make], include_in_schema=False)


def application(*routers: Router) -> Litestar:
    app = Litestar(openapi_config=OpenAPIConfig("t", "1"), logging_config=None)
    mount(app, routers)
    return app


def test_routers_share_a_path_and_keep_what_is_theirs() -> None:
    with TestClient(application(READS, WRITES)) as client:
        assert client.get("/things/a").json() == {"name": "a", "colour": "red"}
        assert client.delete("/things/a").status_code == 204
        assert client.post("/things").json() == {"made": "yes"}
        assert client.post("/things/a/copies").status_code == 201
        assert client.put("/things/a").status_code == 405
        assert client.get("/things/a/copies/b").status_code == 404


def test_options_says_what_all_routers_have_at_a_path() -> None:
    with TestClient(application(READS, WRITES)) as client:
        answer = client.options("/things/a")
        assert (answer.status_code, answer.content) == (204, b"")
        assert answer.headers["allow"] == "DELETE, GET, OPTIONS"
        assert client.options("/things").headers["allow"] == "OPTIONS, POST"


def test_document_has_what_a_router_shows() -> None:
    document = application(READS, WRITES).openapi_schema.to_schema()
    assert set(document["paths"]) == {"/things/{name}"}
    assert set(document["paths"]["/things/{name}"]) == {"get"}


def test_routers_serve_a_second_application_too() -> None:
    for _ in range(2):
        with TestClient(application(READS, WRITES)) as client:
            assert client.get("/things/b").json()["name"] == "b"
    assert READS.owner is None


def test_a_method_of_a_path_has_one_handler() -> None:
    with pytest.raises(ImproperlyConfiguredException, match=r"GET /things/\{name:str\}"):
        application(READS, READS)
