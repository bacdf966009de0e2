"""`Surroundings`: what a worker needs to know besides the run it is given; names and paths only."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Surroundings:
    """The same for every run of a campaign, and how a worker builds the same registry as the coordinator."""

    plugins: tuple[str, ...] = ()
    """Plugin files."""
    folders: tuple[Path, ...] = ()
    """Data folders, in order."""
    search_path: tuple[str, ...] = ()
    """Folders to import from besides a worker's own."""
    commit: str = ""
    """Commit of the repository that the campaign was started in."""
    distributions: tuple[str, ...] | None = None
    """The installed plugins to load and no other; none where a process is to find them itself."""
    diagnostics: tuple[str, ...] = ()
    """What is asked of every run at its evaluation points; no part of what is compared."""
