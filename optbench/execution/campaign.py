"""Ask each cell what it owes, have it run, ask again."""

from __future__ import annotations

import math
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import dataclass

from optbench.garbage import no_garbage_collection
from optbench.runs.record import RunRecord, RunStatus
from optbench.runs.spec import RunSpec
from optbench.suite.cell import Cell
from optbench.suite.protocols.protocol import Protocol
from optbench.suite.protocols.replay import Progress, replay
from optbench.suite.protocols.walk import Described

Group = tuple[RunSpec, ...]
"""Runs that may train side by side: of one cell and phase."""
Submit = Callable[[Iterable[Group]], Iterable[Future[tuple[RunRecord, ...]]]]
"""Has groups of runs carried out, and returns the future of each one's records, in their order."""


SHORT_STEP = 0.002
"""Seconds: runs with shorter steps form groups. Whether they then train side by side is their workers' decision."""
LARGEST = 32
"""Runs of a group at most."""


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
        self._described: list[Described] = [{} for _ in self._cells]
        self._progress = self._all_stand()

    @property
    def statuses(self) -> Counter[RunStatus]:
        """How many of the runs that were asked for ended how."""
        return Counter(self._records[run_id].status for run_id in self._requested() & self._records.keys())

    @property
    def unasked(self) -> set[str]:
        """The ids of records of no run that the protocol asks for; known once nothing is pending any more."""
        return self._records.keys() - self._requested()

    @property
    def pending(self) -> set[str]:
        """The ids of the runs to do, as far as is known by now."""
        return {spec.run_id for progress in self._progress for spec in progress.pending}

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
        if dropped:
            self._progress = self._all_stand()
        return dropped

    def run(self, submit: Submit, workers: int = 1, seconds: Mapping[str, float] | None = None) -> Iterator[RunRecord]:
        """Have everything that is pending run, and yield each new record; the caller stores it.

        `seconds` says how long a run of a task takes, as far as is known. Long ones come first. Those whose steps are
        so short that the program around them takes longer form groups, of a size that leaves each of the `workers`
        something to do.
        """
        known = seconds or {}
        in_flight: dict[Future[tuple[RunRecord, ...]], int] = {}
        submitted: set[str] = set()
        tasks = [cell.task for cell in self._cells]
        waiting = deque(sorted(range(len(tasks)), key=lambda cell: -known.get(tasks[cell].name, math.inf)))

        def size(cell: int) -> int:
            per_step = known.get(tasks[cell].name, math.inf) / tasks[cell].steps
            if per_step >= SHORT_STEP:
                return 1
            owed = sum(len(progress.pending) for progress in self._progress)
            return min(LARGEST, math.ceil(owed / workers))

        def settle(futures: Iterable[Future[tuple[RunRecord, ...]]]) -> Iterator[RunRecord]:
            for future in futures:
                cell = in_flight.pop(future)
                yield from self._added(cell, future.result())
                waiting.append(cell)

        while waiting or in_flight:
            if not waiting:
                yield from settle(wait(in_flight, return_when=FIRST_COMPLETED).done)
                continue
            cell = waiting.popleft()
            specs = [spec for spec in self._progress[cell].pending if spec.run_id not in submitted]
            submitted.update(spec.run_id for spec in specs)
            for future in submit(_groups(specs, size(cell))) if specs else ():
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
            self._records[record.run_id] = record.outcome
            self._progress[cell] = self._stands(cell)
            yield record

    def _trials(self, progress: Progress) -> Counter[RunStatus]:
        """Count how a cell's tuning runs ended."""
        return Counter(self._records[s.run_id].status for s in progress.requested if s.run_id in self._records)

    def _requested(self) -> set[str]:
        return {spec.run_id for progress in self._progress for spec in progress.requested}

    def _all_stand(self) -> list[Progress]:
        with no_garbage_collection():
            return [self._stands(cell) for cell in range(len(self._cells))]

    def _stands(self, cell: int) -> Progress:
        return replay(self._protocol, self._cells[cell], self._records, self._described[cell])


def _groups(specs: Iterable[RunSpec], size: int) -> list[Group]:
    """Divide runs into groups of one phase, as equal as integers are, of a size at most."""
    by_phase: dict[str, list[RunSpec]] = defaultdict(list)
    for spec in specs:
        by_phase[spec.phase].append(spec)
    parts = [(of_phase, math.ceil(len(of_phase) / size)) for of_phase in by_phase.values()]
    return [tuple(of_phase[i::count]) for of_phase, count in parts for i in range(count)]


def _skipped(spec: RunSpec, trials: Counter[RunStatus]) -> RunRecord:
    ended = ", ".join(f"{count} {status}" for status, count in trials.items() if status is not RunStatus.SKIPPED)
    reason = f"no setting is usable: {ended}"
    return RunRecord(run_id=spec.run_id, spec=spec, status=RunStatus.SKIPPED, reason=reason)
