"""The engine's exceptions, and the HTTP status that the server gives each."""

import re

_STATUSES = {
    400: """BAD_ARGUMENTS CANNOT_COMPILE_REGEXP CANNOT_PARSE_TEXT CANNOT_PARSE_ESCAPE_SEQUENCE CANNOT_PARSE_QUOTED_STRING
        CANNOT_PARSE_DATE CANNOT_PARSE_DATETIME CANNOT_PARSE_NUMBER CANNOT_PARSE_DOMAIN_VALUE_FROM_STRING CANNOT_PARSE_IPV4
        CANNOT_PARSE_IPV6 CANNOT_PARSE_INPUT_ASSERTION_FAILED CANNOT_PARSE_UUID DUPLICATE_COLUMN ILLEGAL_COLUMN
        UNKNOWN_ELEMENT_IN_AST UNKNOWN_TYPE_OF_AST_NODE THERE_IS_NO_COLUMN TOO_DEEP_AST TOO_BIG_AST
        UNEXPECTED_AST_STRUCTURE SYNTAX_ERROR INCORRECT_DATA TYPE_MISMATCH VALUE_IS_OUT_OF_RANGE_OF_DATA_TYPE""",
    401: "REQUIRED_PASSWORD",
    403: "UNKNOWN_USER WRONG_PASSWORD AUTHENTICATION_FAILED SET_NON_GRANTED_ROLE ACCESS_DENIED",
    404: """UNKNOWN_TABLE UNKNOWN_FUNCTION UNKNOWN_IDENTIFIER UNKNOWN_TYPE UNKNOWN_STORAGE UNKNOWN_DATABASE UNKNOWN_SETTING
        UNKNOWN_DIRECTION_OF_SORTING UNKNOWN_AGGREGATE_FUNCTION UNKNOWN_FORMAT UNKNOWN_DATABASE_ENGINE
        UNKNOWN_TYPE_OF_QUERY UNKNOWN_ROLE""",
    408: "TIMEOUT_EXCEEDED",
    411: "HTTP_LENGTH_REQUIRED",
    413: "QUERY_IS_TOO_LARGE",
    415: "UNSUPPORTED_MEDIA_TYPE",
    501: "NOT_IMPLEMENTED",
    503: "SOCKET_TIMEOUT CANNOT_OPEN_FILE CANNOT_SCHEDULE_TASK",
}
_STATUS = {name: status for status, names in _STATUSES.items() for name in names.split()}

_CODE = re.compile(r"Code: (\d+)\. ")
_NAME = re.compile(r"\(([A-Z0-9_]+)\)\s*$")
_VERSION = re.compile(r" \(version [^()]*(?:\([^()]*\))?\)\.?")


class Refusal(Exception):
    """An exception that the endpoint itself throws, in ClickHouse's words."""

    def __init__(self, code: int, name: str, message: str):
        super().__init__(f"Code: {code}. DB::Exception: {message} ({name})")


class Failure:
    """An exception as the server tells it: number, HTTP status and one line of text."""

    def __init__(self, error: BaseException, version: str):
        text = str(error)
        found = _CODE.search(text)
        if found:
            # Without what the Python library puts before it, and without the inner exceptions' versions.
            text = _VERSION.sub("", text[found.start():])
            self.code = int(found.group(1))
        else:
            text = f"Code: 1002. DB::Exception: {type(error).__name__}: {text} (UNKNOWN_EXCEPTION)"
            self.code = 1002
        name = _NAME.search(text)
        self.status = _STATUS.get(name.group(1) if name else "", 500)
        self.text = f"{text} (version {version} (official build))\n"
