"""Ask each cell what it owes, have it run, ask again."""

from __future__ import annotations

from collections import Counter, defaultdict, deque
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import dataclass

from optbench.runs.record import RunRecord, RunStatus
from optbench.runs.spec import RunSpec
from optbench.suite.protocol import Progress, replay
from optbench.suite.suite import Cell, Protocol

Submit = Callable[[RunSpec], Future[RunRecord]]


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
        return Counter(self._records[run_id].status for run_id in self._asked() & self._records.keys())

    @property
    def unasked(self) -> int:
        """How many records belong to no run that the protocol asks for; known once nothing is owed any more."""
        return len(self._records.keys() - self._asked())

    def forget(self, statuses: Collection[RunStatus]) -> list[RunRecord]:
        """Drop the records with one of these statuses that the protocol asks for, and return them."""
        dropped = [
            self._records[i] for i in self._asked() & self._records.keys() if self._records[i].status in statuses
        ]
        for record in dropped:
            del self._records[record.run_id]
        self._progress = [self._stands(cell) for cell in self._cells]
        return dropped

    def run(self, submit: Submit) -> Iterator[RunRecord]:
        """Have everything that is owed run, and yield each new record; the caller stores it."""
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
            for spec in self._progress[cell].owed:
                if spec.run_id not in submitted:
                    submitted.add(spec.run_id)
                    in_flight[submit(spec)] = cell
                    # Some are done at once: where submitting carries a run out, it is stored before the next one.
                    yield from settle([future for future in in_flight if future.done()])
            progress = self._progress[cell]
            yield from self._added(cell, [_skipped(spec, self._trials(progress)) for spec in progress.skip])

    def outlook(self) -> Outlook:
        """Return how far the campaign is."""
        done: dict[str, int] = defaultdict(int)
        expected: dict[str, int] = defaultdict(int)
        for cell, progress in zip(self._cells, self._progress, strict=True):
            done[cell.task.name] += len(progress.asked) - len(progress.owed) - len(progress.skip)
            expected[cell.task.name] += progress.expected
        return Outlook(done, expected)

    def most(self) -> int:
        """Return how many runs there will be at most: every grid extended as far as the protocol allows."""
        protocol = self._protocol
        extended = protocol.edge_extensions * (
            protocol.edge_points + protocol.finalists * (len(protocol.tune_seeds) - 1)
        )
        per_cell = 0 if protocol.name == "defaults" else extended
        return sum(self.outlook().expected.values()) + per_cell * sum(p.chosen is None for p in self._progress)

    def _added(self, cell: int, records: Iterable[RunRecord]) -> Iterator[RunRecord]:
        for record in records:
            self._records[record.run_id] = record
            self._progress[cell] = self._stands(self._cells[cell])
            yield record

    def _trials(self, progress: Progress) -> Counter[RunStatus]:
        """Count how a cell's tuning runs ended."""
        return Counter(self._records[s.run_id].status for s in progress.asked if s.run_id in self._records)

    def _asked(self) -> set[str]:
        return {spec.run_id for progress in self._progress for spec in progress.asked}

    def _stands(self, cell: Cell) -> Progress:
        return replay(self._protocol, cell, self._records)


def _skipped(spec: RunSpec, trials: Counter[RunStatus]) -> RunRecord:
    ended = ", ".join(f"{count} {status}" for status, count in trials.items() if status is not RunStatus.SKIPPED)
    reason = f"no learning rate is usable: {ended}"
    return RunRecord(run_id=spec.run_id, spec=spec, status=RunStatus.SKIPPED, reason=reason)
