"""ClickHouse's own compressed blocks: `decompress=1` on what comes, `compress=1` on what goes.

A block is a CityHash128 (of ClickHouse's version, 1.0.2) over the rest, one byte that names the method, the block's
size with this header of nine bytes, the size of what is in it, and the compressed bytes.
"""

import struct
from typing import Iterable, Iterator

import lz4.block
import zstandard
from clickhouse_cityhash.cityhash import CityHash128

from .errors import Refusal

_HEADER = struct.Struct("<BII")
_NONE, _LZ4, _ZSTD = 0x02, 0x82, 0x90
# What the server refuses to unpack (DBMS_MAX_COMPRESSED_SIZE), and how much it packs into one block.
_LARGEST = 0x4000_0000
_BLOCK_BYTES = 1_048_576


def compress(chunks: Iterable[bytes], method: str) -> Iterator[bytes]:
    for chunk in chunks:
        for start in range(0, len(chunk), _BLOCK_BYTES):
            yield _block(chunk[start:start + _BLOCK_BYTES], method.upper())


def _block(data: bytes, method: str) -> bytes:
    if method in ("LZ4", "LZ4HC"):
        name, packed = _LZ4, lz4.block.compress(data, store_size=False)
    elif method == "ZSTD":
        name, packed = _ZSTD, zstandard.ZstdCompressor(level=1).compress(data)
    elif method == "NONE":
        name, packed = _NONE, data
    else:
        raise Refusal(432, "UNKNOWN_CODEC", f"The endpoint does not pack blocks with {method}")
    rest = _HEADER.pack(name, _HEADER.size + len(packed), len(data)) + packed
    return _checksum(rest) + rest


def decompress(read, check: bool = True) -> Iterator[bytes]:
    """The contents of all blocks that `read(n)` gives; it gives fewer than n bytes only at the end."""
    while True:
        checksum = read(16)
        if not checksum:
            return
        header = read(_HEADER.size)
        if len(checksum) + len(header) < 16 + _HEADER.size:
            raise Refusal(33, "CANNOT_READ_ALL_DATA", "Cannot read all data: a compressed block ends in its header")
        method, size, unpacked = _HEADER.unpack(header)
        if not _HEADER.size <= size <= _LARGEST or unpacked > _LARGEST:
            raise Refusal(250, "TOO_LARGE_SIZE_COMPRESSED",
                          f"Too large size_compressed_without_checksum: {size}. Most likely corrupted data.")
        packed = read(size - _HEADER.size)
        if len(packed) < size - _HEADER.size:
            raise Refusal(33, "CANNOT_READ_ALL_DATA",
                          f"Cannot read all data. Bytes read: {len(packed)}. Bytes expected: {size - _HEADER.size}.")
        if check and _checksum(header + packed) != checksum:
            raise Refusal(40, "CHECKSUM_DOESNT_MATCH",
                          f"Checksum doesn't match: corrupted data. Size of compressed block: {size}")
        yield _unpack(method, packed, unpacked)


def _unpack(method: int, packed: bytes, size: int) -> bytes:
    try:
        if method == _LZ4:
            return lz4.block.decompress(packed, uncompressed_size=size)
        if method == _ZSTD:
            return zstandard.ZstdDecompressor().decompress(packed, max_output_size=size)
    except (lz4.block.LZ4BlockError, zstandard.ZstdError) as error:
        raise Refusal(271, "CANNOT_DECOMPRESS", f"Cannot decompress: {error}") from error
    if method == _NONE:
        return packed
    raise Refusal(89, "UNKNOWN_COMPRESSION_METHOD", f"Unknown codec family code: {method}")


def _checksum(data: bytes) -> bytes:
    # The library's number has the first of the two halves above; on the wire it comes first.
    number = CityHash128(data)
    return struct.pack("<QQ", number >> 64, number & 0xFFFF_FFFF_FFFF_FFFF)
