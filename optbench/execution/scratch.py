"""Folders for what lives no longer than its process; those of processes that were killed are removed by the next."""

from __future__ import annotations

import re
import shutil
import tempfile
from pathlib import Path

from optbench.store.orphans import MARK, is_orphan, mark

_NAME = re.compile(rf"optbench-{MARK.pattern}-\w+")


def scratch_folder(longest: int | None = None) -> Path:
    """Make a folder of this process in the system's temporary folder, and remove those whose process is gone.

    Where the temporary folder's path has more characters than `longest`, it is made in /tmp.
    """
    root = Path(tempfile.gettempdir())
    if longest is not None and len(str(root)) > longest:
        root = Path("/tmp")
    for folder in root.glob("optbench-*"):
        name = _NAME.fullmatch(folder.name)
        if name and is_orphan(name):
            shutil.rmtree(folder, ignore_errors=True)
    return Path(tempfile.mkdtemp(prefix=f"optbench-{mark()}-", dir=root))
