"""The answer 421: whoever asked has come to the wrong server, in a shape that all clients read."""

from typing import Any

from sightline.core import codec


async def refuse(text: str, send: Any) -> None:
    """Answer an ASGI request, whatever its face."""
    body = codec.encode(
        {"code": 421, "message": text, "error": {"code": 421, "message": text, "metadata": {}}}
    )
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(body)).encode()),
    ]
    await send({"type": "http.response.start", "status": 421, "headers": headers})
    await send({"type": "http.response.body", "body": body, "more_body": False})
