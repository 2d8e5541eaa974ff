"""HTTP's compression: Content-Encoding of what comes, Accept-Encoding for what goes."""

import bz2
import lzma
import zlib
from typing import Iterable, Iterator, Optional

import lz4.frame
import zstandard

from .errors import Refusal

# Those that the endpoint knows, in the order in which the server prefers them.
_WRITERS = {
    "zstd": lambda level: zstandard.ZstdCompressor(level=level).compressobj(),
    "lz4": lambda level: _Lz4Frame(),
    "gzip": lambda level: zlib.compressobj(level, zlib.DEFLATED, 31),
    "deflate": lambda level: zlib.compressobj(level),
    "xz": lambda level: lzma.LZMACompressor(preset=level),
    "bz2": lambda level: bz2.BZ2Compressor(),
}
_READERS = {
    "zstd": lambda: zstandard.ZstdDecompressor().decompressobj(),
    "lz4": lz4.frame.LZ4FrameDecompressor,
    "gzip": lambda: zlib.decompressobj(31),
    "deflate": lambda: zlib.decompressobj(),
    "xz": lzma.LZMADecompressor,
    "bz2": bz2.BZ2Decompressor,
}
_NAMES = {"x-gzip": "gzip"}


def chosen(accepted: Optional[str]) -> Optional[str]:
    """The encoding of the answer: the first that the client names and the server has, by the server's order."""
    named = {_name(part) for part in (accepted or "").split(",")}
    return next((name for name in _WRITERS if name in named), None)


def _name(part: str) -> str:
    name, _, quality = part.strip().lower().partition(";")
    return "" if quality.replace(" ", "") in ("q=0", "q=0.0") else _NAMES.get(name.strip(), name.strip())


def encode(chunks: Iterable[bytes], name: str, level: int) -> Iterator[bytes]:
    writer = _WRITERS[name](level)
    for chunk in chunks:
        packed = writer.compress(chunk)
        if packed:
            yield packed
    yield writer.flush()


def decode(chunks: Iterable[bytes], name: str) -> Iterator[bytes]:
    name = _name(name)
    if name in ("", "identity"):
        yield from chunks
        return
    if name not in _READERS:
        raise Refusal(48, "NOT_IMPLEMENTED", f"Unknown or unsupported by the endpoint: Content-Encoding: {name}")
    reader = _READERS[name]()
    within = False
    for chunk in chunks:
        # A body may hold several frames or members, one after the other.
        while chunk:
            within = True
            try:
                yield reader.decompress(chunk)
            except (zlib.error, lzma.LZMAError, OSError, RuntimeError, zstandard.ZstdError) as error:
                raise Refusal(271, "CANNOT_DECOMPRESS", f"{name} decode failed: {error}") from error
            chunk = b""
            if reader.eof:
                chunk = reader.unused_data or b""
                reader = _READERS[name]()
                within = False
    if within:
        raise Refusal(271, "CANNOT_DECOMPRESS", f"{name} decode failed: the body ends within a frame")


class _Lz4Frame:
    """lz4's frame writer in the form of the other libraries."""

    def __init__(self):
        self._frame = lz4.frame.LZ4FrameCompressor(auto_flush=True)
        self._begun = False

    def compress(self, data: bytes) -> bytes:
        begin = b"" if self._begun else self._frame.begin()
        self._begun = True
        return begin + self._frame.compress(data)

    def flush(self) -> bytes:
        begin = b"" if self._begun else self._frame.begin()
        return begin + self._frame.flush()
