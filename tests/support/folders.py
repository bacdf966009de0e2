"""Results folders that are complete in a moment: real suites and records, with made-up numbers in place of training."""

from __future__ import annotations

import math
import random
from collections.abc import Iterable, Iterator
from concurrent.futures import Future
from pathlib import Path

from optbench.components.function import TestFunction
from optbench.components.metric import Measure
from optbench.components.task import Target, Task
from optbench.execution.campaign import Campaign, Group
from optbench.runs.record import Costs, Evaluation, Final, FurtherMetric, RunRecord, RunStatus
from optbench.runs.spec import RunSpec
from optbench.runs.timing import StepTimes, Timing
from optbench.store.store import Store
from optbench.suite.cell import Entry, SuiteTask
from optbench.suite.protocols.lr_grid import LrGrid
from optbench.suite.suite import Suite

TASKS = (
    Task(
        name="surface",
        model="quadratic",
        dataset="quadratic",
        steps=20,
        evaluations=3,
        optimum="optbench.builtin.optima:surface",
        targets=(Target(name="half", value=0.5, on="suboptimality"),),
        test_function=TestFunction(
            function="optbench.builtin.formulas:rosenbrock", window=((-2.0, 2.0), (-1.0, 3.0)), minima=((1.0, 1.0),)
        ),
    ),
    Task(
        name="digits",
        model="mlp",
        dataset="digits",
        metrics=("accuracy", "loss"),
        measures=(
            Measure(name="accuracy", higher_is_better=True, share=True),
            Measure(name="loss", higher_is_better=False),
        ),
        steps=30,
        evaluations=3,
        targets=(Target(name="easy", value=0.5),),
    ),
)
SUITE = Suite(
    name="made-up",
    description="A made-up suite.",
    protocol=LrGrid(
        decades=2, points_per_decade=1, finalists=1, tune_seeds=(0,), report_seeds=(1000, 1001), edge_extensions=0
    ),
    tasks=tuple(SuiteTask(task=task, data_checksum="0", revisions={"model": 1, "dataset": 1}) for task in TASKS),
    optimizers=(
        Entry(name="sgd", component="sgd", lr_ref=0.1, hyperparameters={"momentum": 0.9}),
        Entry(name="adam", component="adam", lr_ref=0.001, hyperparameters={"betas": [0.9, 0.999]}),
    ),
)
ENVIRONMENT = {
    "optbench": "0.1.0",
    "python": "3.12.1",
    "torch": "2.13.0",
    "numpy": "2.2.0",
    "platform": "Linux",
    "cpu": "Imaginary CPU 9000",
    "cores": 2,
    "device_name": "Imaginary CPU 9000",
    "threads": 1,
    "plugins": {"optbench": "0.1.0"},
    "libraries": {"lion": "1.0"},
    "git_commit": "0123456789ab",
    "machine": "a1b2c3d4",
    "said_by_plugins": {"optbench-power": {"power limit": "200 W"}},
    "plugin_notes": ["a plugin said nothing"],
}


def make_folder(root: Path, suite: Suite = SUITE, timed: bool = False) -> Store:
    """Make a results folder in which each run that the suite asks for is recorded."""
    store = Store(root)
    store.open(suite, extend=False)
    for record in Campaign(suite.protocol, suite.cells(), {}).run(submit):
        store.add(record)
    if timed:
        store.add_timing(made_up_timing(suite))
    return store


def submit(groups: Iterable[Group]) -> Iterator[Future[tuple[RunRecord, ...]]]:
    """Have runs carried out in no time."""
    for group in groups:
        future: Future[tuple[RunRecord, ...]] = Future()
        future.set_result(tuple(map(made_up_record, group)))
        yield future


def made_up_record(spec: RunSpec) -> RunRecord:
    """A record as a worker would have made it."""
    rng = random.Random(spec.run_id)
    floor = 0.1 + 0.05 * abs(math.log10(spec.lr / 0.01)) + 0.01 * rng.random()
    steps = spec.task.evaluation_steps()
    points = tuple(_point(spec, step, floor) for step in steps)
    measured = _metric(spec, floor)
    final = Final(
        step=steps[-1],
        smoothed_train_loss=floor,
        train_eval_loss=floor,
        train_eval_metric=measured,
        validation_loss=floor,
        validation_metric=measured,
        test_loss=floor if spec.phase == "report" else None,
        test_metric=measured if spec.phase == "report" else None,
        test_class_metric=(measured, measured / 2) if spec.phase == "report" else (),
        further_metrics={
            name: FurtherMetric(train_eval=measured, validation=measured) for name in spec.task.all_metrics[1:]
        },
    )
    return RunRecord(
        run_id=spec.run_id,
        spec=spec,
        status=RunStatus.COMPLETED,
        notes=("made up",),
        evaluations=points,
        final=final,
        optimum=0.0 if spec.task.optimum else None,
        costs=Costs(
            train_seconds=points[-1].train_seconds,
            data_seconds=0.01,
            eval_seconds=0.02,
            first_step_seconds=0.001,
            schedule_seconds=0.001,
            gradient_seconds=0.01,
            update_seconds=0.005,
            setup_seconds=0.1,
            steps=steps[-1],
            samples=points[-1].samples,
            gradient_evaluations=steps[-1],
            parameters=1000,
            parameter_bytes=4000,
            optimizer_state_bytes=4000,
            peak_resident_bytes=10**8,
            resident_growth_bytes=10**6,
        ),
        started="2026-01-02T03:04:05+00:00",
        environment=ENVIRONMENT,
    )


def made_up_timing(suite: Suite) -> Timing:
    """What `optbench time` would have measured on the first task."""
    cells = [cell for cell in suite.cells() if cell.task == suite.tasks[0].task]
    return Timing(
        suite=suite.name,
        task=cells[0].task.name,
        device="cpu",
        reference="sgd",
        rounds=3,
        warmup=20,
        optimizers=tuple(
            StepTimes(
                spec=suite.protocol.first_run(cell),
                block=10,
                step_seconds=(0.001, 0.0011, 0.0012),
                update_seconds=(0.0005, 0.0006, 0.0005),
                gradient_evaluations=1.0,
            )
            for cell in cells
        ),
        load=0.5,
        cores=2,
        started="2026-01-02T03:04:05+00:00",
        environment=ENVIRONMENT,
    )


def _metric(spec: RunSpec, loss: float) -> float:
    return loss if spec.task.metric == "loss" else max(0.0, 1 - loss)


def _point(spec: RunSpec, step: int, floor: float) -> Evaluation:
    loss = floor + (2.0 - floor) * math.exp(-5 * step / spec.task.steps)
    return Evaluation(
        step=step,
        samples=64 * step,
        gradient_evaluations=step,
        train_seconds=0.001 * step,
        data_seconds=0.0001 * step,
        train_loss=loss if step else None,
        validation_loss=loss,
        validation_metric=_metric(spec, loss),
        train_eval_loss=loss,
        diagnostics={"path.x": 0.1 * step / 10, "path.y": 0.2, "gradient_norm": loss},
    )
