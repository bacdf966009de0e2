"""What a process leaves behind that is killed: it is named after its process, so that the next one can remove it."""

from __future__ import annotations

import contextlib
import hashlib
import os
import platform
import re
import sys
from pathlib import Path

import psutil

MARK = re.compile(r"(?P<host>[0-9a-f]{10})-(?P<process>\d+)-(?P<start>\d+)")
"""What `mark` returns, wherever it stands in a name."""


def mark(process: int | None = None) -> str:
    """Return what tells a process (this one) from all others that may write to the same folder, whenever they ran."""
    process = process or os.getpid()
    return f"{_HOST}-{process}-{_start(process)}"


def is_orphan(found: re.Match[str]) -> bool:
    """Whether what bears a mark belongs to a process of this machine that has ended; no, where that cannot be told."""
    return is_of_this_host(found) and _start(int(found["process"])) != int(found["start"])


def is_of_this_host(found: re.Match[str]) -> bool:
    """Whether a mark is that of a process which could be seen from here."""
    return found["host"] == _HOST


def _host() -> str:
    """Ten digits for this machine and, in a container, for the processes that are seen in it."""
    seen = ""
    with contextlib.suppress(OSError):
        seen = str(Path("/proc/self/ns/pid").stat().st_ino)
    return hashlib.sha256(f"{platform.node()}|{seen}".encode()).hexdigest()[:10]


_HOST = _host()


def _start(process: int) -> int:
    """When a process started, in a number that stays the same while it runs; 0 where there is no such process."""
    try:
        if sys.platform == "linux":  # in ticks since the machine started: psutil's seconds move with its clock
            return int(Path(f"/proc/{process}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[19])
        return int(psutil.Process(process).create_time())
    except (OSError, psutil.NoSuchProcess):
        return 0
    except psutil.AccessDenied:
        return -1
