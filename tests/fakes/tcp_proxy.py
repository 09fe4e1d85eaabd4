"""A way to a server of this machine that can be cut, or take everything and pass on nothing.

with TcpProxy(port) as way:
    way.silence()   # connections stay open, new ones are taken; nothing is answered
    way.open()      # new connections go through; those of before stay silent for ever
    way.cut()       # all connections end; new ones go through
"""

import contextlib
import socket
import threading

_CHUNK = 65536


class TcpProxy:
    """Listens on `port` of 127.0.0.1."""

    def __init__(self, target_port: int) -> None:
        self._target = target_port
        self._line = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.port: int = self._line.getsockname()[1]
        self._pairs: list[_Pair] = []
        self._is_silent = False
        self._guard = threading.Lock()
        self._thread = threading.Thread(target=self._accept, daemon=True)

    def silence(self) -> None:
        """Pass nothing on from now."""
        with self._guard:
            self._is_silent = True
            for pair in self._pairs:
                pair.is_silent.set()

    def open(self) -> None:
        """Pass on what new connections say."""
        with self._guard:
            self._is_silent = False

    def cut(self) -> None:
        """End all connections."""
        with self._guard:
            pairs, self._pairs = self._pairs, []
        for pair in pairs:
            pair.close()

    def __enter__(self) -> "TcpProxy":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        with contextlib.suppress(OSError):
            self._line.shutdown(socket.SHUT_RDWR)
        self._line.close()
        self._thread.join(10)
        self.cut()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                near, _ = self._line.accept()
                try:
                    far = socket.create_connection(("127.0.0.1", self._target), timeout=10)
                except OSError:
                    near.close()
                    continue
                far.settimeout(None)
                with self._guard:
                    pair = _Pair(near, far, is_silent=self._is_silent)
                    self._pairs.append(pair)
                pair.start()


class _Pair:
    """One connection and the one behind it."""

    def __init__(self, near: socket.socket, far: socket.socket, *, is_silent: bool) -> None:
        self._ends = (near, far)
        self.is_silent = threading.Event()
        if is_silent:
            self.is_silent.set()

    def start(self) -> None:
        near, far = self._ends
        for one, other in ((near, far), (far, near)):
            threading.Thread(target=self._pass_on, args=(one, other), daemon=True).start()

    def close(self) -> None:
        for end in self._ends:
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()

    def _pass_on(self, one: socket.socket, other: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := one.recv(_CHUNK):
                if not self.is_silent.is_set():
                    other.sendall(data)
        # Who is silent does not even say that it is over.
        if not self.is_silent.is_set():
            self.close()
