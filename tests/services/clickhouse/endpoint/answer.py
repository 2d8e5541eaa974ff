"""The answer on the wire: headers, chunks, packing, and an exception that comes after the headers."""

import json
import random
import string
import time
import uuid
from email.utils import formatdate
from itertools import chain
from typing import Iterable, Iterator, Optional

from . import encodings
from .blocks import compress
from .errors import Failure

# An answer that is smaller fails as a whole; of a larger one the client has seen the beginning.
BUFFER_BYTES = 1_048_576
_CONTENT_TYPES = {
    "TabSeparated": "text/tab-separated-values; charset=UTF-8",
    "TSV": "text/tab-separated-values; charset=UTF-8",
    "CSV": "text/csv; charset=UTF-8; header=absent",
    "CSVWithNames": "text/csv; charset=UTF-8; header=present",
    "JSON": "application/json; charset=UTF-8",
    "JSONCompact": "application/json; charset=UTF-8",
    "JSONEachRow": "application/x-ndjson; charset=UTF-8",
}
_BINARY = ("RowBinary", "Native", "Parquet", "Arrow", "ORC", "Avro", "MsgPack")


class Packing:
    """How the body is packed: ClickHouse's blocks (`blocks` names the method), HTTP's encoding, both or none."""

    def __init__(self, blocks: Optional[str] = None, encoding: Optional[str] = None, level: int = 3):
        self.blocks, self.encoding, self.level = blocks, encoding, level

    def pack(self, chunks: Iterable[bytes]) -> Iterable[bytes]:
        if self.blocks:
            chunks = compress(chunks, self.blocks)
        if self.encoding:
            chunks = encodings.encode(chunks, self.encoding, self.level)
        return chunks


class Answer:
    """One answer. `handler` is the request's handler of the standard library."""

    def __init__(self, handler, query_id: Optional[str] = None):
        self._handler = handler
        self._endpoint = handler.server
        self._tag = "".join(random.choices(string.ascii_lowercase, k=16))
        self._began = time.monotonic_ns()
        self.query_id = query_id or str(uuid.uuid4())
        self.format: Optional[str] = None
        self.packing = Packing()
        self.summary = dict.fromkeys((
            "read_rows", "read_bytes", "written_rows", "written_bytes", "total_rows_to_read", "result_rows", "result_bytes",
        ), 0)

    def plain(self, status: int, text: str) -> None:
        """A short text from before there is a query."""
        self._send(status, [text.encode()], "text/plain; charset=UTF-8", {})

    def results(self, chunks: Iterator[bytes], whole: bool) -> None:
        """Sends 200 with the chunks; an exception among the first of them goes to the caller, for `failure`."""
        held, size = [], 0
        for chunk in chunks:
            held.append(chunk)
            size += len(chunk)
            if size >= BUFFER_BYTES and not whole:
                break
        kind = _CONTENT_TYPES.get(self.format or "TabSeparated", "text/plain; charset=UTF-8")
        if (self.format or "").startswith(_BINARY):
            kind = "application/octet-stream"
        self._send(200, chain(held, chunks), kind, {"X-ClickHouse-Format": self.format} if self.format else {})

    def failure(self, error: BaseException) -> Failure:
        failure = Failure(error, self._endpoint.engine.version)
        headers = {"X-ClickHouse-Exception-Code": str(failure.code)}
        if failure.status == 401:
            headers["WWW-Authenticate"] = "Basic"
        self._send(failure.status, [failure.text.encode()], "text/plain; charset=UTF-8", headers)
        return failure

    def _send(self, status: int, chunks: Iterable[bytes], kind: str, headers: dict[str, str]) -> None:
        handler = self._handler
        self.summary["elapsed_ns"] = time.monotonic_ns() - self._began
        summary = json.dumps({name: str(value) for name, value in self.summary.items()}, separators=(",", ":"))
        handler.send_response_only(status)
        handler.log_request(status)
        for name, value in {
            "Date": formatdate(usegmt=True),
            "Content-Type": kind,
            "X-ClickHouse-Server-Display-Name": self._endpoint.display_name,
            "X-ClickHouse-Query-Id": self.query_id,
            "X-ClickHouse-Timezone": self._endpoint.engine.timezone,
            "X-ClickHouse-Exception-Tag": self._tag,
            **headers,
            "X-ClickHouse-Summary": summary,
            "Transfer-Encoding": "chunked",
        }.items():
            handler.send_header(name, value)
        if self.packing.encoding:
            handler.send_header("Content-Encoding", self.packing.encoding)
        if handler.close_connection:
            handler.send_header("Connection", "Close")
        handler.end_headers()
        if handler.command == "HEAD":
            return
        late = _Late(chunks, self._tag, self._endpoint.engine.version)
        for chunk in self.packing.pack(late):
            if chunk:
                handler.wfile.write(b"%x\r\n%b\r\n" % (len(chunk), chunk))
        if late.failed:
            # No last chunk: a client that does not read the exception must still see that the answer is not whole.
            handler.close_connection = True
        else:
            handler.wfile.write(b"0\r\n\r\n")


class _Late:
    """The chunks, and after an exception the block that the documentation gives as its form."""

    def __init__(self, chunks: Iterable[bytes], tag: str, version: str):
        self._chunks, self._tag, self._version = chunks, tag, version
        self.failed = False

    def __iter__(self) -> Iterator[bytes]:
        try:
            yield from self._chunks
        except Exception as error:  # whatever the engine throws is the client's to know
            self.failed = True
            text = Failure(error, self._version).text
            yield (f"\r\n__exception__\r\n{self._tag}\r\n{text}{len(text.encode())} {self._tag}"
                   "\r\n__exception__\r\n").encode()


class Nobody:
    """Stands for a client whose answer is lost: results are made for it and thrown away."""

    command, close_connection = "HEAD", True

    def __init__(self, handler):
        self.server = handler.server

    def send_response_only(self, status: int) -> None:
        pass

    def log_request(self, status: int) -> None:
        pass

    def send_header(self, name: str, value: str) -> None:
        pass

    def end_headers(self) -> None:
        pass
