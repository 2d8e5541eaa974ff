"""A folder of services: what runs in it, where, and the file of variables that names it to tests."""

import fcntl
import random
import socket
from contextlib import contextmanager
from pathlib import Path
from typing import Iterator


class Folder:
    def __init__(self, path: Path):
        self.path = path

    def make(self) -> None:
        self.path.mkdir(parents=True, exist_ok=True)

    @contextmanager
    def locked(self) -> Iterator[None]:
        """One start or stop at a time."""
        with open(self.path / ".lock", "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def write_env(self, services: list) -> None:
        """The variables of all that runs, or is run by somebody else; written aside, so that no reader sees half of it."""
        variables: dict[str, str] = {}
        for service in services:
            if service.outside():
                variables[service.variable] = service.outside()
            elif service.running():
                variables.update(service.variables())
        aside = self.path / ".env"
        aside.write_text("".join(f"{name}={value}\n" for name, value in variables.items()))
        aside.rename(self.path / "env")


def port(file: Path) -> int:
    """The port that a file remembers, or a free one that it then remembers.

    Below what the kernel gives to outgoing connections: nobody takes it while the service is away for a moment.
    """
    if file.exists():
        return int(file.read_text())
    for _ in range(1000):
        number = random.randint(20_000, 32_000)
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", number))
            except OSError:
                continue
        file.write_text(f"{number}\n")
        return number
    raise OSError("there is no free port between 20000 and 32000")
