"""The commands: `python -m harness start|stop|restart|kill|pause|resume|check FOLDER [SERVICE …]`."""

import argparse
import signal
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Callable

from . import process
from .folder import Folder
from .service import Problem, Service
from .services import SERVICES


def main() -> int:
    arguments = argparse.ArgumentParser(prog="services", description=__doc__)
    arguments.add_argument("command", choices=sorted(_COMMANDS))
    arguments.add_argument("folder", type=Path)
    arguments.add_argument("services", nargs="*", metavar="SERVICE", help=f"{', '.join(SERVICES)}; all of them unless named")
    arguments.add_argument("--remove", action="store_true", help="stop: delete what the services stored, too")
    given = arguments.parse_args()
    unknown = sorted(set(given.services) - set(SERVICES))
    if unknown:
        arguments.error(f"there is no service {', '.join(unknown)}: {', '.join(SERVICES)}")
    # An interrupted start ends what it began.
    signal.signal(signal.SIGTERM, _interrupt)
    folder = Folder(given.folder.absolute())
    services = [SERVICES[name](folder) for name in SERVICES if name in given.services or not given.services]
    return _COMMANDS[given.command](folder, services, given)


def _interrupt(*_) -> None:
    raise KeyboardInterrupt


def start(folder: Folder, services: list[Service], _) -> int:
    folder.make()
    with folder.locked():
        own = []
        for service in services:
            if service.outside():
                print(f"{service.name}: {service.variable} names a running one")
            else:
                own.append(service)
        # One after the other: apt and the cache take one at a time. Then all at once.
        ready = [service for service in own if _said(service, service.install)]
        try:
            started = _at_once(ready, Service.start)
        except KeyboardInterrupt:
            for service in ready:
                service.stop()
            print("interrupted: stopped what was started")
            return 130
        folder.write_env([SERVICES[name](folder) for name in SERVICES])
    return 0 if len(started) == len(own) else 1


def stop(folder: Folder, services: list[Service], given) -> int:
    if not folder.path.is_dir():
        return 0
    with folder.locked():
        stopped = _at_once(services, Service.stop)
        if given.remove:
            for service in stopped:
                service.remove()
        folder.write_env([SERVICES[name](folder) for name in SERVICES])
    return 0 if len(stopped) == len(services) else 1


def restart(folder: Folder, services: list[Service], given) -> int:
    """The named ones, else those that were started."""
    if not given.services:
        services = [service for service in services if service.was_started()]
    return stop(folder, services, given) or start(folder, services, given)


def kill(folder: Folder, services: list[Service], _) -> int:
    return _signalled(services, signal.SIGKILL, "killed")


def pause(folder: Folder, services: list[Service], _) -> int:
    return _signalled(services, signal.SIGSTOP, "paused")


def resume(folder: Folder, services: list[Service], _) -> int:
    return _signalled(services, signal.SIGCONT, "resumed")


def check(folder: Folder, services: list[Service], _) -> int:
    from .python import environment

    try:
        python = environment()
    except Problem as problem:
        print(f"check: {problem}")
        return 1
    root = Path(__file__).resolve().parent.parent
    names = [service.name for service in services]
    return process.run_through([python, "-m", "checks", folder.path, *names], cwd=root)


def _signalled(services: list[Service], number: int, done: str) -> int:
    """A service that is not running is an error: a test that disturbs nothing must not pass."""
    code = 0
    for service in services:
        if service.signal(number):
            print(f"{service.name}: {done}")
        else:
            print(f"{service.name}: is not running")
            code = 1
    return code


def _at_once(services: list[Service], action: Callable[[Service], str]) -> list[Service]:
    with ThreadPoolExecutor(max_workers=max(1, len(services))) as pool:
        well = list(pool.map(lambda service: _said(service, lambda: action(service)), services))
    return [service for service, fine in zip(services, well) if fine]


def _said(service: Service, action: Callable) -> bool:
    """Runs one step and says what came of it. A problem of one service leaves the others alone."""
    try:
        text = action()
    except Problem as problem:
        print(f"{service.name}: {problem}", flush=True)
        return False
    if text:
        print(f"{service.name}: {text}", flush=True)
    return True


_COMMANDS = {command.__name__: command for command in (start, stop, restart, kill, pause, resume, check)}

if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
