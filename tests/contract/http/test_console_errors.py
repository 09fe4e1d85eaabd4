"""What the console's face says when something is wrong, and that Opik's still speaks as Opik's."""

import pytest

from tests.live import LiveServer

CONSOLE = "/api/console"


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", f"{CONSOLE}/nothing-here", 404, "not_found"),
        ("GET", f"{CONSOLE}/backup", 405, "method_not_allowed"),
        ("GET", f"{CONSOLE}/projects/01a1f000-0000-7000-8000-000000000001/views", 404, "not_found"),
        ("GET", f"{CONSOLE}/projects/no-id/views", 422, "unprocessable"),
        ("GET", f"{CONSOLE}/prices?page=two", 400, "invalid_request"),
        ("GET", f"{CONSOLE}/prices?size=0", 422, "unprocessable"),
        ("POST", f"{CONSOLE}/backup", 403, "permission_denied"),
    ],
)
def test_a_problem_says_what_and_of_which_kind(
    server: LiveServer, method: str, path: str, status: int, code: str
) -> None:
    if code == "permission_denied" and "SIGHTLINE_ANALYTICS__DSN" in server.env:
        # What does not lie in the folder is not copied, for whomever.
        status, code = 409, "conflict"
    answer = server.request(method, path)
    assert answer.status == status
    assert answer.headers["content-type"].startswith("application/problem+json")
    problem = answer.json
    assert (problem["status"], problem["code"], problem["type"]) == (status, code, "about:blank")
    assert problem["title"]
    assert problem["detail"]


def test_a_problem_names_the_field_and_what_to_do(server: LiveServer) -> None:
    wrong = server.post(f"{CONSOLE}/keys", {"name": "x", "role": "king"}).json
    assert "role" in wrong["fields"][0]
    broken = server.post(f"{CONSOLE}/keys", b"{nonsense").json
    assert (broken["status"], broken["code"]) == (400, "invalid_request")
    refused = server.post(f"{CONSOLE}/backup", b"").json
    assert "backup" in refused["hint"].lower()
    words = server.get(f"{CONSOLE}/prices?page=two").json
    assert "page" in words["detail"]


def test_opiks_face_speaks_as_before(server: LiveServer) -> None:
    answer = server.get("/api/v1/private/nothing-here")
    assert answer.status == 404
    assert answer.json == {
        "code": 404,
        "message": "HTTP 404 Not Found: GET /api/v1/private/nothing-here",
    }
