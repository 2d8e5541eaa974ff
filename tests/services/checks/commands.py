import socket
import tempfile
import unittest
from pathlib import Path

from harness import process
from harness.folder import Folder
from harness.services import SERVICES

from . import command


class Commands(unittest.TestCase):
    """The commands on a folder of their own, with the service that starts soonest."""

    name = "commands"

    def setUp(self):
        self.folder = Folder(Path(tempfile.mkdtemp(prefix="tidemark-services.")))
        self.service = SERVICES["postgres"](self.folder)

    def tearDown(self):
        self.succeed("stop", "--remove")
        (self.folder.path / "env").unlink()
        (self.folder.path / ".lock").unlink()
        # Nothing else may be left in it.
        self.folder.path.rmdir()

    def succeed(self, name: str, *arguments: str, **variables: str) -> None:
        done = command(name, self.folder.path, *(arguments or ("postgres",)), **variables)
        self.assertEqual(done.returncode, 0, done.stdout)

    def fail_with(self, code: int, name: str, *services: str) -> str:
        done = command(name, self.folder.path, *(services or ("postgres",)))
        self.assertEqual(done.returncode, code, done.stdout)
        return done.stdout

    def test_life(self):
        """start, start again, kill, start, pause, resume, restart and stop; nothing survives the stop"""
        self.succeed("start")
        variables = (self.folder.path / "env").read_text()
        self.assertTrue(variables.startswith("TIDEMARK_TEST_POSTGRES=postgres://"), variables)
        first = self.service.running()
        self.succeed("start")
        self.assertEqual(self.service.running(), first)
        self.succeed("kill")
        self.assertIsNone(self.service.running())
        self.fail_with(1, "kill")
        self.succeed("start")
        self.succeed("pause")
        self.assertFalse(self.service.answers())
        self.succeed("resume")
        self.assertTrue(self.service.answers())
        second = self.service.running()
        self.succeed("restart")
        self.assertNotIn(self.service.running(), (first, second, None))
        self.assertEqual((self.folder.path / "env").read_text(), variables)
        family = process.family(self.service.running())
        self.assertGreater(len(family), 3)
        self.succeed("pause")
        self.succeed("stop")
        self.assertEqual(process.alive(family), [])
        self.assertEqual((self.folder.path / "env").read_text(), "")

    def test_outside(self):
        """a variable that is set names a running server: none is started, and the file says it"""
        self.succeed("start", "postgres", TIDEMARK_TEST_POSTGRES="postgres://elsewhere/db")
        self.assertIsNone(self.service.running())
        self.assertEqual((self.folder.path / "env").read_text(), "TIDEMARK_TEST_POSTGRES=postgres://elsewhere/db\n")

    def test_failure(self):
        """what cannot start is named, the exit code tells it, and nothing is left running"""
        with socket.create_server(("127.0.0.1", 0)) as taken:
            self.service.path.mkdir()
            (self.service.path / "port").write_text(str(taken.getsockname()[1]))
            self.assertIn("Address already in use", self.fail_with(1, "start"))
        self.assertIsNone(self.service.running())
        self.assertEqual((self.folder.path / "env").read_text(), "")

    def test_unknown_service(self):
        """a service that does not exist is an error"""
        self.assertIn("there is no service mysql", self.fail_with(2, "start", "mysql"))
