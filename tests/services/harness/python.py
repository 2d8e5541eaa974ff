"""The Python environment of the endpoint and the checks, in the cache."""

import sys
from pathlib import Path

from . import install
from .service import Problem

_REQUIREMENTS = Path(__file__).resolve().parent.parent / "requirements.txt"


def environment() -> Path:
    """The environment's interpreter; fetches the packages when their versions or the Python changed."""
    pinned = f"{_REQUIREMENTS.read_text()}{sys.version}{sys.base_prefix}"
    with install.filled("python", pinned) as (path, complete):
        python = path / "bin" / "python"
        if not complete:
            print("fetching the Python packages (600 MB on disk)", flush=True)
            for command in (
                [sys.executable, "-m", "venv", path],
                [python, "-m", "pip", "install", "--quiet", "--no-deps", "--no-compile", "--only-binary", ":all:",
                 "--disable-pip-version-check", "-r", _REQUIREMENTS],
            ):
                done = install.run(command)
                if done.returncode != 0:
                    raise Problem(f"cannot be installed: {command[2]} does not get its Python packages:\n"
                                  f"{install.tail(done.stdout)}")
    return python
