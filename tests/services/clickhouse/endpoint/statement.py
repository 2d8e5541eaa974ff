"""What a statement is, seen from outside: does it carry data, which format does it name, is it more than one."""

import re
from dataclasses import dataclass
from typing import Iterator, Optional

# The longest beginning of an INSERT that is searched for its data, as the server's max_query_size.
HEAD_BYTES = 262_144

_TOKEN = re.compile(
    rb"(?P<space>\s+)"
    rb"|(?P<comment>--[^\n]*|\#[ !][^\n]*|/\*.*?\*/)"
    rb"|(?P<quoted>'(?:[^'\\]|\\.|'')*'|`(?:[^`\\]|\\.)*`|\"(?:[^\"\\]|\\.)*\")"
    rb"|(?P<word>[A-Za-z_][A-Za-z0-9_]*)"
    rb"|(?P<other>.)",
    re.DOTALL,
)


@dataclass
class Statement:
    """One statement. `data` is where the rows of an INSERT begin, or None if it carries none."""

    first: str
    format: Optional[str] = None
    data: Optional[int] = None
    # An INSERT without its FORMAT clause and rows.
    head: bytes = b""
    more: bool = False


def parse(text: bytes) -> Statement:
    statement = Statement("")
    depth = 0
    ended = named = False
    tokens = _tokens(text)
    for kind, start, token in tokens:
        if named and token != b";" and token.upper() not in (b"SETTINGS", b"INTO"):
            # It was no clause but a column of that name.
            statement.format = None
        named = False
        if kind == "other":
            depth += (token in b"([{") - (token in b")]}")
            if token == b"(" and not statement.first:
                statement.first = "SELECT"
            ended = ended or (token == b";" and depth == 0)
            continue
        if ended:
            statement.more = True
            return statement
        if kind != "word":
            continue
        word = token.upper().decode()
        if not statement.first:
            statement.first = word
        elif depth:
            continue
        elif word == "FORMAT":
            name = next(tokens, None)
            if name is None or name[0] != "word":
                continue
            statement.format, named = name[2].decode(), True
            if statement.first == "INSERT":
                return _with_rows(statement, text, start, name[1] + len(name[2]))
        elif statement.first == "INSERT" and word == "VALUES":
            statement.format = "Values"
            return _with_rows(statement, text, start, start + len(token))
        elif statement.first == "INSERT" and word in ("SELECT", "WITH"):
            # Rows from a query: nothing of the body is data, and a FORMAT that follows is the answer's.
            statement.first = "INSERT SELECT"
    if statement.first == "INSERT":
        statement.head, statement.data = text, len(text)
    return statement


def _tokens(text: bytes) -> Iterator[tuple[str, int, bytes]]:
    for found in _TOKEN.finditer(text):
        if found.lastgroup not in ("space", "comment"):
            yield found.lastgroup, found.start(), found.group()


def _with_rows(statement: Statement, text: bytes, head: int, end: int) -> Statement:
    """Rows begin after blanks and one end of line: what follows it belongs to a binary format."""
    statement.head = text[:head]
    statement.data = end + len(re.match(rb"[ \t\f]*(?:\r?\n)?", text[end:]).group())
    return statement
