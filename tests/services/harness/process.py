"""Processes that outlive the command: begun, found again by number and birth, signalled with all their children."""

import os
import signal
import subprocess
import time
from pathlib import Path
from typing import Optional, Sequence

_POLL_SECS = 0.05


def begin(command: Sequence, pid_file: Path, log: Path, env: Optional[dict] = None, user: Optional[str] = None,
          cwd: Optional[Path] = None) -> None:
    """Starts a process in a session of its own, so that a terminal's Ctrl-C does not reach it."""
    identity = {"user": user, "group": user, "extra_groups": []} if user else {}
    with open(log, "ab") as out:
        child = subprocess.Popen([str(part) for part in command], stdin=subprocess.DEVNULL, stdout=out, stderr=out,
                                 start_new_session=True, env={**os.environ, **(env or {})}, cwd=cwd, **identity)
    pid_file.write_text(f"{child.pid} {_birth(child.pid)}\n")


def running(pid_file: Path) -> Optional[int]:
    """The process of a file, if it is still the same: numbers are given out again."""
    try:
        pid, birth = pid_file.read_text().split()
    except (FileNotFoundError, ValueError):
        return None
    return int(pid) if _birth(int(pid)) == birth else None


def family(pid: int) -> list[int]:
    """The process and all that descend from it, parents first."""
    children: dict[int, list[int]] = {}
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            fields = _stat(int(entry))
            if fields:
                children.setdefault(int(fields[1]), []).append(int(entry))
    found = [pid]
    for one in found:
        found.extend(children.get(one, []))
    return found


def send(pids: Sequence[int], number: int) -> None:
    for pid in pids:
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            pass


def end(pid_file: Path, polite: int, patience_secs: float) -> bool:
    """Asks, waits, and then insists. True if nothing of the family is left."""
    pid = running(pid_file)
    if pid is None:
        return True
    members = _births(family(pid))
    send(list(members), signal.SIGCONT)
    send([pid], polite)
    if not _gone(members, patience_secs):
        send(_left(members), signal.SIGKILL)
    return _gone(members, 5)


def kill(pid: int) -> bool:
    """All at once: children that noticed their parent's end first would tidy up."""
    members = _births(family(pid))
    send(_left(members), signal.SIGKILL)
    return _gone(members, 5)


def run_through(command: Sequence, cwd: Path) -> int:
    return subprocess.run([str(part) for part in command], cwd=cwd).returncode


def _births(pids: Sequence[int]) -> dict[int, str]:
    return {pid: _birth(pid) for pid in pids}


def _left(members: dict[int, str]) -> list[int]:
    """Those that still run, and not another process that was given the number of one."""
    return [pid for pid, birth in members.items() if birth and _birth(pid) == birth]


def _gone(members: dict[int, str], secs: float) -> bool:
    until = time.monotonic() + secs
    while _left(members):
        if time.monotonic() > until:
            return False
        time.sleep(_POLL_SECS)
    return True


def alive(pids: Sequence[int]) -> list[int]:
    """Those that still run. One that is dead and not yet collected by its parent does nothing any more."""
    return [pid for pid in pids if _birth(pid)]


def _birth(pid: int) -> str:
    """When the process began, in the kernel's ticks; nothing if it is gone, or dead and waiting to be collected."""
    try:
        os.waitpid(pid, os.WNOHANG)
    except ChildProcessError:
        pass
    fields = _stat(pid)
    if not fields or fields[0] in "ZX" and _threads(pid) <= 1:
        return ""
    return fields[19]


def _threads(pid: int) -> int:
    """A killed process shows as dead before its other threads, which hold its sockets, are."""
    try:
        return len(os.listdir(f"/proc/{pid}/task"))
    except (FileNotFoundError, ProcessLookupError):
        return 0


def _stat(pid: int) -> list[str]:
    """The fields after the name, which may hold blanks and brackets: state, parent …"""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return []
