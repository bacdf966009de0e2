"""`Claims`: which coordinator carries out which cells of a folder, on one machine or a shared file system.

A claim is a file that is created exclusively, which file systems without locks can do too, NFS among them. It stands
beside the records of its cell, so that creating it also brings the listing of that folder up to date, and holds the
name of its coordinator, whose own file in `coordinators/` is its heartbeat. Nobody replaces the claim of another: where
a coordinator is gone, the next generation of its claim is created, which again one only can do. Claims of cells that
are finished are removed.
"""

from __future__ import annotations

import contextlib
import os
import uuid
from collections.abc import Iterable
from pathlib import Path
from time import monotonic

from optbench.errors import ResultsError
from optbench.store.orphans import MARK, is_of_this_host, is_orphan, mark

HEARTBEAT = 20.0
"""Seconds from one heartbeat to the next."""
STALE = 900.0
"""Seconds after whose last heartbeat a coordinator of another machine is taken for gone."""


class Claims:
    """The cells that one coordinator carries out. Places are paths: those of claims without generation and ending."""

    def __init__(self, root: Path) -> None:
        self._coordinators = root / "coordinators"
        self._name = f"{mark()}-{uuid.uuid4().hex[:8]}"
        self._held: dict[Path, int] = {}
        self._beaten = monotonic()

    def open(self) -> None:
        """Say that this coordinator is at work; raises `ResultsError` where that cannot be written."""
        self._write(self._coordinators / self._name, "")
        self._remove_dead()

    def beat(self) -> None:
        """Say that it still is."""
        if monotonic() - self._beaten > HEARTBEAT:
            self._beaten = monotonic()
            with contextlib.suppress(OSError):  # the folder may be away for a moment
                os.utime(self._coordinators / self._name)

    def holds(self, place: Path) -> bool:
        """Whether this coordinator has claimed a cell."""
        return place in self._held

    def take(self, place: Path) -> bool:
        """Claim a cell; false where another coordinator has it. Raises `ResultsError` where that cannot be written."""
        if place in self._held:
            return True
        last = max(_generations(place), default=-1)
        owner = _read(_claim(place, last))
        if last >= 0 and not self._is_gone(owner, _claim(place, last)):
            return False
        mine = _claim(place, last + 1)
        if not self._write(mine, self._name):
            return False
        if last >= 0 and _read(_claim(place, last)) != owner:  # it was removed meanwhile: start anew
            mine.unlink(missing_ok=True)
            return False
        self._held[place] = last + 1
        return True

    def close(self, finished: Iterable[Path] = ()) -> None:
        """Give up all cells, and remove the claims of those that are finished."""
        with contextlib.suppress(OSError, ResultsError):
            for place in finished:
                if _generations(place) and self.take(place):
                    for generation in sorted(_generations(place)):
                        _claim(place, generation).unlink(missing_ok=True)
        with contextlib.suppress(OSError):
            self._remove_dead()
            (self._coordinators / self._name).unlink(missing_ok=True)
            self._coordinators.rmdir()  # unless others are at work

    def _remove_dead(self) -> None:
        """Remove the files of coordinators of this machine that were killed."""
        for path in self._coordinators.iterdir():
            if (found := MARK.match(path.name)) and is_orphan(found):
                path.unlink(missing_ok=True)

    def _is_gone(self, owner: str | None, claim: Path) -> bool:
        """Whether a coordinator has ended; one without a name was killed, or has not finished its claim yet."""
        found = MARK.match(owner or "")
        if found and is_of_this_host(found):
            return is_orphan(found) or not self._age(self._coordinators / str(owner))[0]
        there, age = self._age(self._coordinators / owner if owner else claim)
        return age > STALE if there or not owner else True

    def _age(self, path: Path) -> tuple[bool, float]:
        """Whether a file is there, and for how many seconds it has not changed, by the clock of its file system."""
        probe = path.with_name(f".{self._name}.probe")
        try:
            self._write(probe, "")
            return True, probe.stat().st_mtime - path.stat().st_mtime
        except FileNotFoundError:
            return False, 0.0
        finally:
            probe.unlink(missing_ok=True)

    def _write(self, path: Path, content: str) -> bool:
        """Create a file; false where it is there already."""
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("x", encoding="utf-8") as file:
                file.write(content)
        except FileExistsError:
            return False
        except OSError as error:
            raise ResultsError(f"{str(path)!r} cannot be written: {error.strerror}") from error
        return True


def _generations(place: Path) -> list[int]:
    """Return which generations of a claim there are."""
    names = [path.name.removeprefix(f"{place.name}.") for path in place.parent.glob(f"{place.name}.*.claim")]
    return [int(number) for name in names if (number := name.removesuffix(".claim")).isdecimal()]


def _claim(place: Path, generation: int) -> Path:
    return place.with_name(f"{place.name}.{generation}.claim")


def _read(claim: Path) -> str | None:
    try:
        return claim.read_text(encoding="utf-8")
    except OSError:
        return None
