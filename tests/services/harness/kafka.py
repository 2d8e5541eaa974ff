"""Kafka: the broker itself, one process that is broker and controller."""

import os
import re
import shutil
import subprocess
from pathlib import Path

from . import install, process
from .folder import port
from .kafka_client import brokers
from .service import Problem, Service

_SOURCE = Path(__file__).resolve().parent.parent / "kafka"
_USER, _PASSWORD = "tidemark", "tidemark-test"
# The broker's heap is small and its life short: the quick compiler and the simple collector start soonest.
_JAVA = ["-Xmx512m", "-Xms128m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xshare:auto", "-Djava.awt.headless=true",
         f"-Dlog4j2.configurationFile={_SOURCE / 'log4j2.properties'}"]

_KEY = ["-keyalg", "EC", "-groupname", "secp256r1", "-validity", "3650", "-dname", "CN=tidemark-test",
        "-ext", "san=ip:127.0.0.1,dns:localhost", "-ext", "bc=ca:true"]


class Kafka(Service):
    name = "kafka"
    variable = "TIDEMARK_TEST_KAFKA"

    def install(self) -> None:
        if not _java():
            install.debian(["default-jre-headless"], "Java 17 or newer")
        if not _java():
            raise Problem("cannot be installed: there is no Java 17 or newer")
        _fetched()

    def begin(self) -> None:
        settings = self.path / "server.properties"
        settings.write_text(self._settings())
        shutil.copy(_fetched() / "ca.pem", self.path)
        if not (self.path / "data" / "meta.properties").exists():
            self._format(settings)
        process.begin(self._command("kafka.Kafka", settings), self.pid_file, self.log, cwd=self.path)

    def answers(self) -> bool:
        return brokers("127.0.0.1", self._port("port")) == 1

    def variables(self) -> dict[str, str]:
        return {
            self.variable: f"127.0.0.1:{self._port('port')}",
            "TIDEMARK_TEST_KAFKA_SECURE": f"127.0.0.1:{self._port('secure-port')}",
            "TIDEMARK_TEST_KAFKA_SECURE_CA": str(self.path / "ca.pem"),
            "TIDEMARK_TEST_KAFKA_SECURE_USER": _USER,
            "TIDEMARK_TEST_KAFKA_SECURE_PASSWORD": _PASSWORD,
        }

    def _port(self, name: str) -> int:
        return port(self.path / name)

    def _settings(self) -> str:
        return (_SOURCE / "server.properties").read_text().format(
            port=self._port("port"), secure=self._port("secure-port"), controller=self._port("controller-port"),
            data=self.path / "data", keys=_fetched() / "keys.p12", user=_USER, password=_PASSWORD)

    def _format(self, settings: Path) -> None:
        shutil.rmtree(self.path / "data", ignore_errors=True)
        cluster = "tidemark-test-cluster0"  # a cluster's id has 22 characters
        _through(self._command("kafka.tools.StorageTool", "format", "-t", cluster, "-c", settings,
                               "--add-scram", f"SCRAM-SHA-512=[name={_USER},password={_PASSWORD}]"))

    def _command(self, *arguments) -> list:
        return [_java(), *_JAVA, "-cp", f"{_fetched()}/*", *arguments]


def _java() -> str | None:
    """Java 17 or newer."""
    home = os.environ.get("JAVA_HOME")
    java = shutil.which("java", path=f"{home}/bin") if home else None
    java = java or shutil.which("java")
    if not java:
        return None
    said = subprocess.run([java, "-version"], capture_output=True, text=True).stderr
    version = re.search(r'version "(\d+)', said)
    return java if version and int(version.group(1)) >= 17 else None


def _fetched() -> Path:
    """The folder of the broker's jars and of its key; filled anew when the versions in pom.xml change."""
    pom = _SOURCE / "pom.xml"
    with install.filled("kafka", f"{pom.read_text()}{_KEY}{_PASSWORD}") as (path, complete):
        if not complete:
            if not shutil.which("mvn"):
                install.debian(["maven"], "Maven")
            print("fetching Kafka", flush=True)
            _through(["mvn", "--batch-mode", "--quiet", "-f", pom, "dependency:copy-dependencies",
                      f"-DoutputDirectory={path}", "-DincludeScope=runtime"])
            _make_key(path)
    return path


def _make_key(path: Path) -> None:
    """A key and a certificate that signs itself, for the way in with TLS."""
    store = ["-keystore", path / "keys.p12", "-storetype", "PKCS12", "-storepass", _PASSWORD, "-alias", "broker"]
    _through(["keytool", "-genkeypair", *store, *_KEY])
    certificate = _through(["keytool", "-exportcert", "-rfc", *store])
    (path / "ca.pem").write_text(certificate[certificate.index("-----BEGIN"):])


def _through(command: list) -> str:
    done = install.run(command)
    if done.returncode != 0:
        raise Problem(f"{Path(str(command[0])).name} fails:\n{install.tail(done.stdout)}")
    return done.stdout
