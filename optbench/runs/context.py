"""`ExecutionContext`: what is needed to carry out a campaign's runs besides the runs; names, paths and numbers only."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from optbench.registry.discovery import load_registry
from optbench.registry.registry import Registry


@dataclass(frozen=True)
class ExecutionContext:
    """The same for every run of a campaign: how a worker builds the coordinator's registry, and what runs may use."""

    plugins: tuple[str, ...] = ()
    """Plugin files."""
    distributions: tuple[str, ...] | None = None
    """The installed plugins to load and no other; `None` where a process is to find them itself."""
    search_path: tuple[str, ...] = ()
    """Folders to import from besides a worker's own."""
    folders: tuple[Path, ...] = ()
    """Data folders, in order."""
    diagnostics: tuple[str, ...] = ()
    """What is asked of every run at its evaluation points; no part of what is compared."""
    commit: str = ""
    """Commit of the repository that the campaign was started in."""
    devices: tuple[str, ...] = ("auto",)
    """What `--device` says."""
    jobs: int | None = None
    """Runs at the same time on each kind of device; `None` for as many as there are cores, or GPUs."""
    world_size: int = 1
    """The processes that the most demanding task spreads a run over."""
    timeout: float = 600.0
    """Seconds that one run may take."""
    checkpoints: Path | None = None
    """Folder for the checkpoints of runs that are under way, in a results folder; where that is not there, as on a
    machine that does not share it, there are none."""
    checkpoint_every: float = 60.0
    """Seconds from one checkpoint of a run to the next; 0 for none."""
    memory_limit: int | None = None
    """Bytes of physical memory that the processes of one run, or of a group side by side, may use."""
    notes: tuple[tuple[str, str, str], ...] = ()
    """(optimizer, task, what the records of its runs say besides), found out while planning."""

    def registry(self) -> Registry:
        """Return this process's own registry, built from the same plugins, once."""
        return _registry(self.plugins, self.distributions, self.search_path)


@dataclass(frozen=True)
class Place:
    """Where one run at a time can happen."""

    device: str
    """As torch names it: `cpu`, `cuda:1`."""
    hardware: str
    """The name of the processor or the GPU, as records have it."""


@cache
def _registry(
    plugins: tuple[str, ...], distributions: tuple[str, ...] | None, search_path: tuple[str, ...]
) -> Registry:
    for folder in search_path:
        if folder not in sys.path:
            sys.path.append(folder)
    return load_registry(plugins, distributions)
