"""Whether a results folder is what it says: readable, in its places, possible, unedited, and complete."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from optbench.errors import ResultsError
from optbench.runs.plausible import impossible
from optbench.runs.record import RunRecord, content_checksum
from optbench.store.completeness import missing
from optbench.store.store import Store, read
from optbench.suite.suite import Suite
from optbench.wording import plural


@dataclass(frozen=True)
class Finding:
    """Something that is not as it should be, and where: a file, or a cell."""

    place: str
    words: str

    def __str__(self) -> str:
        return f"{self.place}: {self.words}"


@dataclass(frozen=True)
class Verified:
    """What was looked at, and all that was found."""

    records: int
    findings: tuple[Finding, ...] = field(default=())


def verify(folder: Path) -> Verified:
    """Examine a results folder; raises `ResultsError` where it is none."""
    store = Store(folder)
    findings: list[Finding] = []

    def unreadable(path: Path, reason: str) -> None:
        findings.append(Finding(str(path.relative_to(folder)), reason))

    suite = _suite(store, findings)
    records = store.records(unreadable)
    for record in records.values():
        findings += _of_record(store, record)
    store.read_timings(unreadable)
    store.read_contours(unreadable)
    for path in sorted(folder.rglob(".*.part")):
        unreadable(path, "is half a file; a process was killed while it wrote, or is writing it now")
    if suite is not None:
        findings += _missing(suite, records)
    return Verified(len(records), tuple(findings))


def _suite(store: Store, findings: list[Finding]) -> Suite | None:
    """Read the suite; one that cannot be read is a finding, and without it nothing is known to be missing."""
    try:
        return store.suite()
    except ResultsError as error:
        if not store.manifest.is_file():
            raise
        findings.append(Finding(store.manifest.name, str(error)))
        return None


def _of_record(store: Store, record: RunRecord) -> Iterator[Finding]:
    path = store.path(record)
    place = str(path.relative_to(store.root))
    if record.checksum and record.checksum != content_checksum(read(path)):
        yield Finding(place, "was edited: its content is not what its checksum says")
    for words in impossible(record):
        yield Finding(place, words)


def _missing(suite: Suite, records: dict[str, RunRecord]) -> Iterator[Finding]:
    for cell, count in missing(suite, records):
        fold = f", fold {cell.fold.index}" if cell.fold else ""
        place = f"{cell.task.name}, {cell.entry.name}, {cell.device}{fold}"
        yield Finding(place, f"{plural(count, 'run')} missing: optbench run has not finished")
