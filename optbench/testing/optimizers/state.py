"""An optimizer's state: saved, restored, pickled, moved, its own."""

from __future__ import annotations

import io
import pickle
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch

from optbench.components.optimizer import Optimizer
from optbench.testing.check import NotApplicable, Violation, check
from optbench.testing.optimizers.variants import off_and_on
from optbench.testing.trial import Network, Trial, distance, finite

BEFORE, AFTER = 5, 5
"""Steps before and after an interruption; in the middle of the first ones the learning rate is changed."""
RESTORED = 30
"""Steps after a restoration: last digits that are lost in it may take some to show."""


@check("state-dict", why="A run that is resumed from a checkpoint would differ from one that was never interrupted.")
@off_and_on
def continues_from_its_state_dict(component: Optimizer) -> None:
    """Restored from its `state_dict` in the middle of a run, it continues bit for bit."""
    straight = _half_way(component)
    model, state = _through_a_file((straight.problem.state_dict(), straight.optimizer.state_dict()))
    restored = Trial(component, Network(seed=1))
    restored.problem.load_state_dict(model)
    restored.optimizer.load_state_dict(state)
    restored.steps = straight.steps
    _same(straight, restored.ready(), "after load_state_dict")


@check("pickling", why="Checkpoints, copies and other processes get an optimizer by pickling it.")
@off_and_on
def continues_from_a_pickle(component: Optimizer) -> None:
    """Pickled together with its model in the middle of a run, it continues bit for bit."""
    straight = _half_way(component)
    straight.optimizer.zero_grad()
    straight.problem.hidden = None
    copy = Trial(component, Network(seed=1))
    copy.problem, copy.optimizer = pickle.loads(pickle.dumps((straight.problem, straight.optimizer)))
    copy.steps = straight.steps
    _same(straight, copy, "after pickling")


@check("device-move", why="Models are trained on accelerators and restored on machines that have none.")
@off_and_on
def moves_to_another_device(component: Optimizer) -> None:
    """Restored on an accelerator from a state saved on the CPU, it continues as on the CPU, up to rounding."""
    device = _accelerator()
    if component.closure:
        raise NotApplicable("it evaluates closures, whose rounding its line search may amplify")
    straight = _half_way(component)
    problem = Network()
    problem.load_state_dict(straight.problem.state_dict())
    moved = Trial(component, problem.to(device))
    moved.optimizer.load_state_dict(straight.optimizer.state_dict())
    moved.steps = straight.steps
    start = straight.weights
    apart = distance(straight.run(AFTER).weights, [w.cpu() for w in moved.ready().run(AFTER).weights])
    if apart > 1e-2 * distance(straight.weights, start):
        raise Violation(f"{AFTER} steps on {device} differ from those on the CPU by up to {apart:.3g}")


@check("independence", why="State shared by a class makes one run of a sweep depend on the others.")
@off_and_on
def is_independent_of_others(component: Optimizer) -> None:
    """Another optimizer of the same kind at work beside it changes nothing."""
    alone = Trial(component, Network()).run(BEFORE)
    accompanied = Trial(component, Network())
    other = Trial(component, Network(seed=1), lr=0.5 * component.lr_ref)
    accompanied.run(BEFORE, lambda: _one_more(other))
    if apart := distance(alone.weights, accompanied.weights):
        raise Violation(f"after {BEFORE} steps the weights differ by up to {apart:.3g} from those of a run alone")


@check("determinism", why="A result that the same seed does not give again can be neither trusted nor examined.")
@off_and_on
def is_deterministic(component: Optimizer) -> None:
    """Two runs with the same seeds are equal bit for bit, whatever was in the memory before."""
    first, second = (Trial(component, Network()).run(AFTER).weights for _ in range(2))
    if apart := distance(first, second):
        raise Violation(f"after {AFTER} steps two runs differ by up to {apart:.3g}")
    with _memory_filled_with_nan():
        filled = Trial(component, Network()).run(AFTER).weights
    if not finite(filled) and finite(first):
        raise Violation("it reads numbers from memory that it has not written to (torch.empty instead of torch.zeros)")


@contextmanager
def _memory_filled_with_nan() -> Iterator[None]:
    """Have torch fill what it would leave uninitialised, which is a part of its deterministic mode."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of operations that are not deterministic
        torch.use_deterministic_algorithms(True, warn_only=True)
        try:
            yield
        finally:
            torch.use_deterministic_algorithms(False)


def _half_way(component: Optimizer) -> Trial[Network]:
    trial = Trial(component, Network()).run(BEFORE - 2)
    for group in trial.optimizer.param_groups:
        group["lr"] = 0.5 * group["lr"]
    return trial.run(2)


def _same(straight: Trial[Network], restored: Trial[Network], moment: str) -> None:
    start = distance(straight.weights, restored.weights)
    if start:
        raise Violation(f"{moment} the weights differ by up to {start:.3g}, before any further step")
    for step in range(1, RESTORED + 1):
        if apart := distance(straight.run(1).weights, restored.run(1).weights):
            raise Violation(f"{step} steps {moment} the weights differ by up to {apart:.3g}")


def _one_more(trial: Trial[Network]) -> None:
    trial.run(1)


def _through_a_file(content: Any) -> Any:
    file = io.BytesIO()
    torch.save(content, file)
    file.seek(0)
    return torch.load(file, weights_only=False)


def _accelerator() -> torch.device:
    if torch.cuda.is_available():
        return torch.device("cuda")
    if torch.backends.mps.is_available():
        return torch.device("mps")
    raise NotApplicable("this machine has no accelerator")


CHECKS = (
    continues_from_its_state_dict,
    continues_from_a_pickle,
    moves_to_another_device,
    is_independent_of_others,
    is_deterministic,
)
