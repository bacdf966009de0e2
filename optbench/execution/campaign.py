"""Ask each cell what it owes, have it run, ask again."""

from __future__ import annotations

from collections import Counter, defaultdict, deque
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import dataclass

from optbench.runs.record import RunRecord, RunStatus
from optbench.runs.spec import RunSpec
from optbench.suite.cell import Cell
from optbench.suite.protocols.protocol import Protocol
from optbench.suite.protocols.replay import Progress, replay

Submit = Callable[[Iterable[RunSpec]], Iterable[Future[RunRecord]]]
"""Has runs carried out, and returns the future of each record, in their order."""


@dataclass(frozen=True)
class Outlook:
    """How far a campaign is, task by task, as far as is known by now: grids may still be extended."""

    done: Mapping[str, int]
    expected: Mapping[str, int]

    @property
    def left(self) -> dict[str, int]:
        """Runs still to do, by task."""
        return {task: expected - self.done[task] for task, expected in self.expected.items()}


class Campaign:
    """Some cells under a protocol, with the records there are."""

    def __init__(self, protocol: Protocol, cells: Iterable[Cell], records: Mapping[str, RunRecord]) -> None:
        self._protocol = protocol
        self._cells = tuple(cells)
        self._records = dict(records)
        self._progress = [self._stands(cell) for cell in self._cells]

    @property
    def statuses(self) -> Counter[RunStatus]:
        """How many of the runs that were asked for ended how."""
        return Counter(self._records[run_id].status for run_id in self._requested() & self._records.keys())

    @property
    def unasked(self) -> set[str]:
        """The ids of records of no run that the protocol asks for; known once nothing is pending any more."""
        return self._records.keys() - self._requested()

    def unfinished(self) -> list[Cell]:
        """Return the cells that have runs to do."""
        return [cell for cell, progress in zip(self._cells, self._progress, strict=True) if progress.pending]

    def forget(self, statuses: Collection[RunStatus]) -> list[RunRecord]:
        """Drop the records with one of these statuses that the protocol asks for, and return them."""
        dropped = [
            self._records[i] for i in self._requested() & self._records.keys() if self._records[i].status in statuses
        ]
        for record in dropped:
            del self._records[record.run_id]
        self._progress = [self._stands(cell) for cell in self._cells]
        return dropped

    def run(self, submit: Submit) -> Iterator[RunRecord]:
        """Have everything that is pending run, and yield each new record; the caller stores it."""
        in_flight: dict[Future[RunRecord], int] = {}
        submitted: set[str] = set()
        waiting = deque(range(len(self._cells)))

        def settle(futures: Iterable[Future[RunRecord]]) -> Iterator[RunRecord]:
            for future in futures:
                cell = in_flight.pop(future)
                yield from self._added(cell, [future.result()])
                waiting.append(cell)

        while waiting or in_flight:
            if not waiting:
                yield from settle(wait(in_flight, return_when=FIRST_COMPLETED).done)
                continue
            cell = waiting.popleft()
            specs = [spec for spec in self._progress[cell].pending if spec.run_id not in submitted]
            submitted.update(spec.run_id for spec in specs)
            for future in submit(specs) if specs else ():
                in_flight[future] = cell
                # Some are done at once: where submitting carries a run out, it is stored before the next one.
                yield from settle([future for future in in_flight if future.done()])
            progress = self._progress[cell]
            yield from self._added(cell, [_skipped(spec, self._trials(progress)) for spec in progress.skip])

    def outlook(self) -> Outlook:
        """Return how far the campaign is."""
        done: dict[str, int] = defaultdict(int)
        expected: dict[str, int] = defaultdict(int)
        for cell, progress in zip(self._cells, self._progress, strict=True):
            done[cell.task.name] += len(progress.requested) - len(progress.pending) - len(progress.skip)
            expected[cell.task.name] += progress.expected
        return Outlook(done, expected)

    def most(self) -> int:
        """Return how many runs there will be at most: the protocol may ask for more as it goes."""
        undecided = sum(not progress.chosen for progress in self._progress)
        return sum(self.outlook().expected.values()) + self._protocol.most_extra_trials() * undecided

    def _added(self, cell: int, records: Iterable[RunRecord]) -> Iterator[RunRecord]:
        for record in records:
            self._records[record.run_id] = record
            self._progress[cell] = self._stands(self._cells[cell])
            yield record

    def _trials(self, progress: Progress) -> Counter[RunStatus]:
        """Count how a cell's tuning runs ended."""
        return Counter(self._records[s.run_id].status for s in progress.requested if s.run_id in self._records)

    def _requested(self) -> set[str]:
        return {spec.run_id for progress in self._progress for spec in progress.requested}

    def _stands(self, cell: Cell) -> Progress:
        return replay(self._protocol, cell, self._records)


def _skipped(spec: RunSpec, trials: Counter[RunStatus]) -> RunRecord:
    ended = ", ".join(f"{count} {status}" for status, count in trials.items() if status is not RunStatus.SKIPPED)
    reason = f"no setting is usable: {ended}"
    return RunRecord(run_id=spec.run_id, spec=spec, status=RunStatus.SKIPPED, reason=reason)
