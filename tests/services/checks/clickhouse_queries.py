import json
import threading
import time

from .http import ClickHouseCheck


class Queries(ClickHouseCheck):
    tables = ("check_rows",)

    def test_where_the_query_is(self):
        """the query comes in the parameter, in the body, or half in each"""
        self.assertEqual(self.send(method="GET", query="SELECT 1").body, b"1\n")
        self.assertEqual(self.ask("SELECT 2"), "2\n")
        self.assertEqual(self.ask("3", query="SELECT"), "3\n")

    def test_headers(self):
        """an answer says its query id, format, time zone, server and summary"""
        reply = self.send("SELECT number FROM numbers(10)", query_id="check-1", default_format="CSV")
        self.assertEqual(reply.headers["X-ClickHouse-Query-Id"], "check-1")
        self.assertEqual(reply.headers["X-ClickHouse-Format"], "CSV")
        self.assertTrue(reply.headers["Content-Type"].startswith("text/csv"))
        self.assertTrue(reply.headers["X-ClickHouse-Server-Display-Name"])
        self.assertTrue(reply.headers["X-ClickHouse-Timezone"])
        self.assertEqual(len(reply.headers["X-ClickHouse-Exception-Tag"]), 16)
        self.assertEqual((reply.summary["read_rows"], reply.summary["result_rows"]), (10, 10))

    def test_formats(self):
        """formats: by FORMAT, by default_format and by header; text, JSON and binary ones"""
        self.assertEqual(json.loads(self.ask("SELECT 1 AS a FORMAT JSONEachRow")), {"a": 1})
        self.assertEqual(self.ask("SELECT 1 AS a, 'x'", default_format="CSV"), '1,"x"\n')
        self.assertEqual(self.send("SELECT 1", headers={"X-ClickHouse-Format": "CSVWithNames"}).body, b'"1"\n1\n')
        self.assertEqual(self.send("SELECT toUInt32(258), 'ab' FORMAT RowBinary").body, b"\x02\x01\x00\x00\x02ab")
        for condition, row in (("1", b"\x07"), ("0", b"")):
            reply = self.send(f"SELECT toUInt8(7) AS a WHERE {condition} FORMAT RowBinaryWithNamesAndTypes")
            self.assertEqual(reply.body, b"\x01\x01a\x05UInt8" + row)
        self.assertEqual(self.ask("SELECT 1 AS format ORDER BY 1 FORMAT TSVWithNames SETTINGS max_threads = 1"), "format\n1\n")
        parquet = self.send("SELECT number FROM numbers(200000) FORMAT Parquet").body
        self.assertEqual((parquet[:4], parquet[-4:]), (b"PAR1", b"PAR1"))
        self.assertEqual(json.loads(self.ask("SELECT number FROM numbers(200000) FORMAT JSON"))["rows"], 200_000)

    def test_large(self):
        """a large result is whole, in text and with one beginning in RowBinaryWithNamesAndTypes"""
        count = 500_000
        text = self.ask(f"SELECT number FROM numbers({count}) ORDER BY number")
        self.assertEqual(text, "".join(f"{number}\n" for number in range(count)))
        binary = self.send(f"SELECT number AS n FROM numbers({count}) ORDER BY n FORMAT RowBinaryWithNamesAndTypes").body
        begin = b"\x01\x01n\x06UInt64"
        self.assertEqual(binary, begin + b"".join(number.to_bytes(8, "little") for number in range(count)))

    def test_parameters(self):
        """param_x is taken from the URL and from a form, unescaped as the server does it"""
        query = "SELECT {n:UInt8} + 1, {s:String}, {l:Array(String)}, {z:Nullable(String)} IS NULL"
        values = {"param_n": "1", "param_s": "a\\tb", "param_l": "['x','y']", "param_z": "\\N"}
        wanted = "2\ta\\tb\t['x','y']\t1\n"
        self.assertEqual(self.ask(query, **values), wanted)
        parts = "".join(f'--xx\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
                        for name, value in {"query": query, **values}.items())
        reply = self.send(parts + "--xx--\r\n", headers={"Content-Type": "multipart/form-data; boundary=xx"})
        self.assertEqual(reply.text, wanted)
        self.refused(self.send(query), 500, 456, "UNKNOWN_QUERY_PARAMETER")

    def test_settings(self):
        """settings are parameters, hold for one request only, and an unknown one is an error"""
        self.assertEqual(self.ask("SELECT getSetting('max_threads')", max_threads="3"), "3\n")
        self.assertNotEqual(self.ask("SELECT getSetting('max_threads')"), "3\n")
        self.refused(self.send("SELECT 1", no_such_setting="1"), 404, 115, "UNKNOWN_SETTING")
        slow = self.send("SELECT sleepEachRow(1) FROM numbers(3)", max_execution_time="1", max_block_size="1")
        self.refused(slow, 408, 159, "TIMEOUT_EXCEEDED")

    def test_readonly(self):
        """GET, readonly=1 and readonly=2 write nothing; with readonly=2 settings can be changed"""
        create = "CREATE TABLE check_rows (a UInt8) ENGINE = MergeTree ORDER BY a"
        self.refused(self.send(method="GET", query=create), 500, 164, "READONLY")
        for level in "12":
            self.refused(self.send(create, readonly=level), 500, 164, "READONLY")
        self.assertEqual(self.ask("SELECT 1 SETTINGS max_threads = 2", readonly="2"), "1\n")

    def test_errors(self):
        """errors have the server's status: 404 for what is unknown, 400 for what cannot be parsed, 500 else"""
        self.refused(self.send("SELECT * FROM no_such_table"), 404, 60, "UNKNOWN_TABLE")
        self.refused(self.send("SELECT 1", database="no_such_database"), 404, 81, "UNKNOWN_DATABASE")
        self.refused(self.send("SELECT no_such_column"), 404, 47, "UNKNOWN_IDENTIFIER")
        self.refused(self.send("SELEKT 1"), 400, 62, "SYNTAX_ERROR")
        self.refused(self.send(" -- nothing\n"), 400, 62, "SYNTAX_ERROR")
        self.refused(self.send("SELECT 1; SELECT 2"), 400, 62, "SYNTAX_ERROR")
        self.refused(self.send("SELECT throwIf(1)"), 500, 395, "FUNCTION_THROW_IF_VALUE_IS_NON_ZERO")
        self.assertEqual(self.ask("SELECT 'a;b'; -- end"), "a;b\n")

    def test_late_error(self):
        """an error after the first rows comes in the body, tagged, unless the end was waited for"""
        query = "SELECT throwIf(number = 2000000), number FROM numbers(3000000)"
        connection = self.connect()
        connection.request("POST", "/", query, self.credentials())
        reply = connection.getresponse()
        tag = reply.headers["X-ClickHouse-Exception-Tag"]
        self.assertEqual(reply.status, 200)
        with self.assertRaises(Exception) as broken:
            reply.read()
        tail = broken.exception.partial
        self.assertTrue(tail.endswith(f" {tag}\r\n__exception__\r\n".encode()), tail[-100:])
        self.assertIn(f"\r\n__exception__\r\n{tag}\r\nCode: 395. ".encode(), tail)
        connection.close()
        self.refused(self.send(query, wait_end_of_query="1"), 500, 395, "FUNCTION_THROW_IF_VALUE_IS_NON_ZERO")

    def test_sessions(self):
        """a session keeps what a query left in it, for one request at a time"""
        self.ask("CREATE TEMPORARY TABLE mine (a UInt8)", session_id="check-s")
        self.ask("INSERT INTO mine VALUES (5)", session_id="check-s")
        self.assertEqual(self.ask("SELECT a FROM mine", session_id="check-s"), "5\n")
        self.refused(self.send("SELECT a FROM mine", session_id="check-t"), 404, 60, "UNKNOWN_TABLE")
        self.refused(self.send("SELECT 1", session_id="check-u", session_check="1"), 500, 372, "SESSION_NOT_FOUND")
        slow = threading.Thread(target=self.ask, args=("SELECT sleep(1)",), kwargs={"session_id": "check-s"})
        slow.start()
        time.sleep(0.3)
        self.refused(self.send("SELECT 1", session_id="check-s"), 500, 373, "SESSION_IS_LOCKED")
        slow.join()

    def test_same_connection(self):
        """a connection is used again after an error, also if the body of the refused request was not looked at"""
        connection = self.connect()
        for headers, wanted in (({}, 403), (self.credentials(), 200), ({}, 403)):
            connection.request("POST", "/", "SELECT 1", headers)
            reply = connection.getresponse()
            reply.read()
            self.assertEqual((reply.status, reply.headers["Connection"]), (wanted, None))
        connection.close()

    def test_at_once(self):
        """queries run side by side, on connections that are used again"""
        def work():
            connection = self.connect()
            for number in range(20):
                connection.request("POST", "/", f"SELECT {number}", self.credentials())
                results.append(connection.getresponse().read() == b"%d\n" % number)
            connection.close()

        results: list[bool] = []
        threads = [threading.Thread(target=work) for _ in range(8)]
        began = time.monotonic()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(results, [True] * 160)
        self.assertLess(time.monotonic() - began, 20)
