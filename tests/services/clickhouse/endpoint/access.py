"""Who asks: Basic, the X-ClickHouse headers, or parameters, and never two of them."""

import base64
import binascii
import hmac
from typing import Mapping

from .errors import Refusal


def authenticate(users: Mapping[str, str], headers: Mapping[str, str], parameters: Mapping[str, str]) -> str:
    """The user's name, or AUTHENTICATION_FAILED."""
    by_headers = headers.get("X-ClickHouse-User") or headers.get("X-ClickHouse-Key")
    by_http = headers.get("Authorization")
    by_parameters = "user" in parameters or "password" in parameters
    ways = [way for way, used in (
        ("X-ClickHouse HTTP headers", by_headers),
        ("Authorization HTTP header", by_http),
        ("authentication via parameters", by_parameters),
    ) if used]
    if len(ways) > 1:
        raise _failed(f"Invalid authentication: it is not allowed to use {ways[0]} and {ways[1]} simultaneously")
    if by_headers:
        user, password = headers.get("X-ClickHouse-User", ""), headers.get("X-ClickHouse-Key", "")
    elif by_http:
        user, password = _basic(by_http)
    else:
        user, password = parameters.get("user", "default"), parameters.get("password", "")
    if not user:
        raise _failed(f"Got an empty user name from {ways[0]}")
    known = users.get(user)
    if known is None or not hmac.compare_digest(known.encode(), password.encode()):
        raise _failed(f"{user}: Authentication failed: password is incorrect, or there is no user with such name.")
    return user


def _basic(value: str) -> tuple[str, str]:
    scheme, _, encoded = value.partition(" ")
    if scheme.lower() != "basic":
        raise _failed(f"Invalid authentication: '{scheme}' HTTP Authorization scheme is not supported")
    try:
        user, _, password = base64.b64decode(encoded).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError) as error:
        raise _failed("Invalid authentication: the Authorization HTTP header is not Base64") from error
    return user, password


def _failed(message: str) -> Refusal:
    return Refusal(516, "AUTHENTICATION_FAILED", message)
