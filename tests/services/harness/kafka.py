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


class Kafka(Service):
    name = "kafka"
    variable = "TIDEMARK_TEST_KAFKA"

    def install(self) -> None:
        if not _java():
            install.debian(["default-jre-headless"], "Java 17 or newer")
        if not _java():
            raise Problem("cannot be installed: there is no Java 17 or newer")
        _jars()

    def begin(self) -> None:
        settings = self.path / "server.properties"
        settings.write_text(self._settings())
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
            data=self.path / "data", keys=self.path / "keys.p12", user=_USER, password=_PASSWORD)

    def _format(self, settings: Path) -> None:
        shutil.rmtree(self.path / "data", ignore_errors=True)
        cluster = "tidemark-test-cluster0"  # a cluster's id has 22 characters
        self._through(self._command("kafka.tools.StorageTool", "format", "-t", cluster, "-c", settings,
                                    "--add-scram", f"SCRAM-SHA-512=[name={_USER},password={_PASSWORD}]"))
        keys = self.path / "keys.p12"
        keys.unlink(missing_ok=True)
        store = ["-keystore", keys, "-storetype", "PKCS12", "-storepass", _PASSWORD, "-alias", "broker"]
        self._through(["keytool", "-genkeypair", *store, "-keyalg", "EC", "-groupname", "secp256r1", "-validity", "3650",
                       "-dname", "CN=tidemark-test", "-ext", "san=ip:127.0.0.1,dns:localhost", "-ext", "bc=ca:true"])
        certificate = self._through(["keytool", "-exportcert", "-rfc", *store])
        (self.path / "ca.pem").write_text(certificate[certificate.index("-----BEGIN"):])

    def _through(self, command: list) -> str:
        done = install.run(command, cwd=self.path)
        if done.returncode != 0:
            raise Problem(f"{Path(str(command[0])).name} fails:\n{install.tail(done.stdout)}")
        return done.stdout

    def _command(self, *arguments) -> list:
        return [_java(), *_JAVA, "-cp", f"{_jars()}/*", *arguments]


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


def _jars() -> Path:
    """The folder of the broker's jars, fetched by Maven when the versions in pom.xml changed."""
    pom = _SOURCE / "pom.xml"
    with install.filled("kafka", pom.read_text()) as (path, complete):
        if not complete:
            if not shutil.which("mvn"):
                install.debian(["maven"], "Maven")
            print("fetching Kafka", flush=True)
            done = install.run(["mvn", "--batch-mode", "--quiet", "-f", pom, "dependency:copy-dependencies",
                                f"-DoutputDirectory={path}", "-DincludeScope=runtime"])
            if done.returncode != 0 or not list(path.glob("kafka_*.jar")):
                raise Problem(f"cannot be installed: Maven does not get it:\n{install.tail(done.stdout)}")
    return path
