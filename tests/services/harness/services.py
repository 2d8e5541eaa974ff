"""The table of services, in the order in which they are named everywhere."""

from .clickhouse import ClickHouse
from .kafka import Kafka
from .postgres import Postgres
from .service import Service

SERVICES: dict[str, type[Service]] = {service.name: service for service in (Kafka, ClickHouse, Postgres)}
