import signal
import uuid

from harness import install
from harness.postgres import programs

from . import Check


class Postgres(Check):
    name = "postgres"

    def setUp(self):
        self.table = f"check_{uuid.uuid4().hex}"
        self.ask(f"CREATE TABLE {self.table} (a bigint PRIMARY KEY)")

    def tearDown(self):
        self.ask(f"DROP TABLE {self.table}")

    def ask(self, query: str) -> str:
        done = install.run([programs() / "psql", "-X", "-A", "-t", "-c", query, self.address])
        self.assertEqual(done.returncode, 0, done.stdout)
        return done.stdout.strip()

    def test_rows(self):
        """what was written is read"""
        self.ask(f"INSERT INTO {self.table} VALUES (1), (2)")
        self.assertEqual(self.ask(f"SELECT sum(a) FROM {self.table}"), "3")

    def test_rights(self):
        """the role is no superuser, may make databases, and needs its password"""
        self.assertEqual(self.ask("SELECT rolsuper, rolcreatedb FROM pg_roles WHERE rolname = current_user"), "f|t")
        done = install.run([programs() / "psql", "-X", "-c", "SELECT 1", self.address.replace("tidemark-test@", "wrong@")])
        self.assertIn("password authentication failed", done.stdout)

    def test_settings(self):
        """it waits for the disk"""
        self.assertEqual((self.ask("SHOW fsync"), self.ask("SHOW synchronous_commit")), ("on", "on"))

    def test_kill(self):
        """killed with all its processes and started again it has what it acknowledged"""
        self.need_own()
        self.ask(f"INSERT INTO {self.table} VALUES (1)")
        self.assertTrue(self.service.signal(signal.SIGKILL))
        self.service.start()
        self.ask(f"INSERT INTO {self.table} VALUES (2)")
        self.assertEqual(self.ask(f"SELECT count(*) FROM {self.table}"), "2")
