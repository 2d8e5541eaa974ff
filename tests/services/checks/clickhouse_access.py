import base64
from urllib.parse import unquote, urlsplit

from .http import ClickHouseCheck


class Access(ClickHouseCheck):
    def user(self) -> tuple[str, str]:
        url = urlsplit(self.address)
        return unquote(url.username), unquote(url.password)

    def basic(self, user, password):
        return {"Authorization": "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()}

    def test_ping(self):
        """/ping, /replicas_status and / answer without a password"""
        for path in ("/ping", "/replicas_status", "/"):
            reply = self.send(method="GET", path=path, known=False)
            self.assertEqual((reply.status, reply.body), (200, b"Ok.\n"), path)

    def test_ways(self):
        """a password is taken from Basic, from the headers and from the parameters"""
        user, password = self.user()
        for way in (
            {"headers": self.basic(user, password)},
            {"headers": {"X-ClickHouse-User": user, "X-ClickHouse-Key": password}},
            {"user": user, "password": password},
        ):
            reply = self.send("SELECT 1", known=False, **way)
            self.assertEqual((reply.status, reply.body), (200, b"1\n"), way)

    def test_wrong(self):
        """a wrong password, an unknown user and nobody are refused with 516 and 403"""
        user, _ = self.user()
        for way in (
            {"headers": self.basic(user, "wrong")},
            {"headers": {"X-ClickHouse-User": "nobody", "X-ClickHouse-Key": "wrong"}},
            {"headers": {"X-ClickHouse-User": user}},
            {"user": user, "password": "wrong"},
            {"headers": {"Authorization": "Bearer abc"}},
            {},
        ):
            self.refused(self.send("SELECT 1", known=False, **way), 403, 516, "AUTHENTICATION_FAILED")

    def test_two_ways(self):
        """two ways at once are refused, even if both are right"""
        user, password = self.user()
        reply = self.send("SELECT 1", known=False, headers=self.basic(user, password), user=user, password=password)
        self.refused(reply, 403, 516, "AUTHENTICATION_FAILED")
        self.assertIn("simultaneously", reply.text)

    def test_unknown_path(self):
        """another path is 404"""
        self.assertEqual(self.send(method="GET", path="/nothing", known=False).status, 404)
