"""What every service is to the commands."""

import os
import shutil
import signal
import time
from typing import Optional

from . import process
from .folder import Folder


class Problem(Exception):
    """Why a service cannot be installed or started, in words for whoever ran the command."""


class Service:
    """One server in a folder of its own. Those who derive say how it is installed, begun and asked whether it answers."""

    name: str
    variable: str
    polite = signal.SIGTERM
    begin_secs = 60
    end_secs = 20

    def __init__(self, folder: Folder):
        self.folder = folder
        self.path = folder.path / self.name
        self.pid_file = self.path / "pid"
        self.log = self.path / "log"

    def outside(self) -> Optional[str]:
        """The server that the caller's environment names, if it is not the one of this folder."""
        value = os.environ.get(self.variable)
        own = self.variables().get(self.variable) if self.path.is_dir() else None
        return value if value != own else None

    def install(self) -> None:
        """Fetches what is missing, once per machine."""
        raise NotImplementedError

    def begin(self) -> None:
        """Makes what has to be there and starts the process."""
        raise NotImplementedError

    def answers(self) -> bool:
        """True as soon as a client gets what it asks for; an open port is not enough."""
        raise NotImplementedError

    def variables(self) -> dict[str, str]:
        raise NotImplementedError

    def start(self) -> str:
        if self.running() and self.answers():
            return f"runs already, {self.variables()[self.variable]}"
        began = time.monotonic()
        self.stop()
        self.path.mkdir(exist_ok=True)
        try:
            self.begin()
            self._wait(began)
        except BaseException:
            self.stop()
            raise
        return f"started in {time.monotonic() - began:.1f} s, {self.variables()[self.variable]}"

    def _wait(self, began: float) -> None:
        while not self.answers():
            if not self.running():
                raise Problem(f"ended as soon as it was started:\n{self._last_words()}")
            if time.monotonic() - began > self.begin_secs:
                raise Problem(f"does not answer after {self.begin_secs} s:\n{self._last_words()}")
            time.sleep(0.1)

    def _last_words(self) -> str:
        try:
            lines = self.log.read_text(errors="replace").splitlines()
        except FileNotFoundError:
            lines = ["(it wrote no log)"]
        return "\n".join(f"    {line}" for line in lines[-15:])

    def running(self) -> Optional[int]:
        return process.running(self.pid_file)

    def was_started(self) -> bool:
        return self.pid_file.exists()

    def stop(self) -> str:
        ran = self.running()
        if not process.end(self.pid_file, self.polite, self.end_secs):
            raise Problem("does not end, not even when killed")
        self.pid_file.unlink(missing_ok=True)
        return "stopped" if ran else ""

    def signal(self, number: int) -> bool:
        """False if there is nothing to signal."""
        pid = self.running()
        if pid is None:
            return False
        if number == signal.SIGKILL:
            return process.kill(pid)
        process.send(process.family(pid), number)
        return True

    def remove(self) -> None:
        shutil.rmtree(self.path, ignore_errors=True)
