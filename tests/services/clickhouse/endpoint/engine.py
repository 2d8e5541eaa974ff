"""The engine: one data folder, a connection per request or per session, settings and parameters as the server takes them."""

import threading
import time
from contextlib import contextmanager
from typing import Iterator, Optional

import chdb

from .errors import Refusal

# What sessions wait for their next query at most, and by default.
_LONGEST_SESSION_SECS, _SESSION_SECS = 3600, 60
# A client that has its answer may ask again before the request that gave it has let go of the session.
_LET_GO_SECS = 0.25


class Engine:
    def __init__(self, path: str, database: str):
        self._path = path
        # Held open: the engine closes its folder with its last connection.
        self._main = chdb.connect(path)
        self._main.query(f"CREATE DATABASE IF NOT EXISTS {_quoted(database)}")
        self._sessions: dict[str, _Session] = {}
        self._lock = threading.Lock()
        self.version = self._value("SELECT version()")
        self.timezone = self._value("SELECT timezone()")

    def close(self) -> None:
        self._main.close()

    def _value(self, query: str) -> str:
        return self._main.query(query, "TabSeparatedRaw").bytes().decode().rstrip("\n")

    @contextmanager
    def connection(self, session: Optional[str], timeout: Optional[str], check: bool) -> Iterator:
        """A connection of the request's own, or the session's, which only one request at a time may have."""
        if not session:
            own = chdb.connect(self._path)
            try:
                yield own
            finally:
                own.close()
            return
        found = self._session(session, timeout, check)
        if not found.busy.acquire(timeout=_LET_GO_SECS):
            raise Refusal(373, "SESSION_IS_LOCKED", f"Session {session} is locked by a concurrent client")
        try:
            yield found.connection
        finally:
            found.until = time.monotonic() + found.timeout
            found.busy.release()

    def _session(self, name: str, timeout: Optional[str], check: bool) -> "_Session":
        secs = _session_secs(timeout)
        with self._lock:
            now = time.monotonic()
            for old in [key for key, one in self._sessions.items() if one.until < now and not one.busy.locked()]:
                self._sessions.pop(old).connection.close()
            if name not in self._sessions:
                if check:
                    raise Refusal(372, "SESSION_NOT_FOUND", f"Session {name} not found")
                self._sessions[name] = _Session(chdb.connect(self._path), secs)
            return self._sessions[name]


class _Session:
    def __init__(self, connection, timeout: int):
        self.connection = connection
        self.timeout = timeout
        self.until = time.monotonic() + timeout
        self.busy = threading.Lock()


def _session_secs(timeout: Optional[str]) -> int:
    if timeout is None:
        return _SESSION_SECS
    if not timeout.isdigit() or int(timeout) > _LONGEST_SESSION_SECS:
        raise Refusal(374, "INVALID_SESSION_TIMEOUT", f"Invalid session timeout: '{timeout}'")
    return int(timeout)


def prepare(connection, database: Optional[str], settings: dict[str, str], readonly: bool) -> None:
    """Applies what a request says beside its query; `readonly` goes last, since it forbids the others."""
    if database:
        connection.query(f"USE {_quoted(database)}")
    settings = dict(settings)
    level = settings.pop("readonly", "2" if readonly else None)
    for name, value in settings.items():
        if not name.replace("_", "").isalnum():
            raise Refusal(115, "UNKNOWN_SETTING", f"Unknown setting '{name}'")
        connection.query(f"SET {name} = {_literal(value)}")
    if level is not None:
        connection.query(f"SET readonly = {_literal(level)}")


def setting(connection, name: str) -> str:
    return connection.query(f"SELECT getSetting('{name}')", "TabSeparatedRaw").bytes().decode().rstrip("\n")


def _quoted(name: str) -> str:
    return "`" + name.replace("\\", "\\\\").replace("`", "\\`") + "`"


def _literal(value: str) -> str:
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"
