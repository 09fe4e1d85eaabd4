"""What clients of OpenAI, Anthropic and LiteLLM ask for and is not built: 501 that names it."""

from pathlib import Path

import pytest

from tests.fakes.gateway import gateway

PATHS = """
GET /v1/responses/resp_1|Stored responses
DELETE /api/v1/responses/resp_1|Stored responses
POST /v1/audio/speech|Audio
POST /api/v1/audio/translations|Audio
POST /v1/images/generations|Images
POST /v1/moderations|Moderations
POST /v1/files|Files
GET /v1/files/file-1/content|Files
POST /v1/batches|Batches
POST /v1/messages/batches|Batches of messages
POST /v1/fine_tuning/jobs|Fine-tuning
POST /v1/assistants|Assistants
POST /v1/threads/t/messages|Threads
GET /v1/vector_stores|Vector stores
POST /key/generate|/api/v1/keys
GET /key/info?key=sk|/api/v1/keys
POST /user/new|/api/v1/keys
GET /team/list|/api/v1/keys
GET /model/info|/api/v1/models
GET /v1/model/info|/api/v1/models
GET /spend/logs|/api/v1/activity
GET /health/liveliness|/health
"""
OURS = "GET /health,GET /v1/models,POST /v1/traces,GET /team/redirect/projects,GET /gateway/keys"
NAMED = "GET /api/v1/files,POST /api/v1/audio/speech,GET /api/v1/key,GET /api/v1/model/a/b"


async def test_what_is_not_built_is_named(tmp_path: Path) -> None:
    async with gateway(tmp_path, []) as it:
        for line in PATHS.split("\n")[1:-1]:
            request, _, words = line.partition("|")
            method, _, path = request.partition(" ")
            async with it.session.request(method, it.url + path) as answer:
                assert answer.status == 501, request
                error = (await answer.json())["error"]
            assert error["code"] == 501
            assert words in error["message"], request
            assert "x-generation-id" not in answer.headers


@pytest.mark.parametrize("requests", [OURS, NAMED])
async def test_what_others_answer_goes_on_to_them(tmp_path: Path, requests: str) -> None:
    async with gateway(tmp_path, []) as it:
        for request in requests.split(","):
            method, _, path = request.partition(" ")
            async with it.session.request(method, it.url + path) as answer:
                assert (answer.status, await answer.text()) == (404, "inner app"), request
