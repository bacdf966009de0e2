"""The training loop: evaluate, get a batch, forward, backward, update; top to bottom in the order it happens."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from time import perf_counter
from typing import Any

import torch
from torch import Tensor, nn

from optbench.components.dataset import Inputs
from optbench.errors import PluginError
from optbench.runs.record import Evaluation
from optbench.training.backends import backend_of
from optbench.training.batchnorm import BATCHES, batch_norms, statistics_anew
from optbench.training.evaluation import all_finite, evaluation_mode, switches_weights
from optbench.training.measurements import evaluation, final, losses_of_first_batches, scale_of_losses, selection_score
from optbench.training.rates import peak_rates, set_rates
from optbench.training.state import TrainingState
from optbench.training.training import Training, loss_of


def train(
    run: Training,
    state: TrainingState,
    on_evaluation: Callable[[Evaluation], None],
    before_step: Callable[[], None] = lambda: None,
) -> None:
    """Train from where `state` stands to the end of the task's budget, or to divergence.

    `before_step` is called where a run can be interrupted: what is due at this step has been evaluated.

    The train clock holds zeroing, forward, backward, clipping and the update, every closure evaluation included; on an
    accelerator the queue is settled into it at evaluation points only. Losses are read back each step on a CPU and
    at evaluation points elsewhere, so that no step waits for one.
    """
    state.memory.look()
    state.peak_rates = state.peak_rates or peak_rates(run.optimizer)
    batches = run.batches(state.step)
    run.model.train()
    while not state.diverged:
        if state.step in run.evaluation_steps and not state.is_evaluated:
            evaluate_at(run, state, on_evaluation)
        if state.diverged or state.step == run.task.steps:
            break
        before_step()
        with state.clock.data:
            inputs, targets = next(batches)
        step(run, state, inputs, targets)
    finish(run, state)


def step(run: Training, state: TrainingState, inputs: Inputs, targets: Tensor) -> None:
    """Make one update on a batch: inputs `[B, ...]`, or a tuple of such tensors, and targets `[B, ...]`."""
    started, clock = perf_counter(), state.clock
    with clock.train:
        with clock.schedule:
            set_rates(run.optimizer, state.peak_rates, run.factor(state.step))

        def closure() -> Tensor:
            state.gradient_evaluations += 1
            with clock.gradient:
                run.streams.forward(state.step)
                run.optimizer.zero_grad()
                loss = loss_of(run, inputs, targets)
                loss.backward(create_graph=run.create_graph)  # type: ignore[no-untyped-call]
                if run.task.clip_norm is not None:
                    nn.utils.clip_grad_norm_(run.model.parameters(), run.task.clip_norm)
                run.streams.optimizer(state.step)
                return run.group.mean(loss.detach())

        state.unread.append(update(run.optimizer, closure, run.takes_closure, clock.update))
        state.step, state.samples = state.step + 1, state.samples + len(targets)
        if backend_of(run.device).synchronous:
            state.read_losses()
    if state.step == 1:
        state.first_step_seconds = perf_counter() - started
        clock.warmed_up()


def update(
    optimizer: Any, closure: Callable[[], Tensor], takes_closure: bool, stopwatch: AbstractContextManager[object]
) -> Tensor:
    """Do one update of the weights, its step on a stopwatch, and return the loss; `closure` computes it with gradients.

    A `step(closure)` may return nothing: the loss is then what its first call of the closure came to.
    """
    if not takes_closure:
        loss = closure()
        with stopwatch:
            optimizer.step()
        return loss
    losses: list[Tensor] = []

    def kept() -> Tensor:
        losses.append(closure())
        return losses[-1]

    with stopwatch:
        returned = optimizer.step(torch.enable_grad()(kept))
    if returned is None and not losses:
        raise PluginError(f"{type(optimizer).__name__}.step(closure) never called the closure and returned no loss")
    return torch.as_tensor(losses[0] if returned is None else returned).detach()


def evaluate_at(run: Training, state: TrainingState, on_evaluation: Callable[[Evaluation], None]) -> None:
    """Measure the weights as they are, on the evaluation clock."""
    state.clock.settle()
    state.memory.look()
    with state.clock.eval:
        state.read_losses()
    if state.diverged:
        return
    with _evaluating(run, state):
        if run.group.is_main:
            point = evaluation(run, state)
            state.evaluations.append(point)
            on_evaluation(point)
            if not math.isfinite(point.validation_loss):
                state.diverged = f"validation loss {point.validation_loss} after step {state.step}"
            elif run.task.primary == "best":
                state.keep_if_best(selection_score(run, point), run.model)
        if state.step == 0:
            state.watch.start(scale_of_losses(run, state))


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
        state.final = final(run, state, state.best.step if state.best else state.step)


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
                stack.enter_context(statistics_anew(run.model, lambda: losses_of_first_batches(run, BATCHES)))
        yield
