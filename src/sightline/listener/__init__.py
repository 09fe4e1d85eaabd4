"""HTTP on a port: Uvicorn's protocol on our loop, with bounds on what a stranger may hold open."""

from sightline.listener.connection import Bounds
from sightline.listener.listener import Listener

__all__ = ["Bounds", "Listener"]
