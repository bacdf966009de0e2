"""What a cell still has to run: a pure function of the protocol, the cell, and its records.

`replay` walks through the protocol from its beginning, looking up each run it asks for among the records. Where one
is missing it stops there: what it asked for and did not find is pending. Nothing else holds state, so that resuming,
recovering from a crash, several shards, and adding an optimizer are all the same thing: ask again.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import cycle

from optbench.runs.record import RunRecord
from optbench.runs.spec import RunSpec
from optbench.suite.cell import Cell, Setting
from optbench.suite.protocols.protocol import Protocol
from optbench.suite.protocols.walk import Described, GivenUp, Pending, Walk


@dataclass(frozen=True)
class Progress:
    """Where a cell stands under its protocol.

    `requested` are all the runs that the protocol asks for so far, in order; `pending` those of them without a record;
    `skip` those that are to be recorded as skipped without being run. `chosen` are the settings selected, once they
    are; `edge` whether one is still at the edge of what was searched; `expected` the number of runs the cell will have
    had in the end if no grid is extended further.
    """

    requested: tuple[RunSpec, ...]
    pending: tuple[RunSpec, ...]
    skip: tuple[RunSpec, ...] = ()
    chosen: tuple[Setting, ...] = ()
    edge: bool = False
    expected: int = 0


def replay(
    protocol: Protocol, cell: Cell, records: Mapping[str, RunRecord], described: Described | None = None
) -> Progress:
    """Return where `cell` stands, given the records of its runs by run id (others are ignored).

    Whoever asks again and again passes the same dictionary, in which the descriptions of the cell's runs are kept.
    """
    walk = Walk(cell, records, {} if described is None else described)
    seeds = protocol.seeds_to_report(cell.fold)
    winners: Sequence[Setting | None] = ()
    edge = False
    try:
        winners, edge = protocol.choose(walk)
    except Pending:
        pass
    except GivenUp:
        winners = (None,)
    reports = [(walk.add(winner or cell.entry.start, s, "report"), winner) for winner, s in zip(cycle(winners), seeds)]
    skipped = {run_id for run_id, winner in reports if winner is None}
    asked = walk.requested.items()
    tried = {json.dumps(spec.hyperparameters, sort_keys=True) for _, spec in asked if spec.phase == "tune"}
    chosen = tuple(winner for winner in winners if winner is not None)
    expected = 0 if winners else protocol.expected_trials(cell.entry, len(tried)) + len(seeds)
    return Progress(
        requested=tuple(walk.requested.values()),
        pending=tuple(spec for run_id, spec in asked if run_id not in skipped and walk.result(run_id) is None),
        skip=tuple(spec for run_id, spec in asked if run_id in skipped and run_id not in records),
        chosen=chosen,
        edge=edge,
        expected=max(len(walk.requested), expected),
    )
