"""Postgres: Debian's package, a cluster of its own, run by a user who is not root."""

import hashlib
import os
import shutil
import signal
from pathlib import Path
from typing import Optional

from . import install, process
from .folder import port
from .service import Problem, Service

_USER, _PASSWORD, _DATABASE = "tidemark", "tidemark-test", "tidemark"
# Marks a cluster that was made to its end.
_COMPLETE = "tidemark-complete"
_SETTINGS = """
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
password_encryption = scram-sha-256
max_connections = 60
shared_buffers = 32MB
max_wal_size = 128MB
min_wal_size = 32MB
# Tests ask what survives, so nothing is acknowledged before it is on disk.
fsync = on
synchronous_commit = on
logging_collector = off
"""


class Postgres(Service):
    name = "postgres"
    variable = "TIDEMARK_TEST_POSTGRES"
    # Ends open sessions and stops cleanly; SIGTERM would wait for the clients.
    polite = signal.SIGINT

    def install(self) -> None:
        if not programs():
            # The package would make and start a cluster of its own, on the usual port, for nobody.
            settings = Path("/etc/postgresql-common/createcluster.conf")
            if os.geteuid() == 0 and not settings.exists():
                settings.parent.mkdir(parents=True, exist_ok=True)
                settings.write_text("create_main_cluster = false\n")
            install.debian(["postgresql"], "Postgres", ("-o", "Dpkg::Options::=--force-confold"))
        if not programs():
            raise Problem("cannot be installed: there is no initdb, neither on the path nor in /usr/lib/postgresql")

    def begin(self) -> None:
        self.path.chmod(0o755)
        if not (self._cluster() / _COMPLETE).exists():
            self._make_cluster()
        self._forget_killed()
        process.begin(
            [programs() / "postgres", "-D", self._cluster(), "-c", f"port={self._port()}"],
            self.pid_file, self.log, user=_owner(), cwd=Path("/"))

    def answers(self) -> bool:
        done = install.run(
            [programs() / "psql", "-X", "-A", "-t", "-c", "SELECT 1", "-h", "127.0.0.1", "-p", self._port(), "-U", _USER,
             "-d", _DATABASE],
            env={"PGPASSWORD": _PASSWORD, "PGCONNECT_TIMEOUT": "2"})
        return done.stdout.strip() == "1"

    def variables(self) -> dict[str, str]:
        return {self.variable: f"postgres://{_USER}:{_PASSWORD}@127.0.0.1:{self._port()}/{_DATABASE}"}

    def remove(self) -> None:
        shutil.rmtree(self._cluster(), ignore_errors=True)
        super().remove()

    def _port(self) -> int:
        return port(self.path / "port")

    def _make_cluster(self) -> None:
        cluster = self._cluster()
        shutil.rmtree(cluster, ignore_errors=True)
        cluster.mkdir(parents=True, mode=0o700)
        if _owner():
            shutil.chown(cluster, _owner(), _owner())
        self._through(["initdb", "-D", cluster, "-U", "postgres", "--auth-host=scram-sha-256", "--auth-local=reject",
                       "--encoding=UTF8", "--locale=C.UTF-8", "--wal-segsize=4", "--no-instructions"])
        with open(cluster / "postgresql.conf", "a") as settings:
            settings.write(_SETTINGS)
        # Without a server: one statement a line. The role is no superuser, as in an installation that is looked after.
        self._through(["postgres", "--single", "-D", cluster, "postgres"], data=(
            f"CREATE ROLE {_USER} LOGIN CREATEDB PASSWORD '{_PASSWORD}'\n"
            f"CREATE DATABASE {_DATABASE} OWNER {_USER}\n"))
        (cluster / _COMPLETE).touch()

    def _forget_killed(self) -> None:
        """Postgres takes a killed server, whose number is still to be collected, for one that runs."""
        lock = self._cluster() / "postmaster.pid"
        if lock.exists() and not process.alive([int(lock.read_text().split()[0])]):
            lock.unlink()

    def _through(self, command: list, data: str = "") -> None:
        done = install.run([programs() / command[0], *command[1:]], user=_owner(), cwd=Path("/"), data=data)
        if done.returncode != 0 or "ERROR:" in done.stdout:
            raise Problem(f"{command[0]} fails:\n{install.tail(done.stdout)}")

    def _cluster(self) -> Path:
        """In the folder, if the cluster's user can get there; a folder below /root or of mktemp is closed to others."""
        inside = self.path / "data"
        if not _owner() or install.run(["test", "-x", self.folder.path], user=_owner(), cwd=Path("/")).returncode == 0:
            return inside
        name = hashlib.sha256(str(self.folder.path).encode()).hexdigest()[:12]
        return Path("/var/tmp") / f"tidemark-postgres-{name}"


def _owner() -> Optional[str]:
    """Postgres refuses to run as root; the package has a user for it."""
    return "postgres" if os.geteuid() == 0 else None


def programs() -> Optional[Path]:
    """The folder of initdb and postgres, the newest where Debian has several."""
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: float(path.parts[-3]))
    if debian:
        return debian[-1].parent
    found = shutil.which("initdb")
    return Path(found).resolve().parent if found else None
