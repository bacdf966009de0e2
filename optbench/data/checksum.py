"""Checksums: of one file on this machine, and of what a data set declares."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

from optbench.registry.components import Dataset


def verified(path: Path, sha256: str) -> bool:
    """Whether `path` is a file with this checksum; an unchanged file is read once per process."""
    try:
        status = path.stat()
        return path.is_file() and _sha256(path, status.st_size, status.st_mtime_ns) == sha256
    except OSError:
        return False


def content_checksum(dataset: Dataset) -> str:
    """Return 16 hex digits that change when the data set's declared files do; part of every `run_id`."""
    declared = "\n".join(sorted(file.sha256 for file in dataset.files))
    return hashlib.sha256(declared.encode()).hexdigest()[:16]


@cache
def _sha256(path: Path, size: int, mtime_ns: int) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
