"""Faults on request: what goes wrong with the next requests, set through `POST /_control/KIND?…`.

    refuse?secs=2            the port is closed for so long and every open connection is cut
    unavailable              503, as a proxy in front of the server would answer
    fail?code=252&name=TOO_MANY_PARTS   that exception instead of running the query
    cut                      the connection is dropped before anything is done
    lose                     the query is done to its end, then the connection is dropped without an answer
    delay?ms=500             the request waits, then runs as ever

Each (but refuse) takes `count` (how many requests, 1 unless told), or `secs` (all requests for so long), and
`containing` (only requests whose query has this text). `clear` ends all of them; GET tells which are left and how often
each kind has struck. /ping is never struck, so that looking whether the endpoint is there uses nothing up.
"""

import threading
import time
from dataclasses import asdict, dataclass, field
from typing import Mapping, Optional

KINDS = ("unavailable", "fail", "cut", "lose", "delay")


@dataclass
class Fault:
    kind: str
    count: int = 1
    until: Optional[float] = None
    containing: str = ""
    ms: int = 0
    code: int = 0
    name: str = ""

    def over(self) -> bool:
        return time.monotonic() >= self.until if self.until is not None else self.count <= 0


@dataclass
class Faults:
    """What is set, and how often each kind has struck since the endpoint began."""

    struck: dict[str, int] = field(default_factory=lambda: dict.fromkeys(KINDS, 0))

    def __post_init__(self):
        self._set: list[Fault] = []
        self._lock = threading.Lock()

    def add(self, kind: str, parameters: Mapping[str, str]) -> None:
        """ValueError tells what is wrong with the parameters."""
        if kind not in KINDS:
            raise ValueError(f"there is no fault {kind}: {', '.join(KINDS)}, refuse, clear")
        given = dict(parameters)
        secs = given.pop("secs", None)
        fault = Fault(kind, until=None if secs is None else time.monotonic() + float(secs))
        for name, value in given.items():
            if name not in ("count", "containing", "ms", "code", "name"):
                raise ValueError(f"{kind} has no parameter {name}")
            setattr(fault, name, value if name in ("containing", "name") else int(value))
        with self._lock:
            self._set.append(fault)

    def clear(self) -> None:
        with self._lock:
            self._set.clear()

    def take(self, query: str) -> Optional[Fault]:
        """The fault that strikes this request, if any; the oldest goes first."""
        with self._lock:
            self._set = [fault for fault in self._set if not fault.over()]
            fault = next((one for one in self._set if one.containing in query), None)
            if fault:
                fault.count -= 1
                self.struck[fault.kind] += 1
            return fault

    def told(self) -> dict:
        with self._lock:
            return {"set": [asdict(fault) for fault in self._set if not fault.over()], "struck": dict(self.struck)}
