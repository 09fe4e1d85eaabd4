"""Keys of the proxy under test: what a database of virtual keys would hold about them."""

from fastapi import HTTPException, Request
from litellm.proxy._types import UserAPIKeyAuth

KEYS = {
    "sk-plain": {},
    "sk-team": {
        "opik": {"project_name": "proxy-of-key", "tags": ["key-tag"], "thread_id": "key-thread"}
    },
}


async def check(request: Request, api_key: str) -> UserAPIKeyAuth:
    if api_key not in KEYS:
        raise HTTPException(401, "unknown key")
    return UserAPIKeyAuth(
        api_key=api_key,
        key_alias=f"{api_key}-alias",
        user_id="user-1",
        team_id="team-1",
        metadata=KEYS[api_key],
    )
