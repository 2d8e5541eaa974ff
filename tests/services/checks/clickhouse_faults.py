import http.client
import json
import signal
import time

from .http import ClickHouseCheck

_GONE = (ConnectionError, http.client.IncompleteRead)


class Faults(ClickHouseCheck):
    tables = ("check_rows",)

    def setUp(self):
        self.need_own()
        self.control("clear")
        super().setUp()
        self.ask("CREATE TABLE check_rows (a UInt64) ENGINE = MergeTree ORDER BY a")

    def tearDown(self):
        self.control("clear")
        super().tearDown()

    def control(self, kind: str, **parameters) -> dict:
        reply = self.send(path=f"/_control/{kind}", known=False, **parameters)
        self.assertEqual(reply.status, 200, reply.body)
        return json.loads(reply.body)

    def insert(self, number: int):
        return self.send(f"{number}\n", query="INSERT INTO check_rows FORMAT TabSeparated")

    def count(self) -> str:
        return self.ask("SELECT count() FROM check_rows")

    def test_refuse(self):
        """refuse: connecting fails and open connections are cut, then all is as before"""
        waiting = self.connect()
        waiting.request("GET", "/ping")
        waiting.getresponse().read()
        self.control("refuse", secs="1")
        with self.assertRaises(_GONE):
            waiting.request("GET", "/ping")
            waiting.getresponse()
        with self.assertRaises(ConnectionRefusedError):
            self.insert(1)
        time.sleep(1.3)
        self.assertEqual(self.insert(2).status, 200)
        self.assertEqual(self.count(), "1\n")

    def test_unavailable(self):
        """unavailable: 503 for so many requests, and nothing is written"""
        self.control("unavailable", count="2")
        self.assertEqual([self.insert(number).status for number in range(3)], [503, 503, 200])
        self.assertEqual(self.count(), "1\n")

    def test_fail(self):
        """fail: the exception that was asked for, and nothing is written"""
        self.control("fail", code="252", name="TOO_MANY_PARTS")
        self.refused(self.insert(1), 500, 252, "TOO_MANY_PARTS")
        self.assertEqual(self.count(), "0\n")

    def test_cut_and_lose(self):
        """cut: the connection goes before the write; lose: the write is done and its acknowledgement is lost"""
        for kind, wanted in (("cut", "0\n"), ("lose", "1\n")):
            self.control(kind, containing="INSERT")
            self.assertEqual(self.count(), "0\n")
            with self.assertRaises(_GONE):
                self.insert(1)
            self.assertEqual(self.count(), wanted, kind)
        self.assertEqual(json.loads(self.send(method="GET", path="/_control", known=False).body)["struck"]["lose"] > 0, True)

    def test_delay(self):
        """delay: every request of that time waits"""
        self.control("delay", ms="400", secs="5")
        began = time.monotonic()
        self.assertEqual(self.insert(1).status, 200)
        self.assertGreater(time.monotonic() - began, 0.4)

    def test_unknown_fault(self):
        """an unknown fault or parameter is refused"""
        self.assertEqual(self.send(path="/_control/explode", known=False).status, 400)
        self.assertEqual(self.send(path="/_control/cut", known=False, often="1").status, 400)

    def test_kill(self):
        """killed and started again it has what it acknowledged"""
        self.insert(1)
        self.assertTrue(self.service.signal(signal.SIGKILL))
        with self.assertRaises(ConnectionRefusedError):
            self.insert(2)
        self.service.start()
        self.insert(3)
        self.assertEqual(self.ask("SELECT a FROM check_rows ORDER BY a"), "1\n3\n")
