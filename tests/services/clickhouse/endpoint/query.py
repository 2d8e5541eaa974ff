"""One query against the engine: rows that go in, rows that come out."""

from typing import Iterator

from .statement import Statement

_PIECE_BYTES = 1_048_576
# The engine gives a result in pieces of which each is whole in itself. They can be put together where a format has
# neither beginning nor end, or, by these lists of names, a beginning that can be told from the rows.
_STREAMED = {
    "TabSeparated", "TSV", "TabSeparatedRaw", "TSVRaw", "CSV", "JSONEachRow", "JSONLines", "NDJSON", "JSONCompactEachRow",
    "RowBinary", "RowBinaryWithDefaults", "Native", "Null",
}
_WITH_LISTS = {"RowBinaryWithNames": 1, "RowBinaryWithNamesAndTypes": 2}


def insert(connection, statement: Statement, pieces: Iterator[bytes], summary: dict[str, int]) -> None:
    """Hands the rows on as they come. If they break off, nothing of the last block is written."""
    inserter = connection.send_insert(statement.head.decode(), statement.format or "Values")
    try:
        for piece in pieces:
            for start in range(0, len(piece), _PIECE_BYTES):
                inserter.append(piece[start:start + _PIECE_BYTES])
        written = inserter.finish()
    except BaseException:
        inserter.cancel()
        raise
    summary["written_rows"] = summary["read_rows"] = summary["result_rows"] = written.rows_written
    summary["written_bytes"] = summary["read_bytes"] = summary["result_bytes"] = written.bytes_written


def answer(connection, statement: Statement, text: str, parameters: dict, summary: dict[str, int]) -> Iterator[bytes]:
    """The result in pieces; `statement` names the format."""
    output = statement.format
    if statement.first not in ("SELECT", "WITH") or output not in _STREAMED and output not in _WITH_LISTS:
        result = connection.query(text, output, params=parameters or None)
        _count(result, summary)
        yield bytes(result.bytes())
        return
    beginning = None
    with connection.send_query(text, output, params=parameters or None) as stream:
        for result in iter(stream.fetch, None):
            _count(result, summary)
            piece = bytes(result.bytes())
            if output in _WITH_LISTS and beginning is None:
                beginning = piece[:_length_of_lists(piece, _WITH_LISTS[output])]
            elif output in _WITH_LISTS and piece.startswith(beginning):
                piece = piece[len(beginning):]
            yield piece
    if beginning is None and output in _WITH_LISTS:
        # The engine gives nothing at all where there are no rows; the lists come nevertheless.
        yield bytes(connection.query(text, output, params=parameters or None).bytes())


def _length_of_lists(data: bytes, lists: int) -> int:
    """How long the names, or names and types, at the beginning are: a number, then so many strings per list."""
    count, at = _varint(data, 0)
    for _ in range(count * lists):
        size, at = _varint(data, at)
        at += size
    return at


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
        shift += 7


def _count(result, summary: dict[str, int]) -> None:
    summary["result_rows"] += result.rows_read()
    summary["result_bytes"] += result.bytes_read()
    summary["read_rows"] = max(summary["read_rows"], result.storage_rows_read())
    summary["read_bytes"] = max(summary["read_bytes"], result.storage_bytes_read())
    if hasattr(result, "rows_written"):
        summary["written_rows"] += result.rows_written()
        summary["written_bytes"] += result.bytes_written()
