"""Schedules against their closed forms, and against torch's own (B22)."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from tests.support.built_in import find_factor


def test_constant_is_one() -> None:
    factor = find_factor("constant", 100, 0.05)
    assert {factor(step) for step in range(100)} == {1.0}


@given(steps=st.integers(2, 500), warmup=st.floats(0, 0.9))
def test_warmup_rises_linearly_to_one_and_the_cosine_falls_to_zero(steps: int, warmup: float) -> None:
    factor = find_factor("warmup-cosine", steps, warmup)
    rising = round(warmup * steps)
    values = [factor(step) for step in range(steps)]
    assert values[:rising] == pytest.approx([(i + 1) / rising for i in range(rising)])
    length = steps - rising
    expected = [0.5 * (1 + math.cos(math.pi * i / length)) for i in range(length)]
    assert values[rising:] == pytest.approx(expected, rel=1e-12)
    assert 0 < values[-1] <= 1


def test_the_cosine_is_torchs_cosine_annealing() -> None:
    parameter = torch.zeros(1, requires_grad=True)
    optimizer = torch.optim.SGD([parameter], lr=0.3)
    scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=40)
    factor = find_factor("warmup-cosine", 40, 0.0)
    for step in range(40):
        assert optimizer.param_groups[0]["lr"] == pytest.approx(0.3 * factor(step), rel=1e-9)
        optimizer.step()
        scheduler.step()
