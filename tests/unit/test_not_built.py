"""Every operation of the published client is either served or answers 501 with its name."""

import functools
import re
from collections.abc import Iterator
from typing import Any

import pytest
from litestar import Litestar, Router, get
from litestar.exceptions import HTTPException
from litestar.params import FromPath
from litestar.testing import TestClient

import sightline.api.opik
from sightline.api.opik import errors, not_built
from sightline.core.errors import SightlineError
from sightline.core.registry import discover

_ID = "0190babc-62a0-71d2-832a-0feffa4676eb"
OPERATIONS = not_built.operations()


def application(*routers: Router) -> Litestar:
    return Litestar(
        list(routers),
        exception_handlers={
            SightlineError: errors.on_sightline_error,
            HTTPException: errors.on_http_error,
        },
        logging_config=None,
    )


@pytest.fixture(scope="module")
def client() -> Iterator[TestClient[Litestar]]:
    """The missing operations alone, as the app has them."""
    with TestClient(application(not_built.ROUTER)) as client:
        yield client


def place(operation: str) -> tuple[str, str]:
    """Return the method and a path that an operation is called by."""
    method, _, template = operation.partition(" ")
    return method, not_built.BASE + re.sub(r"\{[^}]*\}", _ID, template)


@functools.cache
def served_routes() -> set[tuple[str, str]]:
    """What the other modules of the face serve: method and shape of the path."""
    routers = discover(sightline.api.opik, "ROUTER", Router)
    return {
        (str(method), not_built.shape(route.path))
        for name, router in routers.items()
        if name != "not-built"
        for route in router.routes
        for method in route.methods
    }


def test_table_names_each_operation_once() -> None:
    assert len(OPERATIONS) > 300
    assert len(set(OPERATIONS.values())) == len(OPERATIONS)
    for operation, name in OPERATIONS.items():
        assert re.fullmatch(r"(GET|POST|PUT|PATCH|DELETE) /[\w./{}-]+", operation)
        assert re.fullmatch(r"[a-z_]+\.[a-z0-9_]+", name)


@pytest.mark.parametrize("operation", OPERATIONS)
def test_operation_is_served_or_answers_501_with_its_name(
    operation: str, client: TestClient[Litestar]
) -> None:
    method, path = place(operation)
    answer = client.request(method, path)
    named = {"code": 501, "message": f"{OPERATIONS[operation]} is not built yet"}
    template = not_built.BASE + operation.partition(" ")[2]
    if (method, not_built.shape(template)) in served_routes():
        assert answer.json() != named
    else:
        assert (answer.status_code, answer.json()) == (501, named)


def test_what_a_module_serves_is_known() -> None:
    for method, path in (("GET", "/api/v1/private/projects"), ("POST", "/api/v1/private/auth")):
        assert (method, path) in served_routes()
    assert ("GET", "/api/v1/private/projects/{}") in served_routes()


@get("/api/v1/private/datasets/{dataset_id:str}")
async def some_dataset(dataset_id: FromPath[str]) -> dict[str, Any]:
    return {"id": dataset_id}


def test_new_route_takes_its_operation_and_leaves_its_neighbours() -> None:
    router = Router("/", route_handlers=[some_dataset])
    with TestClient(application(router, not_built.router_for([router]))) as client:
        assert client.get(f"/api/v1/private/datasets/{_ID}").json() == {"id": _ID}
        assert client.put(f"/api/v1/private/datasets/{_ID}").status_code == 501
        exports = client.get("/api/v1/private/datasets/export-jobs")
        assert exports.json()["message"] == "datasets.get_dataset_export_jobs is not built yet"
        assert client.patch(f"/api/v1/private/datasets/{_ID}").status_code == 405
        assert client.get("/api/v1/private/never").status_code == 404


def test_otel_metrics_are_refused_in_words(client: TestClient[Litestar]) -> None:
    answer = client.post("/api/v1/private/otel/v1/metrics", content=b"\x0a")
    assert answer.status_code == 501
    assert answer.json() == {
        "code": 501,
        "message": "OpenTelemetry metrics ingestion is not yet supported",
    }
