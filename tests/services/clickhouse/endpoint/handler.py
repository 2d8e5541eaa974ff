"""One request: where it goes, whose it is, what it asks, and how it is answered."""

import json
import sys
import time
from contextlib import closing
from http.server import BaseHTTPRequestHandler
from itertools import chain
from typing import Optional
from urllib.parse import parse_qsl, urlsplit

from . import encodings, query
from .access import authenticate
from .answer import Answer, Nobody, Packing
from .body import Body, Reader, form_fields, unpacked
from .engine import prepare, setting
from .errors import Refusal
from .statement import HEAD_BYTES, Statement, parse

# Parameters that are no settings.
_RESERVED = {
    "query", "database", "default_format", "user", "password", "quota_key", "query_id", "session_id", "session_timeout",
    "session_check", "close_session", "compress", "decompress", "buffer_size", "wait_end_of_query", "role", "stacktrace",
    "client_protocol_version",
}
# What a refused client may still send before it reads the answer.
_DISCARD_BYTES = 64 * 1_048_576


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        self._began = time.monotonic()
        self._text = ""
        url = urlsplit(self.path)
        self._parameters = dict(parse_qsl(url.query, keep_blank_values=True))
        self._body = Body(self.rfile, self.headers)
        if self.server.faults and url.path.startswith("/_control"):
            self._control(url.path[len("/_control"):].strip("/"))
        elif url.path in ("/ping", "/replicas_status") or (url.path == "/" and self.command != "POST" and not url.query):
            Answer(self).plain(200, "Ok.\n")
        elif url.path != "/":
            Answer(self).plain(404, f"There is no handle {url.path}\n\nUse / or /ping for health checks.\n")
        else:
            self._query()
        if not self._body.ended:
            self.close_connection = True
            self._body.discard(_DISCARD_BYTES)

    do_POST = do_HEAD = do_GET

    def _query(self) -> None:
        answer = Answer(self, self._parameters.get("query_id"))
        try:
            authenticate(self.server.users, self.headers, self._parameters)
            statement, rows = self._statement()
            fault = self.server.faults and self.server.faults.take(self._text)
            if fault and self._strike(fault):
                return
            lose = bool(fault) and fault.kind == "lose"
            session = [self._parameters.get(name) for name in ("session_id", "session_timeout")]
            with self.server.engine.connection(*session, self._parameters.get("session_check") == "1") as connection:
                self._run(connection, statement, rows, None if lose else answer)
            if lose:
                self._drop()
        except ConnectionError:
            # The client went away: there is nobody to answer, and an INSERT that broke off is no INSERT.
            self.close_connection = True
        except Exception as error:  # every exception has an answer, as the server's
            if not self._body.skip_short():
                self.close_connection = True
            answer.failure(error)

    def _statement(self) -> tuple[Statement, Reader]:
        """What is asked, and a reader of the rows that follow it; `_text` becomes the query without them."""
        parameters, encoding = self._parameters, self.headers.get("Content-Encoding", "")
        check = parameters.get("http_native_compression_disable_checksumming_on_decompress") not in ("1", "true")
        pieces = unpacked(self._body, encoding, parameters.get("decompress") == "1", check)
        kind = self.headers.get("Content-Type", "")
        if kind.startswith("multipart/form-data"):
            parameters.update(form_fields(kind, b"".join(pieces)))
            pieces = iter(())
        begin = parameters.get("query", "").encode()
        if begin:
            begin += b"\n"
            statement = parse(begin)
            if statement.first == "INSERT" and (statement.format or self._default_format()):
                self._text = statement.head.decode()
                return statement, Reader(chain([begin[statement.data:]], pieces))
        reader = Reader(chain([begin], pieces))
        whole = reader.read(max(HEAD_BYTES, len(begin)) + 1)
        statement = parse(whole)
        if statement.first == "INSERT" and statement.data is not None:
            self._text = statement.head.decode()
            return statement, Reader(chain([whole[statement.data:]], reader.rest()))
        longest = int(parameters.get("max_query_size", HEAD_BYTES))
        whole += b"".join(reader.rest())
        if longest and len(whole) > longest:
            raise Refusal(62, "SYNTAX_ERROR", f"Syntax error: Max query size exceeded (can be increased with the "
                          f"`max_query_size` setting): {len(whole)} bytes")
        if not statement.first:
            raise Refusal(62, "SYNTAX_ERROR", "Syntax error: Empty query")
        if statement.more:
            raise Refusal(62, "SYNTAX_ERROR", "Syntax error (Multi-statements are not allowed)")
        self._text = whole.decode("utf-8", "surrogateescape")
        return statement, Reader(iter(()))

    def _run(self, connection, statement: Statement, rows: Reader, answer: Optional[Answer]) -> None:
        """Runs the query; without an answer its result is made and thrown away."""
        parameters, answer = self._parameters, answer or Answer(Nobody(self))
        answer.packing = self._packing(None)
        settings = {name: value for name, value in parameters.items()
                    if name not in _RESERVED and not name.startswith("param_")}
        prepare(connection, parameters.get("database") or self.headers.get("X-ClickHouse-Database"), settings,
                readonly=self.command != "POST")
        if parameters.get("compress") == "1":
            answer.packing = self._packing(setting(connection, "network_compression_method"))
        values = {name[len("param_"):]: value for name, value in parameters.items() if name.startswith("param_")}
        default = self._default_format()
        if statement.first == "INSERT":
            statement.format = statement.format or default
            query.insert(connection, statement, rows.rest(), answer.summary)
            answer.results(iter(()), whole=True)
            return
        answer.format = statement.format = statement.format or default or "TabSeparated"
        whole = "1" in (parameters.get("wait_end_of_query"), parameters.get("http_wait_end_of_query"))
        # The stream is closed before its connection, also if the client goes away: otherwise the engine takes it for fatal.
        with closing(query.answer(connection, statement, self._text, values, answer.summary)) as chunks:
            answer.results(chunks, whole)

    def _default_format(self) -> Optional[str]:
        return self._parameters.get("default_format") or self.headers.get("X-ClickHouse-Format")

    def _packing(self, blocks: Optional[str]) -> Packing:
        encoding = encodings.chosen(self.headers.get("Accept-Encoding"))
        if self._parameters.get("enable_http_compression", "1") not in ("1", "true"):
            encoding = None
        return Packing(blocks, encoding, int(self._parameters.get("http_zlib_compression_level", 3)))

    def _strike(self, fault) -> bool:
        """True if the fault is all that happens to this request."""
        if fault.kind == "delay":
            time.sleep(fault.ms / 1000)
        elif fault.kind == "cut":
            self._drop()
        elif fault.kind == "unavailable":
            Answer(self).plain(503, "upstream is unavailable\n")
        elif fault.kind == "fail":
            raise Refusal(fault.code or 241, fault.name or "MEMORY_LIMIT_EXCEEDED", "as the test asked")
        return fault.kind in ("cut", "unavailable")

    def _drop(self) -> None:
        self.close_connection = True
        self._body.ended = True
        self.server.hang_up(self.connection)

    def _control(self, kind: str) -> None:
        faults, parameters = self.server.faults, self._parameters
        try:
            if self.command == "POST" and kind == "refuse":
                self.server.refuse(float(parameters.get("secs", "1")), self.connection)
                self.close_connection = True
            elif self.command == "POST" and kind == "clear":
                faults.clear()
            elif self.command == "POST":
                faults.add(kind, parameters)
        except ValueError as error:
            Answer(self).plain(400, f"{error}\n")
            return
        Answer(self).plain(200, json.dumps(faults.told()) + "\n")

    def log_request(self, code="-", size="-") -> None:
        took = (time.monotonic() - self._began) * 1000
        print(f"{time.strftime('%H:%M:%S')} {self.command} {int(code)} {took:.0f} ms  {' '.join(self._text.split())[:300]}",
              file=sys.stderr, flush=True)
