"""The cost ledger of a run: each second and each byte is in the column that it belongs to, and in no other."""

from __future__ import annotations

import platform
import subprocess
import sys
import time
from typing import Any

import pytest
import torch
from torch import nn

from optbench.training.clock import Clock
from optbench.training.loop import train
from optbench.training.memory import ResidentMemory, state_bytes
from optbench.training.state import TrainingState
from optbench.training.stopwatch import EventStopwatch
from optbench.training.training import Training
from tests.training.test_loop import CPU, carry_out, model, training

NAP = 0.005
STEPS = 20


class SleepsInStep(torch.optim.SGD):
    def step(self, closure: Any = None) -> Any:
        time.sleep(NAP)
        return super().step(closure)


class SleepsInForward(nn.Module):
    def __init__(self, inside: nn.Module) -> None:
        super().__init__()
        self.inside = inside

    def forward(self, inputs: torch.Tensor) -> Any:
        time.sleep(NAP)
        return self.inside(inputs)


def ledger(state: TrainingState, takes_closure: bool = False) -> dict[str, float]:
    clock = state.clock
    return {
        "data": clock.data.seconds,
        "schedule": clock.schedule.seconds,
        "gradient": clock.gradient.seconds,
        "update": clock.update_alone(takes_closure),
    }


def test_what_sleeps_in_a_step_shows_in_the_update_and_nowhere_else() -> None:
    network = model()
    run = training(SleepsInStep(network.parameters(), lr=0.1), network, steps=STEPS, evaluations=2)
    costs = ledger(carry_out(run))
    slept = NAP * (STEPS - 1)
    assert costs.pop("update") >= slept
    assert sum(costs.values()) < slept


def test_a_step_with_a_closure_is_charged_without_it() -> None:
    network = SleepsInForward(model())
    optimizer = torch.optim.LBFGS(network.parameters(), lr=0.1, max_iter=2)
    state = carry_out(training(optimizer, network, steps=STEPS, evaluations=2))
    costs, slept = ledger(state, takes_closure=True), NAP * (state.gradient_evaluations - 2)
    assert costs.pop("gradient") >= slept
    assert 0 < sum(costs.values()) < slept


def test_neither_data_nor_evaluation_nor_the_first_step_is_in_the_parts_of_a_step() -> None:
    """Sin 11: warm-up, data and evaluation inside of what is called the time of a step."""

    class SlowAtFirst(torch.optim.SGD):
        def step(self, closure: Any = None) -> Any:
            if not self.state:
                self.state[self.param_groups[0]["params"][0]]["built"] = True
                time.sleep(0.2)
            return super().step(closure)

    network = model()
    run = training(SlowAtFirst(network.parameters(), lr=0.1), network, steps=STEPS, evaluations=STEPS + 1)

    def slow_batches(start: int) -> Any:
        for batch in run.batches(start):
            time.sleep(4 * NAP)
            yield batch

    def slow_evaluation(inputs: Any) -> Any:
        time.sleep(4 * NAP)
        return network(inputs)

    changed = Training(**{**vars(run), "batches": slow_batches, "predict": slow_evaluation})
    state = TrainingState(Clock(CPU))
    train(changed, state, lambda point: None)
    assert state.first_step_seconds >= 0.2
    assert state.clock.data.seconds >= 4 * NAP * STEPS
    assert state.clock.eval.seconds >= 4 * NAP * STEPS
    step = state.clock.train.seconds - state.first_step_seconds
    assert ledger(state)["gradient"] + ledger(state)["update"] <= step < 4 * NAP * STEPS


def test_the_parts_of_a_step_are_no_more_than_the_training() -> None:
    network = model()
    state = carry_out(training(torch.optim.Adam(network.parameters(), lr=0.01), network))
    costs = ledger(state)
    assert all(seconds > 0 for seconds in costs.values())
    whole = state.clock.train.seconds - state.first_step_seconds
    assert costs["schedule"] + costs["gradient"] + costs["update"] <= whole


def test_what_a_step_leaks_shows_in_the_growth_of_the_process() -> None:
    """However much memory earlier runs in this process have left behind."""
    kept: list[torch.Tensor] = []
    earlier = [torch.ones(2**20) for _ in range(2 * STEPS)]
    earlier.clear()

    class Leaks(torch.optim.SGD):
        def step(self, closure: Any = None) -> Any:
            kept.append(torch.ones(2**20))  # 4 MB
            return super().step(closure)

    network = model()
    state = carry_out(training(Leaks(network.parameters(), lr=0.1), network, steps=STEPS))
    assert state.memory.growth >= 0.9 * STEPS * 2**22
    assert state.memory.peak >= state.memory.growth


def test_memory_that_was_never_looked_at_has_no_peak() -> None:
    assert (ResidentMemory().peak, ResidentMemory().growth) == (None, None)


@pytest.mark.parametrize(
    ("build", "floats"),
    [
        (lambda p: torch.optim.SGD(p, lr=0.1), 0),
        (lambda p: torch.optim.SGD(p, lr=0.1, momentum=0.9), 1),
        (lambda p: torch.optim.RMSprop(p), 1),
        (lambda p: torch.optim.Adagrad(p), 1),
        (lambda p: torch.optim.Adadelta(p), 2),
        (lambda p: torch.optim.AdamW(p), 2),
        (lambda p: torch.optim.Adam(p, amsgrad=True), 3),
        (lambda p: torch.optim.RMSprop(p, centered=True, momentum=0.9), 3),
        (lambda p: torch.optim.Muon(p), 1),
    ],
    ids=["sgd", "momentum", "rmsprop", "adagrad", "adadelta", "adamw", "amsgrad", "rmsprop-centred", "muon"],
)
def test_states_have_the_floats_per_parameter_that_their_methods_need(build: Any, floats: int) -> None:
    weight = nn.Parameter(torch.ones(6, 7))
    optimizer = build([weight])
    weight.square().sum().backward()
    optimizer.step()
    assert state_bytes(optimizer) == 4 * floats * weight.numel()


def test_events_are_read_when_the_queue_is_settled() -> None:
    moments = iter([10.0, 14.0, 20.0, 25.0, 30.0, 31.0])

    class Event:
        def __init__(self, enable_timing: bool) -> None:
            assert enable_timing

        def record(self) -> None:
            self.moment = next(moments)

        def elapsed_time(self, end: Event) -> float:
            return end.moment - self.moment

    watch = EventStopwatch(Event)
    for _ in range(2):
        with watch:
            pass
    assert watch.seconds == 0.0
    watch.settle()
    watch.settle()
    assert watch.seconds == pytest.approx(0.009)
    with watch:
        pass
    watch.reset()
    watch.settle()
    assert watch.seconds == 0.0


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="other C libraries decide for themselves")
def test_a_tensor_of_the_next_step_gets_the_memory_that_one_of_this_step_has_left() -> None:
    """The system would clear 4,096 pages for each of 40. Other tests allocate too: this one has its own process."""
    code = """
import resource, torch
from optbench.training.prepare import reset_torch
reset_torch(1, torch.device("cpu"))
def faults():
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt
def step():
    torch.ones(2**22), torch.ones(2**22)
step()
step()
before = faults()
for _ in range(20):
    step()
print(faults() - before)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert int(done.stdout) < 20 * 4096
