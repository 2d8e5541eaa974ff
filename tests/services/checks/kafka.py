import logging
import signal
import time
import uuid

from confluent_kafka import Consumer, KafkaException, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic

from . import Check

_SECS = 30
_SILENT = logging.getLogger("kafka")
_SILENT.disabled = True


class Kafka(Check):
    name = "kafka"

    def setUp(self):
        self.topic = f"check-{uuid.uuid4()}"
        self.admin = AdminClient(self.to())
        self.admin.create_topics([NewTopic(self.topic, 2, 1)])[self.topic].result(_SECS)

    def tearDown(self):
        self.admin.delete_topics([self.topic])[self.topic].result(_SECS)

    def to(self, **settings) -> dict:
        # What the library would write about connections that break is what these tests bring about.
        named = {name.replace("_", "."): value for name, value in settings.items()}
        return {"bootstrap.servers": self.address, "logger": _SILENT, **named}

    def write(self, *values: str, **settings) -> None:
        producer = Producer(self.to(acks="all", **settings))
        for value in values:
            producer.produce(self.topic, value.encode(), partition=0)
        self.assertEqual(producer.flush(_SECS), 0)

    def read(self, count: int, isolation: str = "read_committed", secs: float = _SECS) -> list[str]:
        """So many values of partition 0 from its beginning, or fewer if there are no more."""
        consumer = Consumer(self.to(group_id=self.topic, isolation_level=isolation, auto_offset_reset="earliest"))
        consumer.assign([TopicPartition(self.topic, 0, 0)])
        values, until = [], time.monotonic() + secs
        while len(values) < count and time.monotonic() < until:
            message = consumer.poll(0.1)
            if message and not message.error():
                values.append(message.value().decode())
        consumer.close()
        return values

    def test_round_trip(self):
        """what was written is read, in order"""
        self.write(*"abc")
        self.assertEqual(self.read(3), ["a", "b", "c"])

    def test_group(self):
        """a group gets partitions at once, and its position is kept"""
        self.write("a", "b")
        for wanted in ("a", "b"):
            consumer = Consumer(self.to(
                group_id=f"{self.topic}-group", auto_offset_reset="earliest", enable_auto_commit=False))
            consumer.subscribe([self.topic])
            message = consumer.poll(_SECS)
            self.assertEqual(message.value().decode(), wanted)
            consumer.commit(message, asynchronous=False)
            consumer.close()

    def test_transactions(self):
        """a committed transaction is seen whole, an aborted one is not seen"""
        producer = Producer(self.to(transactional_id=self.topic))
        producer.init_transactions(_SECS)
        for values, end in ((("lost",), producer.abort_transaction), (("a", "b"), producer.commit_transaction)):
            producer.begin_transaction()
            for value in values:
                producer.produce(self.topic, value.encode(), partition=0)
            producer.flush(_SECS)
            if end == producer.commit_transaction:
                self.assertEqual(self.read(1, secs=1), [])
            end(_SECS)
        self.assertEqual(self.read(2), ["a", "b"])
        self.assertEqual(self.read(3, "read_uncommitted"), ["lost", "a", "b"])

    def test_fencing(self):
        """a second producer of the same transactional id fences the first"""
        first, second = (Producer(self.to(transactional_id=self.topic)) for _ in range(2))
        first.init_transactions(_SECS)
        first.begin_transaction()
        first.produce(self.topic, b"first", partition=0)
        second.init_transactions(_SECS)
        with self.assertRaises(KafkaException) as fenced:
            first.commit_transaction(_SECS)
        self.assertTrue(fenced.exception.args[0].fatal() or fenced.exception.args[0].txn_requires_abort())
        second.begin_transaction()
        second.produce(self.topic, b"second", partition=0)
        second.commit_transaction(_SECS)
        self.assertEqual(self.read(2, secs=3), ["second"])

    def test_unknown_topic(self):
        """a topic that nobody made does not come into being"""
        metadata = Consumer(self.to(group_id="check")).list_topics(f"{self.topic}-no", _SECS)
        self.assertIsNotNone(metadata.topics[f"{self.topic}-no"].error)

    def test_secure(self):
        """the second way in: TLS with SCRAM or PLAIN; a wrong password does not get in"""
        self.need_own()
        secure = {name.rpartition("_")[2].lower(): value for name, value in self.service.variables().items()}
        for mechanism, password, fine in (("SCRAM-SHA-512", secure["password"], True), ("PLAIN", secure["password"], True),
                                          ("SCRAM-SHA-512", "wrong", False)):
            client = AdminClient({
                "bootstrap.servers": secure["secure"], "security.protocol": "SASL_SSL", "sasl.mechanism": mechanism,
                "sasl.username": secure["user"], "sasl.password": password, "ssl.ca.location": secure["ca"],
                "logger": _SILENT})
            if fine:
                self.assertIn(self.topic, client.list_topics(timeout=_SECS).topics)
            else:
                with self.assertRaises(KafkaException):
                    client.list_topics(timeout=3)

    def test_kill(self):
        """killed and started again it has what it acknowledged"""
        self.need_own()
        self.write("a")
        self.assertTrue(self.service.signal(signal.SIGKILL))
        self.service.start()
        self.write("b")
        self.assertEqual(self.read(2), ["a", "b"])

    def test_pause(self):
        """paused it answers nothing; what is sent meanwhile arrives when it goes on"""
        self.need_own()
        self.service.signal(signal.SIGSTOP)
        try:
            self.assertFalse(self.service.answers())
            producer = Producer(self.to(acks="all"))
            producer.produce(self.topic, b"late", partition=0)
            self.assertEqual(producer.flush(1), 1)
        finally:
            self.service.signal(signal.SIGCONT)
        self.assertEqual(producer.flush(_SECS), 0)
        self.assertEqual(self.read(1), ["late"])
