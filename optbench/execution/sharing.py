"""`Sharing`: several coordinators on one results folder, each of which carries out other cells.

To a campaign other coordinators look like places where runs are carried out: a run of a cell that another one has
claimed is done once its record is in the folder.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from time import monotonic
from types import TracebackType
from typing import Self

from optbench.errors import ResultsError
from optbench.execution.campaign import Group, Submit
from optbench.runs.record import RunRecord, RunStatus
from optbench.store.claims import Claims
from optbench.store.store import Store

POLL = 1.0
"""Seconds from one look at what others do to the next."""
FOLLOW_UP = 0.02
"""Seconds that a cell has to ask for more runs before another cell is claimed."""

Records = tuple[RunRecord, ...]


@dataclass
class _Unit:
    """A group of runs, with the future of its records and those that are found already."""

    specs: Group
    future: Future[Records] = field(default_factory=Future)
    found: dict[str, RunRecord] = field(default_factory=dict)

    @property
    def left(self) -> Group:
        """The runs whose records are not there."""
        return tuple(spec for spec in self.specs if spec.run_id not in self.found)

    def add(self, records: Iterable[RunRecord]) -> None:
        """Take records; with the last one the group is done."""
        self.found |= {record.run_id: record for record in records}
        if not self.left:
            self.future.set_result(tuple(self.found[spec.run_id] for spec in self.specs))


Waiting = dict[Path, list[_Unit]]


class Sharing:
    """Has the runs of cells carried out that this coordinator has claimed, and waits for the records of the others.

    A cell is claimed when fewer runs are in the executor than `enough` says, so that others find some to do.
    """

    def __init__(
        self,
        store: Store,
        submit: Submit,
        enough: Callable[[], int],
        note: Callable[[str], None],
        finished: Iterable[Path] = (),
    ) -> None:
        self._store, self._submit, self._enough, self._note = store, submit, enough, note
        self._places = tuple(finished)
        self._claims = Claims(store.root)
        self._waiting: Waiting = {}
        self._tried: dict[Path, float] = {}
        self._in_flight: set[Future[Records]] = set()
        self._lock = threading.RLock()
        self._advancing = False
        self._news, self._closed = threading.Event(), False
        self._thread = threading.Thread(target=self._watch, name="optbench-sharing", daemon=True)
        self.of_others: set[str] = set()
        """Ids of the runs whose records came from other coordinators."""

    def __enter__(self) -> Self:
        self._claims.open()
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Give up what is claimed; others go on where the campaign was interrupted."""
        self._closed = True
        self._news.set()
        self._thread.join()
        self._claims.close(self._places if kind is None else ())

    def submit(self, groups: Iterable[Group]) -> Iterator[Future[Records]]:
        """Have runs carried out, here or by another coordinator, and yield the future of each group's records."""
        for group in groups:
            unit = _Unit(group)
            with self._lock:
                self._waiting.setdefault(self._store.cell(group[0]), []).append(unit)
            self._advance()
            yield unit.future

    def _watch(self) -> None:
        while not self._closed:
            if self._news.wait(POLL):
                self._news.clear()
                threading.Event().wait(FOLLOW_UP)
            try:
                self._claims.beat()
                self._read_others()
                self._advance()
            except OSError as error:
                where = str(self._store.root)
                self._fail(ResultsError(f"{where!r} cannot be read: {error.strerror or error}; run it again to go on"))
            except Exception as error:
                self._fail(error)

    def _advance(self) -> None:
        """Have the executor carry out what waits in cells that are claimed, and claim more while it lacks work."""
        with self._lock:
            if self._advancing:
                return
            self._advancing = True
        try:
            for place in tuple(self._waiting):
                if not self._closed and self._may_claim(place):
                    self._hand_over(place)
        finally:
            self._advancing = False
            self._news.set()  # for what came meanwhile

    def _may_claim(self, place: Path) -> bool:
        if self._claims.holds(place):
            return True
        if len(self._in_flight) >= self._enough() or monotonic() - self._tried.get(place, -POLL) < POLL:
            return False
        if self._claims.take(place):
            return True
        if not self._tried:
            self._note("another optbench run is at work in this folder: the two share what is to do")
        self._tried[place] = monotonic()
        return False

    def _hand_over(self, place: Path) -> None:
        """Submit what waits in a cell, but for runs that were recorded before it was claimed."""
        with self._lock:
            units = self._unrecorded(place, self._waiting.pop(place, []))
        for unit, real in zip(units, self._submit([unit.left for unit in units]), strict=True):
            self._in_flight.add(real)
            real.add_done_callback(partial(self._done, unit))

    def _done(self, unit: _Unit, real: Future[Records]) -> None:
        with self._lock:
            self._in_flight.discard(real)
        if real.cancelled():
            unit.future.cancel()
        elif error := real.exception():
            unit.future.set_exception(error)
        else:
            unit.add(real.result())
        self._news.set()

    def _read_others(self) -> None:
        """Take the records that others have written of what waits here."""
        with self._lock:
            for place in [place for place in self._waiting if place in self._tried]:
                left = self._unrecorded(place, self._waiting.pop(place, []))
                if left:
                    self._waiting[place] = left

    def _unrecorded(self, place: Path, units: list[_Unit]) -> list[_Unit]:
        """Return the units that have runs left, after what is recorded has been taken."""
        there = {path.stem for path in place.parent.glob("*.json")}
        for unit in units:
            found = [self._store.find(spec) for spec in unit.left if spec.run_id in there]
            # Where a run was skipped its cell has recovered: it is run after all.
            records = [record for record in found if record and record.status is not RunStatus.SKIPPED]
            self.of_others |= {record.run_id for record in records}
            if records:
                unit.add(records)
        return [unit for unit in units if unit.left]

    def _fail(self, error: Exception) -> None:
        with self._lock:
            waiting, self._waiting = self._waiting, {}
        for unit in (unit for units in waiting.values() for unit in units):
            unit.future.set_exception(error)
