"""Schedules against their closed forms in every step, and against torch's own (B22)."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.optim import lr_scheduler

from optbench import Schedule
from optbench.errors import UsageError
from optbench.training.schedules import factors
from tests.support.built_in import find_factor

LENGTHS = {"steps": st.integers(2, 500), "warmup": st.floats(0, 0.9)}


def course(name: str, steps: int, warmup: float) -> list[float]:
    factor = find_factor(name, steps, warmup)
    return [factor(step) for step in range(steps)]


def test_constant_is_one() -> None:
    assert set(course("constant", 100, 0.05)) == {1.0}


@pytest.mark.parametrize("name", ["warmup-cosine", "linear", "wsd", "inverse-sqrt", "step"])
@given(**LENGTHS)
def test_warmups_rise_linearly_to_one(name: str, steps: int, warmup: float) -> None:
    rising = round(warmup * steps)
    assert course(name, steps, warmup)[:rising] == pytest.approx([(i + 1) / rising for i in range(rising)])


@given(**LENGTHS)
def test_the_cosine_falls_to_zero(steps: int, warmup: float) -> None:
    rising = round(warmup * steps)
    length = steps - rising
    values = course("warmup-cosine", steps, warmup)
    expected = [0.5 * (1 + math.cos(math.pi * i / length)) for i in range(length)]
    assert values[rising:] == pytest.approx(expected, rel=1e-12)
    assert 0 < values[-1] <= 1


@given(**LENGTHS)
def test_the_line_falls_to_zero(steps: int, warmup: float) -> None:
    rising = round(warmup * steps)
    length = steps - rising
    assert course("linear", steps, warmup)[rising:] == pytest.approx([1 - i / length for i in range(length)])


@given(**LENGTHS)
def test_wsd_stays_and_decays_in_the_last_fifth(steps: int, warmup: float) -> None:
    """Hägele et al. 2024: f(n) = 1 - sqrt((n - (N - N_decay)) / N_decay)."""
    rising = round(warmup * steps)
    decay = min(max(1, round(0.2 * steps)), steps - rising)
    stable = steps - rising - decay
    expected = [1.0] * stable + [1 - math.sqrt(i / decay) for i in range(decay)]
    assert course("wsd", steps, warmup)[rising:] == pytest.approx(expected)


def test_the_inverse_square_root_is_that_of_vaswani_et_al_up_to_its_peak() -> None:
    """Equation 3: d^-0.5 * min(n^-0.5, n * w^-1.5), of update n, with d = 512 and w = 40."""
    rates = [512**-0.5 * min(n**-0.5, n * 40**-1.5) for n in range(1, 401)]
    assert course("inverse-sqrt", 400, 0.1) == pytest.approx([rate / max(rates) for rate in rates], rel=1e-12)
    assert course("inverse-sqrt", 4, 0.0) == pytest.approx([1, 2**-0.5, 3**-0.5, 0.5])


def test_steps_are_those_of_he_et_al() -> None:
    """Divided by 10 at 32k and 48k of 64k iterations; here of 64."""
    assert course("step", 64, 0.0) == pytest.approx([1.0] * 32 + [0.1] * 16 + [0.01] * 16)


@pytest.mark.parametrize(
    ("name", "scheduler"),
    [
        ("warmup-cosine", lambda o: lr_scheduler.CosineAnnealingLR(o, T_max=40)),
        ("linear", lambda o: lr_scheduler.LinearLR(o, start_factor=1.0, end_factor=0.0, total_iters=40)),
        ("step", lambda o: lr_scheduler.MultiStepLR(o, milestones=[20, 30], gamma=0.1)),
        ("constant", lambda o: lr_scheduler.ConstantLR(o, factor=1.0)),
    ],
)
def test_without_a_warmup_it_is_torchs(name: str, scheduler: Callable[[Any], Any]) -> None:
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=0.3)
    torchs = scheduler(optimizer)
    for value in course(name, 40, 0.0):
        assert optimizer.param_groups[0]["lr"] == pytest.approx(0.3 * value, rel=1e-9)
        optimizer.step()
        torchs.step()


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (-0.5, "schedule 's': its factor is -0.5 in step 0 of 4; give finite ones from 0 on"),
        (math.nan, "schedule 's': its factor is nan in step 0 of 4"),
        (math.inf, "schedule 's': its factor is inf"),
        ("fast", "schedule 's' raised ValueError: could not convert string to float: 'fast'"),
    ],
)
def test_what_is_no_factor_is_one_line(value: Any, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        factors(Schedule(name="s", build=lambda steps, warmup_steps: lambda step: value), 4, 0.0)
