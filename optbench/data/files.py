"""A data set's files on this machine: found and verified, or downloaded."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from optbench.components.dataset import Dataset, RemoteFile
from optbench.data.checksum import verified
from optbench.data.download import download
from optbench.data.folders import VARIABLE, writable
from optbench.errors import DataUnavailable


def locate(dataset: Dataset, folders: Sequence[Path]) -> dict[str, Path]:
    """Map each declared file's `path` to the first verified copy in `folders`, without the network.

    A file of which there is no copy with the right checksum is left out.
    """
    candidates = {file.path: _find(file, folders) for file in dataset.files}
    return {path: found for path, found in candidates.items() if found is not None}


def obtain(dataset: Dataset, folders: Sequence[Path], notify: Callable[[str], None]) -> dict[str, Path]:
    """Map each declared file's `path` to a verified copy, downloading what is missing.

    A missing file goes into the first folder that can be written, a corrupt one, which `notify` is told about
    in one line, is fetched again into its own folder where that can be written.
    Raises `DataUnavailable`, one line, for the first file that cannot be had.
    """
    return {file.path: _find(file, folders) or _fetch(dataset, file, folders, notify) for file in dataset.files}


def _find(file: RemoteFile, folders: Sequence[Path]) -> Path | None:
    return next((folder / file.path for folder in folders if verified(folder / file.path, file.checksum)), None)


def _fetch(dataset: Dataset, file: RemoteFile, folders: Sequence[Path], notify: Callable[[str], None]) -> Path:
    corrupt = [folder for folder in folders if (folder / file.path).exists()]
    if not file.urls:
        raise _by_hand(dataset, file, folders, corrupt)
    for folder in corrupt:
        notify(f"{folder / file.path} is damaged (wrong checksum for data set {dataset.name!r}): fetching it again")
    target = next((folder for folder in (*corrupt, *folders) if writable((folder / file.path).parent)), None)
    try:
        if target is None:
            raise DataUnavailable("none of these folders can be written")
        return download(file, target)
    except DataUnavailable as failure:
        raise DataUnavailable(
            f"data set {dataset.name!r} is not on this machine and cannot be downloaded ({failure})",
            f"put the missing file at {(target or folders[0]) / file.path}, or set {VARIABLE} to a folder that "
            f"holds it as {file.path}",
        ) from None


def _by_hand(dataset: Dataset, file: RemoteFile, folders: Sequence[Path], corrupt: Sequence[Path]) -> DataUnavailable:
    """What to say of a file that nobody offers for download."""
    seen = f"{corrupt[0] / file.path} has another checksum" if corrupt else "it is not on this machine"
    return DataUnavailable(
        f"data set {dataset.name!r} needs {file.path}, which cannot be downloaded, and {seen}",
        f"make it (optbench info {dataset.name}) and put it at {folders[0] / file.path}, or set {VARIABLE} to a folder "
        f"that holds it as {file.path}",
    )
