"""Runs the checks of the services that a folder's `env` names: python -m checks FOLDER [SERVICE …]."""

import sys
import unittest
from pathlib import Path

import checks
from harness.services import SERVICES

_MODULES = {
    "kafka": ["kafka"],
    "clickhouse": [
        "clickhouse_access", "clickhouse_queries", "clickhouse_inserts", "clickhouse_packing", "clickhouse_faults",
    ],
    "postgres": ["postgres"],
}


class Lines(unittest.TestResult):
    """One line per test, and what went wrong below it."""

    passed = 0

    def addSuccess(self, test):
        self.passed += 1
        print(f"ok      {_title(test)}", flush=True)

    def addSkip(self, test, reason):
        super().addSkip(test, reason)
        print(f"skipped {_title(test)}: {reason}", flush=True)

    def addFailure(self, test, error):
        super().addFailure(test, error)
        print(f"FAILED  {_title(test)}\n{self.failures[-1][1]}", flush=True)

    def addError(self, test, error):
        super().addError(test, error)
        print(f"FAILED  {_title(test)}\n{self.errors[-1][1]}", flush=True)


def _title(test) -> str:
    name = getattr(test, "name", "")
    return f"{name}: {test.shortDescription() or test.id()}" if name else str(test)


def main() -> int:
    checks.FOLDER.path = Path(sys.argv[1])
    suite = unittest.TestSuite()
    for name in sys.argv[2:] or list(_MODULES):
        service = SERVICES[name](checks.FOLDER)
        if not service.outside() and not service.running():
            print(f"skipped {name}: is not running")
            continue
        for module in _MODULES[name]:
            suite.addTests(unittest.defaultTestLoader.loadTestsFromName(f"checks.{module}"))
    if sys.argv[2:] in ([], list(SERVICES)):
        suite.addTests(unittest.defaultTestLoader.loadTestsFromName("checks.commands"))
    result = Lines()
    suite.run(result)
    failed = len(result.failures) + len(result.errors)
    print(f"{result.passed} passed, {failed} failed")
    return 0 if result.passed and not failed else 1


sys.exit(main())
