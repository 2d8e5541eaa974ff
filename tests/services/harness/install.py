"""What the machine lacks: Debian's packages where that is allowed, and a cache that survives between runs."""

import fcntl
import hashlib
import os
import shutil
import subprocess
from contextlib import contextmanager
from pathlib import Path
from typing import Iterator

from .service import Problem


def cache() -> Path:
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "tidemark-services"


@contextmanager
def filled(kind: str, pinned: str) -> Iterator[tuple[Path, bool]]:
    """A folder of the cache for what is pinned, and whether it is complete already.

    It is marked complete only when the block ends well; a half-filled one is begun anew.
    """
    base = cache()
    base.mkdir(parents=True, exist_ok=True)
    path = base / f"{kind}-{hashlib.sha256(pinned.encode()).hexdigest()[:12]}"
    with open(base / f".{kind}.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        complete = (path / ".complete").exists()
        if not complete:
            shutil.rmtree(path, ignore_errors=True)
            path.mkdir()
        yield path, complete
        (path / ".complete").touch()


def debian(packages: list[str], what: str, options: tuple[str, ...] = ()) -> None:
    """Installs Debian's packages as root; otherwise says what is missing."""
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        raise Problem(f"cannot be installed: {what} is absent, and only root on Debian may install {' '.join(packages)}")
    print(f"installing {' '.join(packages)}", flush=True)
    install = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *options, *packages]
    for command in (["apt-get", "update", "-qq"], install):
        done = run(command, env={"DEBIAN_FRONTEND": "noninteractive"})
        if done.returncode != 0 and command is install:
            raise Problem(f"cannot be installed: apt-get does not get {' '.join(packages)}:\n{tail(done.stdout)}")


def run(command: list, env: dict | None = None, cwd: Path | None = None, user: str | None = None,
        data: str = "") -> subprocess.CompletedProcess:
    """Runs a command to its end; what it says, on both channels, is its `stdout`."""
    identity = {"user": user, "group": user, "extra_groups": []} if user else {}
    return subprocess.run([str(part) for part in command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          errors="replace", input=data, env={**os.environ, **(env or {})},
                          cwd=cwd, **identity)


def tail(text: str, lines: int = 8) -> str:
    return "\n".join(f"    {line}" for line in text.strip().splitlines()[-lines:])
