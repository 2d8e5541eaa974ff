"""The listening socket: it can be closed for a while, as a server's that is away."""

import socket
import sys
import threading
import time
import traceback
from typing import Optional

from .engine import Engine
from .faults import Faults
from .handler import Handler

_POLL_SECS = 0.1
# How long a stop waits for requests that run.
_FINISH_SECS = 5


class Server:
    display_name = "tidemark-test"

    def __init__(self, address: tuple[str, int], engine: Engine, users: dict[str, str], faults: Optional[Faults]):
        self.engine, self.users, self.faults = engine, users, faults
        self._address = address
        self._refused_until = 0.0
        self._stopping, self._closed = threading.Event(), threading.Event()
        self._connections: set[socket.socket] = set()
        self._lock = threading.Lock()

    def serve(self) -> None:
        """Until `stop`. While refusing there is no listening socket, so that connecting fails at once."""
        while not self._stopping.is_set():
            with socket.create_server(self._address, backlog=128) as listening:
                self._closed.clear()
                listening.settimeout(_POLL_SECS)
                while not self._stopping.is_set() and time.monotonic() >= self._refused_until:
                    self._accept(listening)
            self._closed.set()
            while not self._stopping.is_set() and time.monotonic() < self._refused_until:
                time.sleep(_POLL_SECS / 10)
        self._finish()

    def refuse(self, secs: float, asked: socket.socket) -> None:
        """Closes the port for so long. When this returns it is closed, and so is every connection but the asker's."""
        self._refused_until = time.monotonic() + secs
        self._closed.wait(2 * _POLL_SECS)
        with self._lock:
            for connection in self._connections - {asked}:
                self.hang_up(connection)

    def stop(self, *_) -> None:
        self._stopping.set()

    def hang_up(self, connection: socket.socket) -> None:
        try:
            connection.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass  # the client was quicker

    def _accept(self, listening: socket.socket) -> None:
        try:
            connection, address = listening.accept()
        except TimeoutError:
            return
        connection.settimeout(None)
        with self._lock:
            self._connections.add(connection)
        threading.Thread(target=self._handle, args=(connection, address), daemon=True).start()

    def _handle(self, connection: socket.socket, address) -> None:
        try:
            Handler(connection, address, self)
        except OSError:
            pass  # the client went away
        except Exception:
            traceback.print_exc(file=sys.stderr)
        finally:
            with self._lock:
                self._connections.discard(connection)
            self.hang_up(connection)
            connection.close()

    def _finish(self) -> None:
        """Connections that wait for a next request are closed; those with a request get some time."""
        until = time.monotonic() + _FINISH_SECS
        with self._lock:
            for connection in self._connections:
                try:
                    connection.shutdown(socket.SHUT_RD)
                except OSError:
                    pass
        while self._connections and time.monotonic() < until:
            time.sleep(_POLL_SECS / 10)
