"""A request's body as it comes: by length or in chunks, unpacked, never whole in memory."""

from typing import BinaryIO, Iterator, Mapping

from .blocks import decompress
from .encodings import decode
from .errors import Refusal

_READ_BYTES = 65_536


class Body:
    """What the client sends after the headers. `ended` says that nothing of it is left on the connection."""

    def __init__(self, connection: BinaryIO, headers: Mapping[str, str]):
        self._connection = connection
        self._chunked = headers.get("Transfer-Encoding", "").lower() == "chunked"
        self._left = int(headers.get("Content-Length") or 0)
        self.ended = not self._chunked and self._left == 0

    def raw(self) -> Iterator[bytes]:
        """Pieces as they arrive. A body that breaks off is an error, never a shorter body."""
        while not self.ended:
            if self._chunked and self._left == 0:
                self._left = self._next_chunk()
                if self._left == 0:
                    self.ended = True
                    return
            piece = self._connection.read1(min(self._left, _READ_BYTES))
            if not piece:
                raise ConnectionError("the request's body broke off")
            self._left -= len(piece)
            if self._left == 0:
                if self._chunked:
                    self._line()
                else:
                    self.ended = True
            yield piece

    def _next_chunk(self) -> int:
        line = self._line()
        size = int(line.split(b";")[0], 16)
        if size == 0:
            while self._line():
                pass  # trailers
        return size

    def _line(self) -> bytes:
        line = self._connection.readline(_READ_BYTES)
        if not line.endswith(b"\n"):
            raise ConnectionError("the request's body broke off")
        return line.rstrip(b"\r\n")

    def skip_short(self) -> bool:
        """Reads what is left if that takes no waiting; False if there is more."""
        if not self.ended and not self._chunked and self._left <= _READ_BYTES:
            self.discard(_READ_BYTES)
        return self.ended

    def discard(self, limit: int) -> bool:
        """Reads what is left, so that the answer is not lost to a reset; False if that is too much."""
        for piece in self.raw():
            limit -= len(piece)
            if limit < 0:
                return False
        return True


def unpacked(body: Body, encoding: str, blocks: bool, check: bool) -> Iterator[bytes]:
    """The body without HTTP's compression and then without ClickHouse's own."""
    pieces = decode(body.raw(), encoding)
    return decompress(Reader(pieces).read, check) if blocks else pieces


class Reader:
    """Exactly so many bytes from pieces of any size."""

    def __init__(self, pieces: Iterator[bytes]):
        self._pieces = pieces
        self._held = b""

    def read(self, size: int) -> bytes:
        parts, have = [self._held], len(self._held)
        while have < size:
            piece = next(self._pieces, None)
            if piece is None:
                break
            parts.append(piece)
            have += len(piece)
        whole = b"".join(parts)
        self._held = whole[size:]
        return whole[:size]

    def rest(self) -> Iterator[bytes]:
        held, self._held = self._held, b""
        if held:
            yield held
        yield from self._pieces


def form_fields(content_type: str, body: bytes) -> dict[str, str]:
    """The fields of multipart/form-data. Files, which the server takes for external tables, are refused."""
    boundary = content_type.partition("boundary=")[2].split(";")[0].strip().strip('"').encode()
    if not boundary:
        raise Refusal(36, "BAD_ARGUMENTS", "A form without a boundary")
    fields = {}
    for part in (b"\r\n" + body).split(b"\r\n--" + boundary)[1:]:
        if part.startswith(b"--"):
            break
        head, _, value = part.partition(b"\r\n\r\n")
        disposition = next((line for line in head.split(b"\r\n") if line.lower().startswith(b"content-disposition")), b"")
        if b"filename=" in disposition:
            raise Refusal(48, "NOT_IMPLEMENTED", "The endpoint takes no external tables")
        name = disposition.partition(b'name="')[2].partition(b'"')[0]
        fields[name.decode()] = value.decode()
    return fields
