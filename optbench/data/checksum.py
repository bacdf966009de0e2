"""Checksums: of one file on this machine, and of what a data set declares."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

from optbench.components.dataset import Dataset


def verified(path: Path, checksum: str) -> bool:
    """Whether `path` is a file with this `algorithm:digest`; an unchanged file is read once per process."""
    algorithm, _, digest = checksum.partition(":")
    try:
        status = path.stat()
        return path.is_file() and _digest(path, algorithm, status.st_size, status.st_mtime_ns) == digest
    except OSError:
        return False


def files_checksum(dataset: Dataset) -> str:
    """Return 16 hex digits that change when the data set's declared files do."""
    declared = "\n".join(sorted(file.checksum for file in dataset.files))
    return hashlib.sha256(declared.encode()).hexdigest()[:16]


@cache
def _digest(path: Path, algorithm: str, size: int, mtime_ns: int) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, algorithm).hexdigest()
