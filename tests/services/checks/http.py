"""A small client of ClickHouse's HTTP interface: it shows what was answered and hides nothing."""

import http.client
import json
from dataclasses import dataclass
from urllib.parse import quote, unquote, urlencode, urlsplit

from . import Check


@dataclass
class Reply:
    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()

    @property
    def summary(self) -> dict[str, int]:
        return {name: int(value) for name, value in json.loads(self.headers["X-ClickHouse-Summary"]).items()}


class ClickHouseCheck(Check):
    name = "clickhouse"
    tables: tuple[str, ...] = ()

    def setUp(self):
        for table in self.tables:
            self.ask(f"DROP TABLE IF EXISTS {table} SYNC")

    tearDown = setUp

    def connect(self) -> http.client.HTTPConnection:
        url = urlsplit(self.address)
        return http.client.HTTPConnection(url.hostname, url.port, timeout=30)

    def credentials(self) -> dict[str, str]:
        url = urlsplit(self.address)
        return {"X-ClickHouse-User": unquote(url.username), "X-ClickHouse-Key": unquote(url.password)}

    def send(self, body=b"", headers=None, method="POST", path="/", known=True, **parameters) -> Reply:
        """One request on a connection of its own; `known` says who asks and in which database."""
        headers = dict(headers or {})
        if known:
            headers |= self.credentials()
            parameters = {"database": urlsplit(self.address).path.strip("/"), **parameters}
        body = body.encode() if isinstance(body, str) else body
        query = urlencode(parameters, quote_via=quote)
        connection = self.connect()
        try:
            connection.request(method, f"{path}?{query}" if query else path, body=body or None, headers=headers,
                               encode_chunked=not isinstance(body, bytes))
            reply = connection.getresponse()
            return Reply(reply.status, reply.headers, reply.read())
        finally:
            connection.close()

    def ask(self, body: str, /, **parameters) -> str:
        """The text of an answer that has to be good."""
        reply = self.send(body, **parameters)
        self.assertEqual(reply.status, 200, reply.body)
        return reply.text

    def refused(self, reply: Reply, status: int, code: int, name: str) -> None:
        self.assertEqual((reply.status, reply.headers["X-ClickHouse-Exception-Code"]), (status, str(code)), reply.body)
        version = r"\(version [\d.]+ \(official build\)\)"
        self.assertRegex(reply.text, rf"^Code: {code}\. DB::Exception: .*\({name}\) {version}\n$")
