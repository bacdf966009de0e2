"""`why`: what would make a recorded run be made again, and whether its suite asks for it at all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from optbench.errors import UnknownName
from optbench.execution.process import WorkerProcess
from optbench.registry.discovery import load_registry
from optbench.repeat import context_of
from optbench.runs.provenance import run_revisions
from optbench.runs.record import RunRecord
from optbench.runs.spec import RunSpec
from optbench.runs.staleness import causes
from optbench.store.find import find_run, results_folders
from optbench.store.store import Store
from optbench.suite.cell import Cell
from optbench.suite.protocols.replay import replay
from optbench.suite.resolve import renewed
from optbench.suite.suite import Suite

DATA_CHECKSUM = "optbench.execution.identity:data_checksum"
TIMEOUT = 120.0
"""Seconds that building a data set may take."""


@dataclass(frozen=True)
class Why:
    """What has become of a recorded run since."""

    run_id: str
    causes: tuple[str, ...] = ()
    """Which parts of its identity have changed, those first that others may follow from."""
    unasked: str = ""
    """Why its suite does not ask for it, where it does not."""

    @property
    def up_to_date(self) -> bool:
        """Whether `optbench run` takes it as it is."""
        return not (self.causes or self.unasked)

    @property
    def sentences(self) -> tuple[str, ...]:
        """The same in lines."""
        if self.unasked:
            return (f"run {self.run_id} is not part of its suite and ignored: {self.unasked}",)
        if self.causes:
            return (f"run {self.run_id} would be made again:", *(f"  {cause}" for cause in self.causes))
        return (f"run {self.run_id} is up to date: optbench run takes it as it is",)


def why(
    run_id: str, results: str | Path = "results", plugins: Sequence[str | Path] = (), data: Path | None = None
) -> Why:
    """Compare a recorded run with what its suite asks for, with the code and the data that are here now.

    `run_id` may be the beginning of one, `results` a results folder or one with several. Raises `UsageError` for a run
    that is not there.
    """
    store, record = find_run(run_id, results_folders(Path(results)))
    suite = renewed(store.suite(), load_registry(plugins))
    then = record.spec
    cell = next((cell for cell in suite.cells() if (*cell.key, cell.fold) == _cell_of(then)), None)
    if cell is None:
        return Why(record.run_id, unasked=_what_is_not_there(then, suite))
    now = cell.spec(then.setting(suite.protocol.tuned(cell.entry)), then.seed, then.phase)
    here, unknown = _here(now, record, plugins, data)
    if changed := (*unknown, *causes(then, here)):
        return Why(record.run_id, changed)
    return Why(record.run_id, unasked=_other_setting_or_seed(record, store, suite, cell))


def _cell_of(spec: RunSpec) -> tuple[object, ...]:
    return spec.task.name, spec.optimizer, spec.device, spec.fold


def _here(
    now: RunSpec, record: RunRecord, plugins: Sequence[str | Path], data: Path | None
) -> tuple[RunSpec, tuple[str, ...]]:
    """Return the run on the data that is here; and what of it is not known or cannot be built."""
    context = context_of(record, plugins, data)
    worker = WorkerProcess()
    try:
        run_revisions(now, load_registry(plugins))
        checksum = worker.call(DATA_CHECKSUM, now.task, context, timeout=TIMEOUT)
    except UnknownName as error:
        return now, (f"a plugin is missing: {error}",)
    except Exception as error:
        return now, (f"data set {now.task.dataset!r} cannot be built here: {error}",)
    finally:
        worker.close()
    return now.model_copy(update={"data_checksum": checksum}), ()


def _what_is_not_there(then: RunSpec, suite: Suite) -> str:
    parts = (
        ("task", then.task.name, [suite_task.task.name for suite_task in suite.tasks]),
        ("optimizer", then.optimizer, [entry.name for entry in suite.optimizers]),
        ("device", then.device, suite.devices),
    )
    missing = [f"no {kind} {name!r}" for kind, name, known in parts if name not in known]
    return f"it has {' and '.join(missing)}" if missing else "its folds are others"


def _other_setting_or_seed(record: RunRecord, store: Store, suite: Suite, cell: Cell) -> str:
    """Say why the protocol does not ask for a run of one of its cells; empty where it does."""
    asked = replay(suite.protocol, cell, store.outcomes(lambda path, reason: None)).requested
    if record.run_id in {spec.run_id for spec in asked}:
        return ""
    then = record.spec
    seeds = {spec.seed for spec in asked if spec.phase == then.phase}
    if then.seed not in seeds:
        return f"its protocol has no {then.phase} run with seed {then.seed}"
    return f"its protocol asks for no {then.phase} run with seed {then.seed} and this setting"
