"""Folders for what lives no longer than its process; those of processes that were killed are removed by the next."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from pathlib import Path

_NAME = re.compile(r"optbench-(\d+)-\w+\Z")


def scratch_folder() -> Path:
    """Make a folder of this process in the system's temporary folder, and remove those whose process is gone."""
    root = Path(tempfile.gettempdir())
    for folder in root.glob("optbench-*"):
        match = _NAME.match(folder.name)
        if match and not _is_running(int(match[1])):
            shutil.rmtree(folder, ignore_errors=True)
    return Path(tempfile.mkdtemp(prefix=f"optbench-{os.getpid()}-"))


def _is_running(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:  # it belongs to somebody else, or the system cannot say
        return True
    return True
