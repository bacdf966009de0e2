"""`Store`: a results folder. One atomic JSON file per run; only coordinators write.

<root>/suite.json                              the resolved suite: what the report reads
<root>/runs/<task>/<optimizer>/<run_id>.json   one record per run
<root>/runs/<task>/<optimizer>/.….claim        which coordinator carries out a cell (see `store.claims`)
<root>/coordinators/                           those that are at work
<root>/timings/<task>/<device>-….json          what `optbench time` measured, a file for each call
<root>/contours/<task>.json                    the task's test function as numbers
<root>/checkpoints/<run_id>.pt                 where a long run is: it goes on from there (see `execution.checkpoints`)
<root>/attempts/<task>/<optimizer>/…           records replaced by --retry, and unreadable files
<root>/report/                                 the last report
"""

from __future__ import annotations

import contextlib
import os
import re
import stat
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from optbench.errors import ResultsError
from optbench.garbage import no_garbage_collection
from optbench.runs import timing as timings
from optbench.runs.contours import Contours
from optbench.runs.record import SCHEMA_VERSION, RunRecord
from optbench.runs.spec import RunSpec
from optbench.runs.timing import Timing
from optbench.store.orphans import MARK, is_orphan, mark
from optbench.suite.fields import in_brackets
from optbench.suite.suite import Suite

LARGEST_FILE = 256 * 2**20
"""Bytes of a file in a results folder that is read."""
_CHECKPOINT = re.compile(r"[0-9a-f]{16}\.pt")
_UNFINISHED = re.compile(rf"\..+\.{MARK.pattern}\.part")


class Store:
    """The records of one campaign on disk."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.manifest = root / "suite.json"
        self.runs = root / "runs"
        self.timings = root / "timings"
        self.contours = root / "contours"
        self.checkpoints = root / "checkpoints"
        self.attempts = root / "attempts"

    def open(self, suite: Suite, extend: bool) -> Suite:
        """Make the folder ready for `suite`, or for what `joined` returns of it, and return the campaign it now holds.

        Raises `ResultsError` where the folder cannot be written or belongs to another campaign.
        """
        suite = self.joined(suite, extend)
        self._remove_unfinished()
        self.write(self.manifest, suite.model_dump_json(indent=2) + "\n")
        return suite

    def joined(self, suite: Suite, extend: bool) -> Suite:
        """Return the campaign that the folder would hold: `suite`, and with `extend` what it had beside that.

        Then tasks, optimizers and devices that the folder already had are kept beside those of `suite`.
        Raises `ResultsError` where the folder belongs to another campaign.
        """
        before = self._before(extend)
        if before is not None:
            if (before.name, before.profile) != (suite.name, suite.profile):
                raise ResultsError(
                    f"{str(self.root)!r} holds suite {before.name!r} with profile {before.profile!r}, not "
                    f"{suite.name!r} with {suite.profile!r}; choose another folder with --results"
                )
            if extend:
                return extended(before, suite)
        return suite

    def suite(self) -> Suite:
        """Read the manifest; raises `ResultsError` where there is none or it cannot be read."""
        try:
            suite = Suite.model_validate_json(read(self.manifest))
        except FileNotFoundError as error:
            inside = ", ".join(sorted(str(found.parent) for found in self.root.glob("*/suite.json")))
            hint = f"; did you mean one of: {inside}?" if inside else ""
            raise ResultsError(f"{str(self.root)!r} is no results folder: it has no suite.json{hint}") from error
        except OSError as error:
            raise ResultsError(f"{str(self.manifest)!r} cannot be read: {error.strerror or error}") from error
        except ValidationError as error:
            raise ResultsError(
                f"{str(self.manifest)!r} is damaged or of another version of optbench; "
                "run the whole suite again: its records are kept"
            ) from error
        if unknown := [planned.task.name for planned in suite.tasks if not planned.task.is_judged]:
            raise ResultsError(f"{str(self.manifest)!r} does not say what the metrics of {unknown[0]!r} declare")
        return suite

    def _before(self, needed: bool) -> Suite | None:
        """Read the manifest that is to be replaced; one that cannot be read is no loss unless it is `needed`."""
        if not self.manifest.exists():
            return None
        try:
            return self.suite()
        except ResultsError:
            if needed:
                raise
            return None

    def _remove_unfinished(self) -> None:
        """Remove the files that processes of this machine were writing when they were killed."""
        for path in self.root.rglob(".*.part"):
            name = _UNFINISHED.fullmatch(path.name)
            if name and is_orphan(name):
                path.unlink(missing_ok=True)

    def add(self, record: RunRecord) -> None:
        """Write one record, atomically; raises `ResultsError` where that fails."""
        self.write(self.path(record), record.sealed().model_dump_json(indent=1) + "\n")

    def records(self, unreadable: Callable[[Path, str], None]) -> dict[str, RunRecord]:
        """Read all records by run id; what cannot be read is handed to `unreadable` with the reason."""
        with no_garbage_collection():
            return {record.run_id: record for record in self.each(unreadable)}

    def outcomes(self, unreadable: Callable[[Path, str], None]) -> dict[str, RunRecord]:
        """Do as `records`, but keep of each only what a campaign remembers of it: `RunRecord.outcome`."""
        with no_garbage_collection():
            return {record.run_id: record.outcome for record in self.each(unreadable)}

    def paths(self) -> list[Path]:
        """Return where the records lie, each in a file that is named after its run id, without reading any."""
        return sorted(self.runs.glob("*/*/*.json"))

    def each(self, unreadable: Callable[[Path, str], None]) -> Iterator[RunRecord]:
        """Read one record after the other; what cannot be read is handed to `unreadable` with the reason."""
        shared: dict[str, Any] = {}
        for path in self.paths():
            if record := self.record(path, unreadable, shared):
                yield record

    def record(
        self, path: Path, unreadable: Callable[[Path, str], None], shared: dict[str, Any] | None = None
    ) -> RunRecord | None:
        """Read one record; none where it cannot be read, which is handed to `unreadable` with the reason.

        What is in `shared`, where it is given, is equal in many records: it is there once for all that are read so.
        """
        record = _parsed(path, RunRecord, unreadable, shared)
        if record is None:
            return None
        if reason := self._misplaced(record, path):
            unreadable(path, reason)
            return None
        return record

    def _misplaced(self, record: RunRecord, path: Path) -> str:
        """Say why a record cannot be what its name says; empty where it can."""
        if record.schema_version != SCHEMA_VERSION:
            return f"is of schema version {record.schema_version}, not {SCHEMA_VERSION}"
        if not record.spec.task.is_judged:
            return "does not say what its task's metrics declare"
        if record.run_id != record.spec.run_id:
            return f"was edited: what it describes is run {record.spec.run_id}, not {record.run_id}"
        if path.parts[-3:] != (record.spec.task.name, record.spec.optimizer, f"{record.run_id}.json"):
            return f"is not in its place, {self.path(record).relative_to(self.root)}"
        return ""

    def add_timing(self, timing: Timing) -> Path:
        """Write what steps took beside what was measured before, and return where it is."""
        moment = re.sub(r"\W", "", timing.started.partition("+")[0])
        path = self.timings / timing.task / f"{timing.device}-{timing.machine}-{moment}.json"
        self.write(path, timing.model_dump_json(indent=1) + "\n")
        return path

    def read_timings(self, unreadable: Callable[[Path, str], None]) -> list[Timing]:
        """Read what steps took, the oldest first; what cannot be read is handed to `unreadable` with the reason."""
        found = []
        for path in sorted(self.timings.glob("*/*.json")):
            timing = _parsed(path, Timing, unreadable)
            if timing is None:
                continue
            if timing.schema_version != timings.SCHEMA_VERSION:
                unreadable(path, f"is not a timing of schema version {timings.SCHEMA_VERSION}")
                continue
            found.append(timing)
        return sorted(found, key=lambda timing: timing.started)

    def add_contours(self, task: str, contours: Contours) -> None:
        """Write what the test function of a task is, as numbers."""
        self.write(self.contours / f"{task}.json", contours.model_dump_json() + "\n")

    def read_contours(self, unreadable: Callable[[Path, str], None]) -> dict[str, Contours]:
        """Read test functions by task; what cannot be read is handed to `unreadable` with the reason."""
        found = {path.stem: _parsed(path, Contours, unreadable) for path in sorted(self.contours.glob("*.json"))}
        return {task: contours for task, contours in found.items() if contours is not None}

    def checkpoints_of(self) -> list[str]:
        """Return the ids of the runs that have a checkpoint."""
        names = (path.name for path in self.checkpoints.glob("*.pt") if path.is_file())
        return sorted(name.removesuffix(".pt") for name in names if _CHECKPOINT.fullmatch(name))

    def remove_checkpoints(self, run_ids: Iterable[str]) -> None:
        """Remove what these runs would have gone on from; nothing through a link."""
        if not self.checkpoints.is_symlink():
            for run_id in run_ids:
                with contextlib.suppress(OSError):
                    (self.checkpoints / f"{run_id}.pt").unlink()

    def close(self) -> None:
        """Remove the folder of checkpoints where nothing is left in it."""
        with contextlib.suppress(OSError):
            self.checkpoints.rmdir()

    def set_aside(self, path: Path) -> Path:
        """Move a record's file under `attempts/` without overwriting anything, and return where it is now."""
        folder = self.attempts / path.parent.relative_to(self.runs)
        number = 1
        while (target := folder / f"{path.stem}.{number}.json").exists():
            number += 1
        refuse_outside(target, self.root)
        try:
            folder.mkdir(parents=True, exist_ok=True)
            path.replace(target)
        except OSError as error:
            raise _write_error(target, error) from error
        return target

    def write(self, path: Path, content: str | bytes) -> None:
        """Write a file in the folder; raises `ResultsError` where that fails or a link leads out of the folder."""
        refuse_outside(path, self.root)
        write(path, content)

    def path(self, record: RunRecord) -> Path:
        """Return where a record lies."""
        return self._path(record.spec, record.run_id)

    def find(self, spec: RunSpec) -> RunRecord | None:
        """Read the record of a run; none where it is not there or cannot be read."""
        return self.record(self._path(spec, spec.run_id), lambda path, reason: None)

    def cell(self, spec: RunSpec) -> Path:
        """Return where the claims of a run's cell lie (see `store.claims`)."""
        fold = f"-{spec.fold.index}" if spec.fold else ""
        return self.runs / spec.task.name / spec.optimizer / f".{spec.device}{fold}"

    def _path(self, spec: RunSpec, run_id: str) -> Path:
        return self.runs / spec.task.name / spec.optimizer / f"{run_id}.json"


M = TypeVar("M", bound=BaseModel)


def _parsed(
    path: Path, model: type[M], unreadable: Callable[[Path, str], None], shared: dict[str, Any] | None = None
) -> M | None:
    """Read a file as a model; one that cannot be read is handed to `unreadable` with the reason."""
    try:
        return model.model_validate_json(read(path), context=shared)
    except ValidationError as error:
        details = error.errors()[0]
        place, rule = in_brackets(details["loc"]), details["msg"].removeprefix("Value error, ")
        unreadable(path, f"{place}: {rule}" if place else rule)
    except OSError as error:
        unreadable(path, error.strerror or str(error))
    return None


def read(path: Path) -> bytes:
    """Read a regular file; raises `OSError` for what is none or has more than `LARGEST_FILE` bytes."""
    found = path.stat()
    if not stat.S_ISREG(found.st_mode):
        raise OSError("is no regular file")
    if found.st_size > LARGEST_FILE:
        raise OSError(f"is larger than {LARGEST_FILE // 2**20} MB")
    return path.read_bytes()


def refuse_outside(path: Path, root: Path) -> None:
    """Raise `ResultsError` where a link on the way from a folder to a path in it leads out of the folder."""
    folder = path.parent if not path.is_dir() else path
    if not folder.resolve().is_relative_to(root.resolve()):
        raise ResultsError(f"{str(path)!r} is not in {str(root)!r}: a link leads out of that folder; remove the link")


def write(path: Path, content: str | bytes) -> None:
    """Write a file so that it is either whole or not there; raises `ResultsError`."""
    unfinished = path.with_name(f".{path.name}.{mark()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with unfinished.open("wb") as file:
            file.write(content.encode() if isinstance(content, str) else content)
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(path)
    except OSError as error:
        with contextlib.suppress(OSError):
            unfinished.unlink(missing_ok=True)
        raise _write_error(path, error) from error


def _write_error(path: Path, error: OSError) -> ResultsError:
    return ResultsError(f"{str(path)!r} cannot be written: {error.strerror}; everything recorded before is kept")


def extended(before: Suite, now: Suite) -> Suite:
    """Return `before` with what `now` adds or redefines, in the order of first appearance."""
    wanted = {t.instead_of or t.task.name: t for t in (*before.tasks, *now.tasks)}
    tasks = {t.task.name: t for t in wanted.values()}
    entries = {entry.name: entry for entry in (*before.optimizers, *now.optimizers)}
    devices = dict.fromkeys((*before.devices, *now.devices))
    changes = {
        "tasks": tuple(tasks.values()),
        "optimizers": tuple(entries.values()),
        "devices": tuple(devices),
        "left_out": tuple(name for name in now.left_out if name not in {*wanted, *entries}),
    }
    return now.model_copy(update=changes)
