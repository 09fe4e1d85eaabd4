"""Which endpoint served a session before: the same again finds its prompt in the cache."""

from sightline.core.ids import Id

_MAX_SESSIONS = 20_000


class Stickiness:
    """Remembers the sessions used last."""

    def __init__(self, capacity: int = _MAX_SESSIONS) -> None:
        self._capacity = capacity
        # In order of use: the first one was used longest ago.
        self._endpoints: dict[tuple[Id, str], str] = {}

    def endpoint_id(self, workspace_id: Id, session_id: str | None) -> str | None:
        """Return the endpoint that served the session last."""
        return None if session_id is None else self._endpoints.get((workspace_id, session_id))

    def served(self, workspace_id: Id, session_id: str | None, endpoint_id: str) -> None:
        """Note who served a session."""
        if session_id is None:
            return
        key = (workspace_id, session_id)
        self._endpoints.pop(key, None)
        self._endpoints[key] = endpoint_id
        if len(self._endpoints) > self._capacity:
            del self._endpoints[next(iter(self._endpoints))]
