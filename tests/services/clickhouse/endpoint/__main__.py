"""Starts the endpoint: python -m endpoint --data FOLDER --listen 127.0.0.1:8123 --user NAME:PASSWORD [--faults]"""

import argparse
import os
import signal

from .engine import Engine
from .faults import Faults
from .server import Server


def main() -> None:
    arguments = argparse.ArgumentParser(prog="endpoint", description=__doc__)
    arguments.add_argument("--data", required=True, help="the engine's folder; what it holds survives")
    arguments.add_argument("--listen", required=True, help="host:port")
    arguments.add_argument("--user", required=True, action="append", help="name:password, once per user")
    arguments.add_argument("--database", default="default", help="is created if it is not there")
    arguments.add_argument("--faults", action="store_true", help="takes faults at /_control, from anyone who can connect")
    given = arguments.parse_args()
    host, _, port = given.listen.rpartition(":")
    users = dict(user.split(":", 1) for user in given.user)
    engine = Engine(given.data, given.database)
    server = Server((host, int(port)), engine, users, Faults() if given.faults else None)
    # After the engine's first connection, which sets handlers of its own.
    signal.signal(signal.SIGTERM, server.stop)
    signal.signal(signal.SIGINT, server.stop)
    server.serve()
    engine.close()
    # Requests that are still running hold the engine: leave without waiting for their threads.
    os._exit(0)


main()
