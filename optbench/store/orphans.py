"""What a process leaves behind that is killed: it is named after its process, so that the next one can remove it."""

from __future__ import annotations

import os
import platform
import re

_HOST = re.sub(r"\W", "_", platform.node())[:20]
MARK = re.compile(r"(?P<host>\w+)-(?P<process>\d+)")
"""What `mark` returns, wherever it stands in a name."""


def mark() -> str:
    """Return what tells this process from others that may write to the same folder, those of other machines too."""
    return f"{_HOST}-{os.getpid()}"


def is_orphan(found: re.Match[str]) -> bool:
    """Whether what bears a mark belongs to a process of this machine that has ended; no, where that cannot be told."""
    return found["host"] == _HOST and not _is_running(int(found["process"]))


def _is_running(process: int) -> bool:
    if os.name != "posix":  # where signal 0 is a real one
        return True
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:  # it belongs to somebody else
        return True
    return True
