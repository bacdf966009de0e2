"""The folders that data sets' files are looked for in, in order."""

from __future__ import annotations

import os
from pathlib import Path

import pooch

VARIABLE = "OPTBENCH_DATA"


def data_folders(explicit: Path | None = None) -> tuple[Path, ...]:
    """Return where files are looked for: `explicit`, then `$OPTBENCH_DATA`, then the user's cache.

    None of them needs to exist.
    """
    named = [explicit, os.environ.get(VARIABLE)]
    folders = [Path(folder).expanduser().absolute() for folder in named if folder]
    return tuple(dict.fromkeys([*folders, Path(pooch.os_cache("optbench"))]))


def writable(folder: Path) -> bool:
    """Whether files can be put into `folder`, which is made where it does not exist."""
    existing = next(path for path in (folder, *folder.parents) if path.exists())
    return existing.is_dir() and os.access(existing, os.W_OK | os.X_OK)
