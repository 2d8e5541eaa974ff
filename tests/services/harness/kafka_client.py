"""As much of Kafka's protocol as tells that a broker answers: one metadata request."""

import socket
import struct

_METADATA, _VERSION = 3, 1


def brokers(host: str, port: int) -> int:
    """How many brokers the one at this address knows; 0 if it does not answer (yet)."""
    # Metadata v1: a list of topics; an empty one asks for the brokers alone.
    request = struct.pack(">hhih", _METADATA, _VERSION, 1, -1) + struct.pack(">i", 0)
    try:
        with socket.create_connection((host, port), timeout=2) as connection:
            connection.sendall(struct.pack(">i", len(request)) + request)
            (size,) = struct.unpack(">i", _exactly(connection, 4))
            _correlation, count = struct.unpack(">ii", _exactly(connection, size)[:8])
            return count
    except OSError:
        return 0


def _exactly(connection: socket.socket, size: int) -> bytes:
    data = b""
    while len(data) < size:
        piece = connection.recv(size - len(data))
        if not piece:
            raise ConnectionError("the broker closed the connection")
        data += piece
    return data
