"""ClickHouse: its engine behind an endpoint of ours (see clickhouse/endpoint)."""

import base64
import urllib.error
import urllib.request
from pathlib import Path

from . import process, python
from .folder import port
from .service import Service

_USER, _PASSWORD, _DATABASE = "tidemark", "tidemark-test", "tidemark"
_SOURCE = Path(__file__).resolve().parent.parent / "clickhouse"


class ClickHouse(Service):
    name = "clickhouse"
    variable = "TIDEMARK_TEST_CLICKHOUSE"

    def install(self) -> None:
        python.environment()

    def begin(self) -> None:
        process.begin(
            [python.environment(), "-m", "endpoint", "--data", self.path / "data", "--listen", f"127.0.0.1:{self._port()}",
             "--user", f"{_USER}:{_PASSWORD}", "--database", _DATABASE, "--faults"],
            self.pid_file, self.log, cwd=_SOURCE)

    def answers(self) -> bool:
        request = urllib.request.Request(f"http://127.0.0.1:{self._port()}/?query=SELECT%201&database={_DATABASE}")
        token = base64.b64encode(f"{_USER}:{_PASSWORD}".encode()).decode()
        request.add_header("Authorization", f"Basic {token}")
        # Whatever proxy the environment names, this is not for it.
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(request, timeout=2) as answer:
                return answer.read() == b"1\n"
        except (OSError, urllib.error.URLError):
            return False

    def variables(self) -> dict[str, str]:
        return {self.variable: f"http://{_USER}:{_PASSWORD}@127.0.0.1:{self._port()}/{_DATABASE}"}

    def _port(self) -> int:
        return port(self.path / "port")
