"""Tests of the services themselves. Every test's docstring is what it says when it passes."""

import subprocess
import unittest
from pathlib import Path

from harness import install
from harness.folder import Folder
from harness.service import Service
from harness.services import SERVICES

FOLDER = Folder(Path())
_ROOT = Path(__file__).resolve().parent.parent


class Check(unittest.TestCase):
    """A test of one running service, which its class names."""

    name = ""

    @property
    def service(self) -> Service:
        return SERVICES[self.name](FOLDER)

    @property
    def address(self) -> str:
        return self.service.outside() or self.service.variables()[self.service.variable]

    def need_own(self) -> None:
        """For what would harm a server that somebody else runs."""
        if self.service.outside():
            self.skipTest(f"{self.service.variable} names a server that is not ours to disturb")


def command(name: str, folder: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess:
    """Runs one of the commands as a user would, with these variables instead of what the environment says of servers."""
    unset = [argument for service in SERVICES.values() for argument in ("-u", service.variable)]
    named = [f"{variable}={value}" for variable, value in variables.items()]
    return install.run(["env", *unset, *named, _ROOT / name, folder, *arguments], cwd=_ROOT)
