"""The training loop: evaluate, get a batch, forward, backward, update; top to bottom in the order it happens."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from statistics import fmean
from time import perf_counter
from typing import Any, Literal

import torch
from torch import Tensor, nn

from optbench.engine.clock import Clock
from optbench.engine.diagnosis import Diagnosis
from optbench.engine.divergence import DivergenceWatch
from optbench.engine.evaluation import Score, all_finite, evaluate, evaluation_mode, evenly
from optbench.engine.losses import Loss
from optbench.engine.objective import Predict
from optbench.engine.parallel import Place
from optbench.engine.schedules import Factor
from optbench.engine.seeding import Streams
from optbench.registry.components import Split, Splits
from optbench.registry.task import Task
from optbench.runs.record import Evaluation, Final


@dataclass(frozen=True)
class Training:
    """All that a training run needs, built and on its device."""

    task: Task
    model: nn.Module
    optimizer: Any
    takes_closure: bool
    create_graph: bool
    objective: Loss
    """(inputs, targets) of a batch to what training minimises."""
    predict: Predict
    loss: Loss
    splits: Splits
    batches: Iterator[tuple[Tensor, Tensor]]
    factor: Factor
    streams: Streams
    place: Place
    diagnosis: Diagnosis
    device: torch.device
    sees_test: bool


@dataclass
class Trace:
    """What a run leaves behind, kept up to date while it runs, so that a run that raises leaves its beginning."""

    clock: Clock
    evaluations: list[Evaluation] = field(default_factory=list)
    losses: list[float] = field(default_factory=list)
    """One training loss per step taken and read back."""
    steps: int = 0
    samples: int = 0
    gradient_evaluations: int = 0
    first_step_seconds: float = 0.0
    diverged: str = ""
    final: Final | None = None


def train(run: Training, trace: Trace, on_evaluation: Callable[[Evaluation], None]) -> None:
    """Train to the end of the task's budget or to divergence, filling in `trace`.

    The train clock holds zeroing, forward, backward, clipping and the update, every closure evaluation included; on an
    accelerator the queue is settled into it at evaluation points only. Losses are read back each step on a CPU and
    at evaluation points elsewhere, so that no step waits for one.
    """
    task, model, optimizer, clock = run.task, run.model, run.optimizer, trace.clock
    evaluation_steps = task.evaluation_steps()
    peak_rates = [group.get("lr") for group in optimizer.param_groups]
    watch = DivergenceWatch()
    unread: list[Tensor] = []
    best: tuple[float, int, dict[str, Tensor]] | None = None

    def closure() -> Tensor:
        trace.gradient_evaluations += 1
        run.streams.forward(step)
        optimizer.zero_grad()
        loss = run.objective(run.place.share(inputs), run.place.share(targets))
        loss.backward(create_graph=run.create_graph)  # type: ignore[no-untyped-call]
        if task.clip_norm is not None:
            nn.utils.clip_grad_norm_(model.parameters(), task.clip_norm)
        run.streams.optimizer(step)
        return run.place.mean(loss.detach())

    def read_losses() -> str:
        losses = torch.stack(unread).tolist() if unread else []
        unread.clear()
        trace.losses += losses
        return watch.look(losses)

    model.train()
    for step in range(task.steps + 1):
        if step in evaluation_steps:
            clock.settle()
            with clock.eval, evaluation_mode(model, optimizer):
                trace.diverged = trace.diverged or read_losses()
                if run.place.leads and not trace.diverged:
                    point = _evaluation(run, trace, step)
                    trace.evaluations.append(point)
                    on_evaluation(point)
                    if not math.isfinite(point.validation_loss):
                        trace.diverged = f"validation loss {point.validation_loss} after step {step}"
                    elif task.primary == "best" and (best is None or _signed(run, point) < best[0]):
                        best = _signed(run, point), step, copy.deepcopy(model.state_dict())
            if trace.diverged:
                return
        if step == task.steps:
            break

        with clock.data:
            inputs, targets = next(run.batches)
        started = perf_counter()
        with clock.train:
            factor = run.factor(step)
            for group, peak in zip(optimizer.param_groups, peak_rates, strict=True):
                if peak is not None:
                    group["lr"] = peak * factor
            unread.append(update(optimizer, closure, run.takes_closure))
            trace.steps, trace.samples = step + 1, trace.samples + len(inputs)
            if run.device.type == "cpu":
                trace.diverged = read_losses()
        if step == 0:
            trace.first_step_seconds = perf_counter() - started
        if trace.diverged:
            return

    if not run.place.leads:
        return
    with clock.eval, evaluation_mode(model, optimizer):
        if not all_finite(model):
            trace.diverged = f"parameters that are not finite after step {task.steps}"
            return
        if best is not None:
            model.load_state_dict(best[2])
        trace.final = _final(run, trace, best[1] if best else task.steps)


def update(optimizer: Any, closure: Callable[[], Tensor], takes_closure: bool) -> Tensor:
    """Do one update of the weights and return the loss; `closure` computes it with its gradients."""
    if takes_closure:
        return torch.as_tensor(optimizer.step(torch.enable_grad()(closure))).detach()
    loss = closure()
    optimizer.step()
    return loss


def _evaluation(run: Training, trace: Trace, step: int) -> Evaluation:
    task = run.task
    validation = _evaluate(run, evenly(run.splits.validation, task.eval_examples))
    train = _train_split(run, task.eval_examples) if task.optimum or run.sees_test else None
    previous = trace.evaluations[-1].step if trace.evaluations else 0
    return Evaluation(
        step=step,
        samples=trace.samples,
        gradient_evaluations=trace.gradient_evaluations,
        train_seconds=trace.clock.train.seconds,
        data_seconds=trace.clock.data.seconds,
        train_loss=fmean(trace.losses[previous:step]) if step else None,
        validation_loss=validation.loss,
        validation_metric=validation.metric,
        train_eval_loss=_evaluate(run, train).loss if train else None,
        diagnostics=run.diagnosis(step),
    )


def _final(run: Training, trace: Trace, step: int) -> Final:
    splits, examples = run.splits, run.task.final_examples
    validation = _evaluate(run, evenly(splits.validation, examples))
    train_eval = _evaluate(run, _train_split(run, examples))
    test = _evaluate(run, evenly(splits.test, examples)) if run.sees_test else None
    last = max(1, round(0.02 * run.task.steps))
    return Final(
        step=step,
        smoothed_train_loss=fmean(trace.losses[-last:]),
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
