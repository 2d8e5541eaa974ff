import http.client
import json
import time
from typing import Iterator

from .http import ClickHouseCheck


class Inserts(ClickHouseCheck):
    tables = ("check_rows", "check_copy")

    def setUp(self):
        super().setUp()
        self.ask("CREATE TABLE check_rows (a UInt64, s Nullable(String)) ENGINE = ReplacingMergeTree ORDER BY a"
                 " SETTINGS non_replicated_deduplication_window = 100")

    def rows(self) -> str:
        return self.ask("SELECT a, s FROM check_rows ORDER BY a")

    def test_values(self):
        """INSERT … VALUES in one text, and rows apart from the query"""
        reply = self.send("INSERT INTO check_rows VALUES (1, 'x'), (1 + 1, NULL)")
        self.assertEqual((reply.status, reply.body, reply.summary["written_rows"]), (200, b"", 2))
        self.ask("(3, 'y')", query="INSERT INTO check_rows (a, s) VALUES")
        self.ask("VALUES (4, 'FORMAT; SELECT')", query="INSERT INTO check_rows")
        self.assertEqual(self.rows(), "1\tx\n2\t\\N\n3\ty\n4\tFORMAT; SELECT\n")

    def test_formats(self):
        """rows come in RowBinary, with names and types, in JSON, TSV, CSV and Parquet"""
        insert = "INSERT INTO check_rows (a, s) FORMAT "
        self.send((1).to_bytes(8, "little") + b"\x00\x02\nx", query=insert + "RowBinary")
        head = b"\x02\x01a\x01s\x06UInt64\x10Nullable(String)"
        self.send(head + (2).to_bytes(8, "little") + b"\x01", query=insert + "RowBinaryWithNamesAndTypes")
        self.send(insert + 'JSONEachRow\n{"a": 3, "s": "j"}')
        self.send("4\tt\n", query=insert + "TabSeparated")
        self.send('5,"c"\n', query="INSERT INTO check_rows (a, s)", headers={"X-ClickHouse-Format": "CSV"})
        self.send(self.send("SELECT toUInt64(6) AS a, 'p' AS s FORMAT Parquet").body, query=insert + "Parquet")
        self.assertEqual(self.rows(), "1\t\\nx\n2\t\\N\n3\tj\n4\tt\n5\tc\n6\tp\n")

    def test_wrong_types(self):
        """types that are not the table's and tables that are not there are errors, and nothing is written"""
        head = b"\x01\x01a\x06String"
        reply = self.send(head + b"\x01x", query="INSERT INTO check_rows (a) FORMAT RowBinaryWithNamesAndTypes")
        self.refused(reply, 400, 117, "INCORRECT_DATA")
        self.refused(self.send("x", query="INSERT INTO no_such_table FORMAT CSV"), 404, 60, "UNKNOWN_TABLE")
        self.assertEqual(self.rows(), "")

    def test_bad_row(self):
        """one bad row at the end: nothing of the insert is written"""
        rows = "".join(json.dumps({"a": number}) + "\n" for number in range(1000)) + '{"a": "no number"}\n'
        reply = self.send(rows, query="INSERT INTO check_rows FORMAT JSONEachRow")
        self.assertEqual(reply.status, 400, reply.body)
        self.assertEqual(self.rows(), "")

    def test_stream(self):
        """a body without a length is taken as it comes"""
        def chunks() -> Iterator[bytes]:
            for begin in range(0, 200_000, 1000):
                yield "".join(f"{number}\tname {number}\n" for number in range(begin, begin + 1000)).encode()

        reply = self.send(chunks(), query="INSERT INTO check_rows FORMAT TabSeparated")
        self.assertEqual((reply.status, reply.summary["written_rows"]), (200, 200_000))
        self.assertEqual(self.ask("SELECT count(), sum(a) FROM check_rows"), "200000\t19999900000\n")

    def test_broken_stream(self):
        """a body that breaks off writes nothing"""
        connection = self.connect()
        connection.putrequest("POST", "/?database=tidemark&query=INSERT%20INTO%20check_rows%20FORMAT%20TabSeparated")
        for name, value in {**self.credentials(), "Transfer-Encoding": "chunked"}.items():
            connection.putheader(name, value)
        connection.endheaders()
        connection.send(b"6\r\n1\tab\n\n\r\n")
        time.sleep(0.3)
        connection.close()
        time.sleep(0.3)
        self.assertEqual(self.rows(), "")

    def test_tokens(self):
        """a batch that comes again with its token is written once"""
        def write(token):
            self.ask("7\tx\n", query="INSERT INTO check_rows FORMAT TabSeparated", insert_deduplication_token=token)
            return self.ask("SELECT count() FROM check_rows")

        self.assertEqual([write("one"), write("one"), write("two")], ["1\n", "1\n", "2\n"])
        self.assertEqual(self.ask("SELECT count() FROM check_rows FINAL"), "1\n")

    def test_from_select(self):
        """INSERT … SELECT reads no rows from the body"""
        self.ask("INSERT INTO check_rows SELECT number, 'n' FROM numbers(3)")
        self.ask("CREATE TABLE check_copy AS check_rows")
        self.ask("INSERT INTO check_copy WITH 1 AS one SELECT a + one, s FROM check_rows")
        self.assertEqual(self.ask("SELECT a FROM check_copy ORDER BY a"), "1\n2\n3\n")

    def test_early_answer(self):
        """an insert that is refused early is answered although its body is large, and the next request goes well"""
        body = b"1\tx\n" * 2_000_000
        try:
            reply = self.send(body, query="INSERT INTO no_such_table FORMAT TabSeparated")
            self.refused(reply, 404, 60, "UNKNOWN_TABLE")
        except (BrokenPipeError, ConnectionResetError, http.client.RemoteDisconnected) as error:
            self.fail(f"the answer was lost: {error!r}")
        self.assertEqual(self.ask("SELECT 1"), "1\n")
