"""The training loop: evaluate, get a batch, forward, backward, update; top to bottom in the order it happens."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from statistics import fmean
from time import perf_counter
from typing import Any, Literal

import torch
from torch import Tensor, nn

from optbench.components.dataset import Inputs, Split, Splits
from optbench.components.task import Task
from optbench.errors import PluginError
from optbench.runs.record import Evaluation, Final
from optbench.training.backends import backend_of
from optbench.training.diagnostics import Diagnosis
from optbench.training.evaluation import Score, all_finite, evaluate, evaluation_mode, evenly, switches_weights
from optbench.training.losses import Loss, weighted
from optbench.training.objective import Objective, Predict
from optbench.training.parallel import ProcessGroup
from optbench.training.rates import peak_rates, set_rates
from optbench.training.schedules import Factor
from optbench.training.seeding import Streams, undisturbed
from optbench.training.state import TrainingState
from optbench.training.statistics import BATCHES, batch_norms, statistics_anew


@dataclass(frozen=True)
class Training:
    """All that a training run needs, built and on its device."""

    task: Task
    model: nn.Module
    optimizer: Any
    takes_closure: bool
    create_graph: bool
    objective: Objective
    predict: Predict
    loss: Loss
    splits: Splits
    batches: Callable[[int], Iterator[tuple[Inputs, Tensor]]]
    """The batches from one number on."""
    factor: Factor
    streams: Streams
    group: ProcessGroup
    diagnosis: Diagnosis
    device: torch.device
    sees_test: bool


def train(run: Training, state: TrainingState, on_evaluation: Callable[[Evaluation], None]) -> None:
    """Train from where `state` stands to the end of the task's budget, or to divergence.

    The train clock holds zeroing, forward, backward, clipping and the update, every closure evaluation included; on an
    accelerator the queue is settled into it at evaluation points only. Losses are read back each step on a CPU and
    at evaluation points elsewhere, so that no step waits for one.
    """
    evaluation_steps = run.task.evaluation_steps()
    state.peak_rates = state.peak_rates or peak_rates(run.optimizer)
    batches = run.batches(state.step)
    run.model.train()
    while not state.diverged:
        if state.step in evaluation_steps and not state.is_evaluated:
            evaluate_at(run, state, on_evaluation)
        if state.diverged or state.step == run.task.steps:
            break
        with state.clock.data:
            inputs, targets = next(batches)
        step(run, state, inputs, targets)
    finish(run, state)


def step(run: Training, state: TrainingState, inputs: Inputs, targets: Tensor) -> None:
    """Make one update on a batch: inputs `[B, ...]`, or a tuple of such tensors, and targets `[B, ...]`."""
    started = perf_counter()
    with state.clock.train:
        set_rates(run.optimizer, state.peak_rates, run.factor(state.step))

        def closure() -> Tensor:
            state.gradient_evaluations += 1
            run.streams.forward(state.step)
            run.optimizer.zero_grad()
            loss = loss_of(run, inputs, targets)
            loss.backward(create_graph=run.create_graph)  # type: ignore[no-untyped-call]
            if run.task.clip_norm is not None:
                nn.utils.clip_grad_norm_(run.model.parameters(), run.task.clip_norm)
            run.streams.optimizer(state.step)
            return run.group.mean(loss.detach())

        state.unread.append(update(run.optimizer, closure, run.takes_closure))
        state.step, state.samples = state.step + 1, state.samples + len(targets)
        if backend_of(run.device).synchronous:
            state.read_losses()
    if state.step == 1:
        state.first_step_seconds = perf_counter() - started


def loss_of(run: Training, inputs: Inputs, targets: Tensor) -> Tensor:
    """Return what training minimises, on this process's part of a batch; its mean over all is that of the batch."""
    if run.group.world_size == 1:
        return run.objective(inputs, targets)
    part = run.group.shard(Split(inputs, targets))
    return weighted(run.loss, run.objective(part.inputs, part.targets), part.targets, targets)


def update(optimizer: Any, closure: Callable[[], Tensor], takes_closure: bool) -> Tensor:
    """Do one update of the weights and return the loss; `closure` computes it with its gradients.

    A `step(closure)` may return nothing: the loss is then what its first call of the closure came to.
    """
    if not takes_closure:
        loss = closure()
        optimizer.step()
        return loss
    losses: list[Tensor] = []

    def kept() -> Tensor:
        losses.append(closure())
        return losses[-1]

    returned = optimizer.step(torch.enable_grad()(kept))
    if returned is None and not losses:
        raise PluginError(f"{type(optimizer).__name__}.step(closure) never called the closure and returned no loss")
    return torch.as_tensor(losses[0] if returned is None else returned).detach()


def evaluate_at(run: Training, state: TrainingState, on_evaluation: Callable[[Evaluation], None]) -> None:
    """Measure the weights as they are, on the evaluation clock."""
    state.clock.settle()
    with state.clock.eval:
        state.read_losses()
    if state.diverged:
        return
    with _evaluating(run, state):
        if run.group.is_main:
            point = _evaluation(run, state)
            state.evaluations.append(point)
            on_evaluation(point)
            if not math.isfinite(point.validation_loss):
                state.diverged = f"validation loss {point.validation_loss} after step {state.step}"
            elif run.task.primary == "best":
                state.keep_if_best(_signed(run, point), run.model)
        if state.step == 0:
            state.watch.start(_scale_of_losses(run, state))


def finish(run: Training, state: TrainingState) -> None:
    """Measure the weights that count, the last or the best ones, as the task says."""
    if state.diverged:
        return
    with _evaluating(run, state):
        if not run.group.is_main:
            return
        if not all_finite(run.model):
            state.diverged = f"parameters that are not finite after step {state.step}"
            return
        if state.best is not None:
            run.model.load_state_dict(state.best.weights)
        state.final = _final(run, state, state.best.step if state.best else state.step)


@contextmanager
def _evaluating(run: Training, state: TrainingState) -> Iterator[None]:
    """Evaluation mode, on the evaluation clock.

    Weights that are not those trained get BatchNorm statistics of their own first, on the training clock.
    """
    with ExitStack() as stack:
        stack.enter_context(state.clock.eval)
        stack.enter_context(evaluation_mode(run.model, run.optimizer))
        if switches_weights(run.optimizer) and batch_norms(run.model):
            with state.clock.preparing():
                stack.enter_context(statistics_anew(run.model, lambda: _losses_of_first_batches(run, BATCHES)))
        yield


def _scale_of_losses(run: Training, state: TrainingState) -> float:
    """Return the size of the largest loss of the initial weights: of what is evaluated, and of the first batches.

    Ten of these, more where they have less than ten examples, show how far single losses scatter. Infinite where no
    loss is finite.
    """
    size = run.task.batch_size
    losses = _losses_of_first_batches(run, 1 if size == "full" else max(10, 100 // size))
    for point in state.evaluations:
        losses += [loss for loss in (point.validation_loss, point.train_eval_loss) if loss is not None]
    sizes = [abs(loss) for loss in losses if math.isfinite(loss)]
    return run.group.largest(max(sizes, default=math.inf), run.device)


def _losses_of_first_batches(run: Training, count: int) -> list[float]:
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


def _evaluation(run: Training, state: TrainingState) -> Evaluation:
    task = run.task
    validation = _evaluate(run, evenly(run.splits.validation, task.eval_examples))
    train = _train_split(run, task.eval_examples) if task.optimum or run.sees_test else None
    previous = state.evaluations[-1].step if state.evaluations else 0
    return Evaluation(
        step=state.step,
        samples=state.samples,
        gradient_evaluations=state.gradient_evaluations,
        train_seconds=state.clock.train.seconds,
        data_seconds=state.clock.data.seconds,
        train_loss=fmean(state.losses[previous : state.step]) if state.step else None,
        validation_loss=validation.loss,
        validation_metric=validation.metric,
        train_eval_loss=_evaluate(run, train).loss if train else None,
        diagnostics=run.diagnosis(state.step),
    )


def _final(run: Training, state: TrainingState, step: int) -> Final:
    splits, examples = run.splits, run.task.final_examples
    validation = _evaluate(run, evenly(splits.validation, examples))
    train_eval = _evaluate(run, _train_split(run, examples))
    test = _evaluate(run, evenly(splits.test, examples)) if run.sees_test else None
    last = max(1, round(0.02 * run.task.steps))
    return Final(
        step=step,
        smoothed_train_loss=fmean(state.losses[-last:]),
        train_eval_loss=train_eval.loss,
        train_eval_metric=train_eval.metric,
        validation_loss=validation.loss,
        validation_metric=validation.metric,
        test_loss=test.loss if test else None,
        test_metric=test.metric if test else None,
        test_class_metric=test.by_class if test else (),
    )


def _train_split(run: Training, examples: int | Literal["all"]) -> Split:
    """As many training examples as there are of the validation split; all where the least training loss is known."""
    train, validation = run.splits.train, run.splits.validation
    return train if run.task.optimum else evenly(train, len(evenly(validation, examples)))


def _evaluate(run: Training, split: Split) -> Score:
    return evaluate(run.predict, split, run.loss, run.task.metric)


def _signed(run: Training, point: Evaluation) -> float:
    """The selection metric, lower is better."""
    return -point.validation_metric if run.task.higher_is_better else point.validation_metric
