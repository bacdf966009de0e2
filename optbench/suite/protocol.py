"""What a cell still owes: a pure function of the protocol, the cell, and its records.

`replay` walks through the protocol from its beginning, looking up each run it asks for among the records. Where one
is missing it stops there: what it asked for and did not find is owed. Nothing else holds state, so that resuming,
recovering from a crash, several shards, and adding an optimizer are all the same thing: ask again.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from statistics import median

from optbench.runs.record import RunRecord, RunStatus
from optbench.runs.spec import Phase, RunSpec
from optbench.suite.suite import Cell, Entry, Protocol

PROBES = 3
"""A cell whose first runs all break (raise, crash, hang) is given up after so many of them."""


@dataclass(frozen=True)
class Progress:
    """Where a cell stands under its protocol.

    `asked` are all the runs that the protocol asks for so far, in order; `owed` those of them without a record;
    `skip` those that are to be recorded as skipped without being run. `chosen` is the learning rate selected, once it
    is; `edge` whether it is still at the end of the grid; `expected` the number of runs the cell will have had in
    the end if no grid is extended further.
    """

    asked: tuple[RunSpec, ...]
    owed: tuple[RunSpec, ...]
    skip: tuple[RunSpec, ...] = ()
    chosen: float | None = None
    edge: bool = False
    expected: int = 0


class _Pending(Exception):
    """The walk has reached runs that are not recorded yet."""


class _GivenUp(Exception):
    """The cell has no successful trial: its report runs are skipped."""


def replay(protocol: Protocol, cell: Cell, records: Mapping[str, RunRecord]) -> Progress:
    """Return where `cell` stands, given the records of its runs by run id (others are ignored)."""
    walk = _Walk(cell, records)
    chosen, edge, skipped = None, False, False
    try:
        chosen, edge = _STAGES[protocol.name](protocol, walk)
        walk.ask((chosen, seed, "report") for seed in protocol.seeds_to_report(cell.fold))
    except _Pending:
        pass
    except _GivenUp:
        skipped = True
        for seed in protocol.seeds_to_report(cell.fold):
            walk.add(cell.entry.lr_ref, seed, "report")
    missing = tuple(spec for run_id, spec in walk.asked.items() if run_id not in (records if skipped else walk.results))
    return Progress(
        asked=tuple(walk.asked.values()),
        owed=() if skipped else missing,
        skip=missing if skipped else (),
        chosen=None if chosen is None else round_lr(chosen),
        edge=edge,
        expected=max(len(walk.asked), 0 if skipped else _expected(protocol, walk)),
    )


def initial_grid(protocol: Protocol, entry: Entry) -> list[float]:
    """Learning rates that every cell of an entry tries at first, ascending: nine over four decades by default."""
    if entry.lr_grid:
        return sorted(set(entry.lr_grid))
    half = protocol.decades * protocol.points_per_decade / 2
    return [entry.lr_ref * 10 ** ((i - half) / protocol.points_per_decade) for i in range(protocol.grid_size)]


def round_lr(lr: float) -> float:
    """Round to four significant digits, so that two platforms agree on a run's identity."""
    return float(f"{lr:.3e}")


class _Walk:
    """The runs asked for so far, and what is recorded of them.

    A skipped run has no result: if its cell has recovered, after a retry, it is to be run after all.
    """

    def __init__(self, cell: Cell, records: Mapping[str, RunRecord]) -> None:
        self.cell = cell
        self.results = {k: record for k, record in records.items() if record.status is not RunStatus.SKIPPED}
        self.asked: dict[str, RunSpec] = {}

    def ask(self, runs: Iterable[tuple[float, int, Phase]]) -> list[RunRecord]:
        """Ask for runs given as (lr, seed, phase); raises `_Pending` unless all are recorded."""
        ids = [self.add(lr, seed, phase) for lr, seed, phase in runs]
        if any(run_id not in self.results for run_id in ids):
            raise _Pending
        return [self.results[run_id] for run_id in ids]

    def add(self, lr: float, seed: int, phase: Phase) -> str:
        """Add a run to those asked for and return its id."""
        spec = self.cell.spec(round_lr(lr), seed, phase)
        run_id = spec.run_id
        self.asked.setdefault(run_id, spec)
        return run_id


def _defaults(protocol: Protocol, walk: _Walk) -> tuple[float, bool]:
    return walk.cell.entry.lr_ref, False


def _lr_grid(protocol: Protocol, walk: _Walk) -> tuple[float, bool]:
    grid = initial_grid(protocol, walk.cell.entry)
    first, *others = protocol.tune_seeds
    _probe(grid, first, walk)
    extensions = 0 if walk.cell.entry.lr_grid else protocol.edge_extensions
    for extensions_left in range(extensions, -1, -1):
        tried = walk.ask((lr, first, "tune") for lr in grid)
        scores = {lr: [score(record)] for lr, record in zip(grid, tried, strict=True)}
        winner = _best(scores, grid)[0]
        if math.isinf(scores[winner][0]) and any(record.status.unexpected for record in tried):
            raise _GivenUp
        if not (extensions_left and _at_edge(winner, grid)):
            if math.isinf(scores[winner][0]):
                raise _GivenUp
            finalists = _best(scores, grid)[: protocol.finalists]
            looks = [(lr, seed) for seed in others for lr in finalists]
            for (lr, _), record in zip(looks, walk.ask((lr, s, "tune") for lr, s in looks), strict=True):
                scores[lr].append(score(record))
            winner = _best({lr: scores[lr] for lr in finalists}, grid)[0]
        if not (extensions_left and _at_edge(winner, grid)):
            break
        grid = _extended(grid, winner, protocol)
    if math.isinf(median(scores[winner])):
        raise _GivenUp
    return winner, _at_edge(winner, grid)


def _probe(grid: list[float], seed: int, walk: _Walk) -> None:
    """Run single trials, from the middle of the grid, until one does not break; give up after `PROBES`."""
    middle = len(grid) // 2
    for lr in [grid[middle], *grid[:middle], *grid[middle + 1 :]][:PROBES]:
        (record,) = walk.ask([(lr, seed, "tune")])
        if not record.status.unexpected:
            return
    raise _GivenUp


def score(record: RunRecord) -> float:
    """What selection minimises: the final validation metric, sign-normalised; infinite for a run without one."""
    if record.status is not RunStatus.COMPLETED or record.final is None or math.isnan(record.final.validation_metric):
        return math.inf
    value = record.final.validation_metric
    return -value if record.spec.task.higher_is_better else value


def _best(scores: Mapping[float, list[float]], grid: list[float]) -> list[float]:
    """Learning rates from best to worst median; ties within 1e-12 relative go to the smaller rate."""
    medians = {lr: median(values) for lr, values in scores.items()}
    return sorted(scores, key=lambda lr: (float(f"{medians[lr]:.12e}"), grid.index(lr)))


def _at_edge(lr: float, grid: list[float]) -> bool:
    return len(grid) > 1 and lr in (grid[0], grid[-1])


def _extended(grid: list[float], winner: float, protocol: Protocol) -> list[float]:
    """Add points on the winner's side of the grid."""
    factor = 10 ** (1 / protocol.points_per_decade)
    steps = range(1, protocol.edge_points + 1)
    if winner == grid[0]:
        return [winner / factor**i for i in reversed(steps)] + grid
    return grid + [winner * factor**i for i in steps]


def _expected(protocol: Protocol, walk: _Walk) -> int:
    report = len(protocol.seeds_to_report(walk.cell.fold))
    if protocol.name == "defaults":
        return report
    tried = {spec.lr for spec in walk.asked.values() if spec.phase == "tune"}
    grid = max(len(initial_grid(protocol, walk.cell.entry)), len(tried))
    second_looks = min(protocol.finalists, grid) * (len(protocol.tune_seeds) - 1)
    return grid + second_looks + report


_STAGES = {"lr-grid": _lr_grid, "kfold": _lr_grid, "defaults": _defaults}
