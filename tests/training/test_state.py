"""A run that is stopped and restored in fresh objects goes on bit for bit."""

from __future__ import annotations

import copy
import dataclasses
import itertools
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from optbench.training.clock import Clock
from optbench.training.loop import train
from optbench.training.seeding import seed_everything
from optbench.training.state import TrainingState
from optbench.training.training import Training
from tests.training.test_loop import CPU, carry_out, model, training

OPTIMIZERS: dict[str, Any] = {
    "adam": lambda params: torch.optim.Adam(params, lr=0.01),
    "momentum": lambda params: torch.optim.SGD(params, lr=0.1, momentum=0.9),
    "sgd": lambda params: torch.optim.SGD(params, lr=0.1),
}


def fresh(optimizer: str, **changes: Any) -> Training:
    network = model()
    return training(OPTIMIZERS[optimizer](network.parameters()), network, is_report=True, **changes)


def stopped_after(run: Training, steps: int) -> TrainingState:
    """Train until there are no batches left, as if the process had been ended there."""
    state, calls = TrainingState(Clock(CPU)), itertools.count()

    def few(start: int) -> Any:
        return itertools.islice(run.batches(start), None if next(calls) else steps)

    with pytest.raises(StopIteration):
        train(dataclasses.replace(run, batches=few), state, lambda point: None)
    return state


@settings(max_examples=12)
@given(
    optimizer=st.sampled_from(sorted(OPTIMIZERS)),
    steps=st.integers(0, 29),
    sampling=st.sampled_from(["shuffle", "replacement"]),
    primary=st.sampled_from(["final", "best"]),
)
def test_a_restored_run_is_the_run(optimizer: str, steps: int, sampling: str, primary: str) -> None:
    changes = {"schedule": "warmup-cosine", "sampling": sampling, "primary": primary}
    whole_run = fresh(optimizer, **changes)
    whole = carry_out(whole_run)

    run = fresh(optimizer, **changes)
    state = stopped_after(run, steps)
    assert state.step == steps
    kept = copy.deepcopy((run.model.state_dict(), run.optimizer.state_dict(), state.state_dict()))

    again = fresh(optimizer, **changes)
    seed_everything(123)  # another process has other global generators
    again.model.load_state_dict(kept[0])
    again.optimizer.load_state_dict(kept[1])
    restored = TrainingState(Clock(CPU))
    restored.load_state_dict(kept[2])
    train(again, restored, lambda point: None)

    assert restored.losses == whole.losses
    assert restored.watch.state_dict() == whole.watch.state_dict()
    assert restored.final == whole.final
    untimed = {"train_seconds": 0.0, "data_seconds": 0.0}
    assert [point.model_copy(update=untimed) for point in restored.evaluations] == [
        point.model_copy(update=untimed) for point in whole.evaluations
    ]
    weights = zip(again.model.state_dict().values(), whole_run.model.state_dict().values(), strict=True)
    assert all(torch.equal(one, other) for one, other in weights)


def test_clocks_go_on_from_where_they_stood() -> None:
    state = TrainingState(Clock(CPU))
    names = ("data", "train", "eval", "prepare", "schedule", "gradient", "update")
    for name in names:
        getattr(state.clock, name).seconds = len(name)
    other = TrainingState(Clock(CPU))
    other.load_state_dict(state.state_dict())
    assert other.clock.state_dict() == pytest.approx({name: len(name) for name in names}, abs=0.1)
