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
        self.assertEqual(command("stop", self.folder.path, "--remove"), 0)
        (self.folder.path / "env").unlink()
        (self.folder.path / ".lock").unlink()
        # Nothing else may be left in it.
        self.folder.path.rmdir()

    def run_command(self, name: str, *services: str) -> int:
        return command(name, self.folder.path, *(services or ("postgres",)))

    def test_life(self):
        """start, start again, kill, start, pause, resume, restart and stop; nothing survives the stop"""
        self.assertEqual(self.run_command("start"), 0)
        variables = (self.folder.path / "env").read_text()
        self.assertTrue(variables.startswith("TIDEMARK_TEST_POSTGRES=postgres://"), variables)
        first = self.service.running()
        self.assertEqual((self.run_command("start"), self.service.running()), (0, first))
        self.assertEqual(self.run_command("kill"), 0)
        self.assertIsNone(self.service.running())
        self.assertEqual(self.run_command("kill"), 1)
        self.assertEqual(self.run_command("start"), 0)
        self.assertEqual(self.run_command("pause"), 0)
        self.assertFalse(self.service.answers())
        self.assertEqual(self.run_command("resume"), 0)
        self.assertTrue(self.service.answers())
        second = self.service.running()
        self.assertEqual(self.run_command("restart"), 0)
        self.assertNotIn(self.service.running(), (first, second, None))
        self.assertEqual((self.folder.path / "env").read_text(), variables)
        family = process.family(self.service.running())
        self.assertGreater(len(family), 3)
        self.assertEqual(self.run_command("pause"), 0)
        self.assertEqual(self.run_command("stop"), 0)
        self.assertEqual(process.alive(family), [])
        self.assertEqual((self.folder.path / "env").read_text(), "")

    def test_outside(self):
        """a variable that is set names a running server: none is started, and the file says it"""
        here = Path(__file__).resolve().parent.parent
        code = process.run_through(["env", "TIDEMARK_TEST_POSTGRES=postgres://elsewhere/db", here / "start", self.folder.path, "postgres"], here)
        self.assertEqual(code, 0)
        self.assertIsNone(self.service.running())
        self.assertEqual((self.folder.path / "env").read_text(), "TIDEMARK_TEST_POSTGRES=postgres://elsewhere/db\n")

    def test_failure(self):
        """what cannot start is named, the exit code tells it, and nothing is left running"""
        with socket.create_server(("127.0.0.1", 0)) as taken:
            self.service.path.mkdir()
            (self.service.path / "port").write_text(str(taken.getsockname()[1]))
            self.assertEqual(self.run_command("start"), 1)
        self.assertIsNone(self.service.running())
        self.assertEqual((self.folder.path / "env").read_text(), "")

    def test_unknown_service(self):
        """a service that does not exist is an error"""
        self.assertEqual(self.run_command("start", "mysql"), 2)
