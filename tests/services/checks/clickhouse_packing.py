import gzip
import struct

import lz4.block
import lz4.frame
import zstandard

from .http import ClickHouseCheck

# The checksum that the engine itself writes before this block: the file of a TinyLog table with one FixedString(8),
# CODEC(NONE), and one row.
_BLOCK = struct.pack("<BII", 0x02, 17, 8) + b"SELECT 1"
_CHECKSUM = bytes.fromhex("e6a16b4f4243468cf86313b48c093907")
_ROWS = "".join(f"{number}\trow {number}\n" for number in range(50_000)).encode()


class Packing(ClickHouseCheck):
    tables = ("check_rows",)

    def setUp(self):
        super().setUp()
        self.ask("CREATE TABLE check_rows (a UInt64, s String) ENGINE = MergeTree ORDER BY a")

    def count(self) -> str:
        return self.ask("SELECT count(), sum(a) FROM check_rows")

    def test_content_encoding(self):
        """Content-Encoding gzip, zstd and lz4 of rows"""
        packers = {"gzip": gzip.compress, "zstd": zstandard.compress, "lz4": lz4.frame.compress}
        for name, pack in packers.items():
            self.ask("TRUNCATE TABLE check_rows")
            reply = self.send(pack(_ROWS), {"Content-Encoding": name}, query="INSERT INTO check_rows FORMAT TabSeparated")
            self.assertEqual(reply.status, 200, reply.body)
            self.assertEqual(self.count(), "50000\t1249975000\n", name)
        self.assertEqual(self.send(gzip.compress(b"SELECT 1"), {"Content-Encoding": "gzip"}).body, b"1\n")

    def test_broken_encoding(self):
        """a body that ends within its packing is an error, and nothing is written"""
        cut = {"gzip": gzip.compress(_ROWS)[:-20], "lz4": lz4.frame.compress(_ROWS)[:-20], "zstd": b"plain"}
        for name, packed in cut.items():
            reply = self.send(packed, {"Content-Encoding": name}, query="INSERT INTO check_rows FORMAT TabSeparated")
            self.refused(reply, 500, 271, "CANNOT_DECOMPRESS")
        self.assertEqual(self.count(), "0\t0\n")

    def test_accept_encoding(self):
        """Accept-Encoding chooses the answer's packing; the server's order decides; errors are packed too"""
        unpackers = {"gzip": gzip.decompress, "lz4": lz4.frame.decompress,
                     "zstd": lambda data: zstandard.ZstdDecompressor().decompressobj().decompress(data)}
        query = "SELECT number FROM numbers(300000)"
        wanted = self.ask(query).encode()
        for name, unpack in unpackers.items():
            reply = self.send(query, {"Accept-Encoding": name})
            self.assertEqual(reply.headers["Content-Encoding"], name)
            self.assertEqual(unpack(reply.body), wanted)
            reply = self.send("SELEKT 1", {"Accept-Encoding": name})
            self.assertEqual((reply.status, unpack(reply.body)[:9]), (400, b"Code: 62."))
        reply = self.send(query, {"Accept-Encoding": "gzip, deflate, br, zstd"})
        self.assertEqual(reply.headers["Content-Encoding"], "zstd")
        reply = self.send(query, {"Accept-Encoding": "gzip"}, enable_http_compression="0")
        self.assertIsNone(reply.headers["Content-Encoding"])

    def test_blocks_out(self):
        """compress=1 answers in blocks of the method that network_compression_method names"""
        query = "SELECT number FROM numbers(300000)"
        wanted = self.ask(query).encode()
        for method, number in (("LZ4", 0x82), ("ZSTD", 0x90), ("NONE", 0x02)):
            packed = self.send(query, compress="1", network_compression_method=method).body
            self.assertEqual((packed[16], _unpack(packed)), (number, wanted))
        # What is the default is the engine's affair; that it is followed is the endpoint's.
        default = self.ask("SELECT getSetting('network_compression_method')").strip()
        self.assertEqual(self.send(query, compress="1").body[16], {"LZ4": 0x82, "ZSTD": 0x90}[default])

    def test_blocks_in(self):
        """decompress=1 takes blocks back, also cut into pieces"""
        self.ask("INSERT INTO check_rows SELECT number, 'x' FROM numbers(100000)")
        for method in ("LZ4", "ZSTD", "NONE"):
            packed = self.send("SELECT a, s FROM check_rows", compress="1", network_compression_method=method).body
            pieces = (packed[begin:begin + 777] for begin in range(0, len(packed), 777))
            self.ask("TRUNCATE TABLE check_rows")
            reply = self.send(pieces, query="INSERT INTO check_rows FORMAT TabSeparated", decompress="1")
            self.assertEqual((reply.status, self.count()), (200, "100000\t4999950000\n"), reply.body)

    def test_known_checksum(self):
        """the checksum is CityHash128 of version 1.0.2, and a wrong one is refused unless it is not to be looked at"""
        packed = _CHECKSUM + _BLOCK
        self.assertEqual(self.send(packed, decompress="1").body, b"1\n")
        wrong = bytes([packed[0] ^ 1]) + packed[1:]
        self.refused(self.send(wrong, decompress="1"), 500, 40, "CHECKSUM_DOESNT_MATCH")
        unchecked = {"http_native_compression_disable_checksumming_on_decompress": "1"}
        self.assertEqual(self.send(wrong, decompress="1", **unchecked).body, b"1\n")
        self.refused(self.send(packed[:-3], decompress="1"), 500, 33, "CANNOT_READ_ALL_DATA")


def _unpack(packed: bytes) -> bytes:
    data = b""
    while packed:
        method, size, length = struct.unpack("<BII", packed[16:25])
        body = packed[25:16 + size]
        if method == 0x82:
            body = lz4.block.decompress(body, uncompressed_size=length)
        elif method == 0x90:
            body = zstandard.ZstdDecompressor().decompress(body)
        data += body
        packed = packed[16 + size:]
    return data
