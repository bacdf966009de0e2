"""The training loop of several runs at once: one gradient computation for all, everything else each to its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from optbench.components.optimizer import Optimizer
from optbench.errors import PluginError
from optbench.runs.record import Evaluation
from optbench.training.backends import backend_of
from optbench.training.clock import Clock
from optbench.training.loop import evaluate_at, finish
from optbench.training.memory import ran_out_of_memory
from optbench.training.rates import peak_rates, set_rates
from optbench.training.side_by_side.gradients import Batch, gradients, hand_out
from optbench.training.side_by_side.stack import Stack
from optbench.training.side_by_side.updates import SharedOptimizer, can_share
from optbench.training.state import TrainingState
from optbench.training.training import Training


@dataclass
class Member:
    """One of the runs, and what it came to."""

    seed: int
    """Members with the same one see the same batches."""
    run: Training
    state: TrainingState
    on_evaluation: Callable[[Evaluation], None]
    error: Exception | SystemExit | None = None
    """What it raised; the others go on."""

    def __post_init__(self) -> None:
        self.state.peak_rates = peak_rates(self.run.optimizer)
        self.run.model.train()

    @property
    def goes_on(self) -> bool:
        """Whether it has neither failed nor diverged."""
        return self.error is None and not self.state.diverged

    def attempt(self, action: Callable[[], object]) -> None:
        """Do something of this member's own; what it raises is kept, unless memory ran out, which concerns all."""
        try:
            action()
        except (Exception, SystemExit) as error:
            if ran_out_of_memory(error):
                raise
            self.error = error

    def evaluate(self) -> None:
        """Measure the weights as they are."""
        self.attempt(lambda: evaluate_at(self.run, self.state, self.on_evaluation))

    def finish(self) -> None:
        """Measure the weights that count."""
        self.attempt(lambda: finish(self.run, self.state))

    def reveal(self) -> None:
        """Raise what it raised."""
        if self.error is not None:
            raise self.error

    def update(self) -> None:
        """Make a step with the gradients that its parameters have."""
        run, state = self.run, self.state
        set_rates(run.optimizer, state.peak_rates, run.factor(state.step))
        run.streams.optimizer(state.step)
        run.optimizer.step()


def train_side_by_side(members: Sequence[Member], component: Optimizer) -> None:
    """Train runs of one task and optimizer, which differ in scalar hyper-parameters and seeds, to their ends.

    A member that diverges or raises leaves; the others do not notice. Raises what the common gradient computation
    raises, and `PluginError` for code that replaces parameters' data or changes settings of torch.
    """
    together = _Together(members, component)
    for step in range(members[0].run.task.steps + 1):
        if step in members[0].run.evaluation_steps:
            together.settle()
            for member in together.members:
                member.evaluate()
        together.leave_behind()
        if not together.members:
            return
        if step < members[0].run.task.steps:
            together.step()
    together.hand_back()
    for member in together.members:
        member.finish()


class _Together:
    """Those who still train."""

    def __init__(self, members: Sequence[Member], component: Optimizer) -> None:
        self.members = list(members)
        self._stack = Stack([member.run.model for member in members])
        self._clock = Clock(members[0].run.device)
        self._globals = _globals()
        self._batches: dict[int, Iterator[Batch]] = {}
        for member in members:
            self._batches.setdefault(member.seed, member.run.batches(0))
        optimizers = [member.run.optimizer for member in members]
        shares = component.elementwise and can_share(optimizers)
        self._shared = SharedOptimizer(optimizers, self._stack, component.lr_ref) if shares else None

    def step(self) -> None:
        """Make one update of each."""
        first, clock = self.members[0], self._clock
        with clock.data:
            of_seed = {seed: next(batches) for seed, batches in self._batches.items()}
            batches = [of_seed[member.seed] for member in self.members]
        with clock.train:
            with clock.gradient:
                losses, found = gradients(first.run, self._stack, batches)
                found = self._clipped(found)
            with clock.update:
                self._update(found)
        self._take(losses, batches)
        if first.state.step == 1:
            self.settle()
            for member in self.members:
                member.state.first_step_seconds = member.state.clock.train.seconds
                member.state.clock.warmed_up()

    def settle(self) -> None:
        """Charge each member with its share of the time, and make sure that it is they who were trained."""
        self._clock.settle()
        for member in self.members:
            member.state.clock.add(self._clock, 1 / len(self.members))
        self._clock = Clock(self.members[0].run.device)
        if not self._stack.is_intact:
            raise PluginError("the optimizer, or the model, replaces the data of parameters")
        if _globals() != self._globals:
            raise PluginError("the optimizer, or the model, changes settings of torch")

    def leave_behind(self) -> None:
        """Go on without those who diverged or failed."""
        kept = [index for index, member in enumerate(self.members) if member.goes_on]
        if len(kept) == len(self.members):
            return
        self.settle()
        self.hand_back()
        self.members = [self.members[index] for index in kept]
        seeds = {member.seed for member in self.members}
        self._batches = {seed: batches for seed, batches in self._batches.items() if seed in seeds}
        if kept:
            self._stack = self._stack.without(kept)
            if self._shared is not None:
                self._shared.keep(kept, self._stack)

    def hand_back(self) -> None:
        """Give the members' optimizers their state, if one did the work of all."""
        if self._shared is not None:
            self._shared.hand_back([member.run.optimizer for member in self.members])

    def _clipped(self, found: dict[str, Tensor | None]) -> dict[str, Tensor | None]:
        """Hand the gradients out where members need them, each clipped to the task's norm."""
        norm = self.members[0].run.task.clip_norm
        if self._shared is None or norm is not None:
            hand_out(self._stack, found)
        if norm is not None:
            for member in self.members:
                nn.utils.clip_grad_norm_(member.run.model.parameters(), norm)
        return found

    def _update(self, found: dict[str, Tensor | None]) -> None:
        first = self.members[0]
        if self._shared is not None:
            self._shared.step(first.run.factor(first.state.step), found)
            return
        for member in self.members:
            member.attempt(member.update)

    def _take(self, losses: Tensor, batches: Sequence[Batch]) -> None:
        """Note each member's loss; where reading it makes nobody wait, look whether it diverges."""
        read = losses.tolist() if backend_of(losses.device).synchronous else None
        for index, (member, (_, targets)) in enumerate(zip(self.members, batches, strict=True)):
            state = member.state
            state.gradient_evaluations += 1
            if member.error is not None:
                continue
            state.step, state.samples = state.step + 1, state.samples + len(targets)
            if read is None:
                state.unread.append(losses[index])
            else:
                state.take_losses([read[index]])


def _globals() -> tuple[object, ...]:
    """Settings of torch that hold for all members."""
    return torch.get_default_dtype(), torch.get_num_threads(), torch.is_grad_enabled(), torch.empty(0).device
