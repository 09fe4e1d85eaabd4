"""`is-alive`: what clients ask at start, without a key."""

from litestar import Router, get

from sightline import __version__


@get("/ping", opt={"public": True})
async def ping() -> dict[str, object]:
    """Say that the server is healthy."""
    return {"message": "Healthy Server", "healthy": True}


@get("/ver", opt={"public": True})
async def version() -> dict[str, str]:
    """Name the server's version."""
    return {"version": __version__}


ROUTER = Router(path="/api/is-alive", route_handlers=[ping, version], tags=["is-alive"])
