"""The checks of tasks: a short run of each, as campaigns do it."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch.utils.flop_counter import FlopCounterMode

from optbench.components.component import resolve
from optbench.components.optimizer import Optimizer
from optbench.components.task import Task
from optbench.data.files import locate
from optbench.runs.context import ExecutionContext
from optbench.runs.spec import RunSpec
from optbench.suite.judged import judged_task
from optbench.testing.check import NotApplicable, Violation, check
from optbench.training.clock import Clock
from optbench.training.contours import misfit
from optbench.training.evaluation import evenly
from optbench.training.loop import train
from optbench.training.prepare import prepare_run
from optbench.training.seeding import seed_everything, seeds_for
from optbench.training.state import TrainingState
from optbench.training.training import Training

CPU = torch.device("cpu")
REFERENCE = "adam"
"""The optimizer that tasks are examined with."""
LEARNING_STEPS = 40
RATES = (1e-2, 1e-3, 1e-1)
LEARNT = 0.99
"""Ratio of late to early losses below which something was learnt."""
EXAMPLES = 256
"""Examples that an evaluation looks at."""
OPERATIONS = 1e11
"""Floating-point operations that a step may take: seconds on one core, forty of which a check makes."""


@dataclass(frozen=True)
class TaskCase:
    """A task with its data on this machine."""

    task: Task
    context: ExecutionContext

    def run(self, steps: int, lr: float = 1e-3) -> tuple[TrainingState, Training]:
        """Train for some steps; returns what the run left behind, and what was trained.

        Raises `NotApplicable` where a step is too long for a check.
        """
        changes = {"steps": steps, "evaluations": 2, "eval_examples": EXAMPLES, "final_examples": EXAMPLES}
        adam: Optimizer = self.context.registry().optimizers[REFERENCE].component
        spec = RunSpec(
            task=self.task.model_copy(update=changes),
            data_checksum="",
            optimizer=REFERENCE,
            component=REFERENCE,
            revisions={},
            hyperparameters={**adam.defaults, "lr": lr},
            schedule=self.task.schedule,
            seed=0,
            phase="report",
            device="cpu",
        )
        training = prepare_run(spec, CPU, self.context)
        _refuse_too_long_steps(training)
        seed_everything(seeds_for(self.task.name, 0).forward)
        state = TrainingState(Clock(CPU))
        train(training, state, lambda point: None)
        return state, training


def task_case(task: Task, context: ExecutionContext) -> TaskCase:
    """Look up what a task names, and look for its data.

    Raises `UsageError` for a name that nothing provides, and `NotApplicable` where the data is not on this machine.
    """
    task = judged_task(task, context.registry())
    dataset = context.registry().datasets[task.dataset].component
    if len(locate(dataset, context.folders)) < len(dataset.files):
        raise NotApplicable(f"data set {dataset.name!r} is not on this machine")
    return TaskCase(task, context)


def _refuse_too_long_steps(training: Training) -> None:
    """A step is taken for three forward passes, and a batch for as many examples."""
    train, task, model = training.splits.train, training.task, training.model
    batch = len(train) if task.batch_size == "full" else task.batch_size
    counter = FlopCounterMode(display=False)
    with torch.no_grad(), counter:
        model.eval()
        training.predict(train.take(slice(1)).inputs)
    model.train()
    operations = 3 * batch * counter.get_total_flops()
    if operations > OPERATIONS:
        raise NotApplicable(
            f"a step takes {operations:.2g} operations; on a CPU, {OPERATIONS:.0g} are enough to wait for"
        )


@check("trains", why="A task that cannot be trained fails in every run of every optimizer.")
def trains(case: TaskCase) -> None:
    """Two steps of Adam give finite losses and metrics; an accuracy lies between 0 and 1."""
    state, _ = case.run(2)
    final = state.final
    if state.diverged or final is None:
        raise Violation(f"it diverges: {state.diverged}")
    measured = (final.train_eval_metric, final.validation_metric, final.test_metric)
    values = [value for value in measured if value is not None]
    if case.task.metric == "accuracy" and not all(0 <= value <= 1 for value in values):
        raise Violation(f"its accuracies are {values}")


@check("initial-loss", why="A loss far above ln C at the start is a saturated output layer, and a lost warm-up.")
def starts_near_the_loss_of_knowing_nothing(case: TaskCase) -> None:
    """With cross entropy over C classes the first loss is within 0.7 of ln C, with CTC within 0.7 a frame of what equal
    logits give; it is never below a known optimum.
    """
    state, training = case.run(1)
    first = state.evaluations[0].validation_loss
    if case.task.optimum is not None:
        lowest = float(resolve(case.task.optimum)(training.splits, training.model))
        if not state.losses[0] >= lowest - 0.5 * abs(lowest):
            raise Violation(f"its first training loss {state.losses[0]:.4g} is far below its optimum {lowest:.4g}")
    elif case.task.loss == "ctc":
        _starts_near_uniform_ctc(first, training)
    elif case.task.loss != "cross_entropy":
        raise NotApplicable("no value to expect is known for its loss")
    elif abs(first - math.log(training.splits.outputs)) > 0.7:
        classes = training.splits.outputs
        raise Violation(f"the first loss is {first:.3f}, ln {classes} is {math.log(classes):.3f}")


def _starts_near_uniform_ctc(first: float, training: Training) -> None:
    """Compare with equal logits of the same shape."""
    validation = evenly(training.splits.validation, EXAMPLES)
    with torch.no_grad():
        uniform = torch.zeros_like(training.predict(validation.inputs))
        expected, frames = float(training.loss(uniform, validation.targets)), uniform.shape[1]
    if abs(first - expected) > 0.7 * frames:
        raise Violation(f"the first loss is {first:.3f}, equal logits over {frames} frames give {expected:.3f}")


@check("determinism", why="The same seed must give the same result, for every optimizer and on every day.")
def is_deterministic(case: TaskCase) -> None:
    """Two runs with one seed give the same losses bit for bit."""
    first, second = (case.run(5)[0].losses for _ in range(2))
    if first != second:
        raise Violation(f"the losses of two runs are {first} and {second}")


@check("learns", why="A task on which nothing is learnt separates no optimizers.")
def learns(case: TaskCase) -> None:
    """At the best of three rates Adam lowers the training loss within 40 steps (or the task's budget)."""
    steps = min(LEARNING_STEPS, case.task.steps)
    window = max(1, steps // 5)
    ratios = {}
    for lr in RATES:
        losses = case.run(steps, lr)[0].losses
        ratios[lr] = sum(losses[-window:]) / sum(losses[:window]) if len(losses) == steps else math.inf
        if ratios[lr] < LEARNT:
            return
    found = ", ".join(f"{ratio:.4g} at {lr:g}" for lr, ratio in ratios.items())
    raise Violation(f"ratio of the last fifth of the losses to the first one: {found}")


@check("targets", why="A target that is reached before the first step says nothing about the optimizer.")
def targets_are_ahead(case: TaskCase) -> None:
    """No validation target is reached by the initial weights."""
    targets = [target for target in case.task.targets if target.on == "validation"]
    if not targets:
        raise NotApplicable("it has no target on the validation metric")
    first = case.run(1)[0].evaluations[0].validation_metric
    sign = 1 if case.task.higher_is_better else -1
    for target in targets:
        if sign * first >= sign * target.value:
            raise Violation(f"target {target.name!r} is {target.value:g}; the initial weights have {first:.4g}")


@check("test-function", why="Paths would be drawn on the contours of another function than the one that is minimised.")
def is_the_training_loss(case: TaskCase) -> None:
    """Its test function has as many parameters as the model and gives the training loss; no minimum is above it."""
    test_function = case.task.test_function
    if test_function is None:
        raise NotApplicable("it has no test function")
    _, training = case.run(1)
    if words := misfit(test_function, training):
        raise Violation(words)


CHECKS = (
    trains,
    starts_near_the_loss_of_knowing_nothing,
    is_deterministic,
    learns,
    targets_are_ahead,
    is_the_training_loss,
)
