"""What is measured of a run: at its evaluation points, at its end, and of its initial weights."""

from __future__ import annotations

import itertools
import math
from statistics import fmean
from typing import Literal

import torch

from optbench.components.dataset import Split
from optbench.runs.record import Evaluation, Final, FurtherMetric
from optbench.training.evaluation import Score, evaluate, evenly
from optbench.training.seeding import undisturbed
from optbench.training.state import TrainingState
from optbench.training.training import Training, loss_of


def scale_of_losses(run: Training, state: TrainingState) -> float:
    """Return the size of the largest loss of the initial weights: of what is evaluated, and of the first batches.

    Ten of these, more where they have less than ten examples, show how far single losses scatter. Infinite where no
    loss is finite.
    """
    size = run.task.batch_size
    losses = losses_of_first_batches(run, 1 if size == "full" else max(10, 100 // size))
    for point in state.evaluations:
        losses += [loss for loss in (point.validation_loss, point.train_eval_loss) if loss is not None]
    sizes = [abs(loss) for loss in losses if math.isfinite(loss)]
    return run.group.largest(max(sizes, default=math.inf), run.device)


def losses_of_first_batches(run: Training, count: int) -> list[float]:
    """Return what training minimises on its first batches, at the weights as they are; no stream of the run moves."""
    size, examples = run.task.batch_size, len(run.splits.train)
    if size == "full" or (run.task.sampling == "shuffle" and size >= examples):
        count = 1  # they are all the same
    losses = []
    with torch.no_grad(), undisturbed():
        for number, (inputs, targets) in enumerate(itertools.islice(run.batches(0), count)):
            run.streams.forward(number)
            losses.append(run.group.mean(loss_of(run, inputs, targets)))
    return torch.stack(losses).tolist()


def evaluation(run: Training, state: TrainingState) -> Evaluation:
    """Measure the weights as they are in the middle of a run."""
    task = run.task
    metric = run.metrics[0]
    validation = evaluate(run.predict, evenly(run.splits.validation, task.eval_examples), run.loss, [metric])
    train = _train_split(run, task.eval_examples) if task.optimum or run.is_report else None
    previous = state.evaluations[-1].step if state.evaluations else 0
    return Evaluation(
        step=state.step,
        samples=state.samples,
        gradient_evaluations=state.gradient_evaluations,
        train_seconds=state.clock.train.seconds,
        data_seconds=state.clock.data.seconds,
        train_loss=fmean(state.losses[previous : state.step]) if state.step else None,
        validation_loss=validation.loss,
        validation_metric=validation.metrics[metric.name],
        train_eval_loss=evaluate(run.predict, train, run.loss).loss if train else None,
        diagnostics=run.diagnosis(state.step),
    )


def final(run: Training, state: TrainingState, step: int) -> Final:
    """Measure the weights that count, which are those after `step` steps."""
    splits, examples = run.splits, run.task.final_examples
    selecting, *further = (metric.name for metric in run.metrics)
    validation = _evaluate(run, evenly(splits.validation, examples))
    train_eval = _evaluate(run, _train_split(run, examples)) if run.is_report else None
    test = _evaluate(run, evenly(splits.test, examples)) if run.is_report else None
    last = max(1, round(0.02 * run.task.steps))
    return Final(
        step=step,
        smoothed_train_loss=fmean(state.losses[-last:]),
        train_eval_loss=train_eval.loss if train_eval else None,
        train_eval_metric=train_eval.metrics[selecting] if train_eval else None,
        validation_loss=validation.loss,
        validation_metric=validation.metrics[selecting],
        test_loss=test.loss if test else None,
        test_metric=test.metrics[selecting] if test else None,
        test_class_metric=test.by_class if test else (),
        further_metrics={
            name: FurtherMetric(
                train_eval=train_eval.metrics[name] if train_eval else None,
                validation=validation.metrics[name],
                test=test.metrics[name] if test else None,
            )
            for name in further
        },
    )


def _train_split(run: Training, examples: int | Literal["all"]) -> Split:
    """As many training examples as there are of the validation split; all where the least training loss is known."""
    train, validation = run.splits.train, run.splits.validation
    return train if run.task.optimum else evenly(train, len(evenly(validation, examples)))


def _evaluate(run: Training, split: Split) -> Score:
    return evaluate(run.predict, split, run.loss, run.metrics)


def selection_score(run: Training, point: Evaluation) -> float:
    """Return what selection minimises: the validation metric, lower is better."""
    return -point.validation_metric if run.metrics[0].higher_is_better else point.validation_metric
