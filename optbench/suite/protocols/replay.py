"""What a cell still has to run: a pure function of the protocol, the cell, and its records.

`replay` walks through the protocol from its beginning, looking up each run it asks for among the records. Where one
is missing it stops there: what it asked for and did not find is pending. Nothing else holds state, so that resuming,
recovering from a crash, several shards, and adding an optimizer are all the same thing: ask again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from optbench.runs.record import RunRecord
from optbench.runs.spec import RunSpec
from optbench.suite.cell import Cell
from optbench.suite.protocols.protocol import Protocol
from optbench.suite.protocols.walk import GivenUp, Pending, Walk, round_lr


@dataclass(frozen=True)
class Progress:
    """Where a cell stands under its protocol.

    `requested` are all the runs that the protocol asks for so far, in order; `pending` those of them without a record;
    `skip` those that are to be recorded as skipped without being run. `chosen` is the learning rate selected, once it
    is; `edge` whether it is still at the end of the grid; `expected` the number of runs the cell will have had in
    the end if no grid is extended further.
    """

    requested: tuple[RunSpec, ...]
    pending: tuple[RunSpec, ...]
    skip: tuple[RunSpec, ...] = ()
    chosen: float | None = None
    edge: bool = False
    expected: int = 0


def replay(protocol: Protocol, cell: Cell, records: Mapping[str, RunRecord]) -> Progress:
    """Return where `cell` stands, given the records of its runs by run id (others are ignored)."""
    walk = Walk(cell, records)
    choice, skipped = None, False
    seeds = protocol.seeds_to_report(cell.fold)
    try:
        choice = protocol.choose(walk)
        walk.ask((choice.lr, seed, "report") for seed in seeds)
    except Pending:
        pass
    except GivenUp:
        skipped = True
        for seed in seeds:
            walk.add(cell.entry.lr_ref, seed, "report")
    known = records if skipped else walk.results
    missing = tuple(spec for run_id, spec in walk.requested.items() if run_id not in known)
    tried = {spec.lr for spec in walk.requested.values() if spec.phase == "tune"}
    expected = 0 if skipped else protocol.expected_trials(cell.entry, len(tried)) + len(seeds)
    return Progress(
        requested=tuple(walk.requested.values()),
        pending=() if skipped else missing,
        skip=missing if skipped else (),
        chosen=None if choice is None else round_lr(choice.lr),
        edge=choice is not None and choice.edge,
        expected=max(len(walk.requested), expected),
    )
