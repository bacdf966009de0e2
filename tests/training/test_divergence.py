"""The divergence detector."""

from __future__ import annotations

import torch

from optbench.training.divergence import DivergenceWatch


def test_it_stops_float32_gradient_descent_that_blows_up_before_it_overflows():
    """F3: with eta h = 3 the loss quadruples each step, 100 times the first is passed at step 5."""
    x, watch, reason = torch.tensor(1.0), DivergenceWatch(), ""
    while not reason:
        reason = watch.look([float(0.5 * x**2)])
        x = x - 3 * x
    assert reason == "training loss 128 at step 5, over 100 times the first"


def test_anything_that_is_not_finite_is_divergence():
    for bad in (float("nan"), float("inf"), float("-inf")):
        assert f"training loss {bad} at step 3" in DivergenceWatch().look([1.0, 1.0, bad])


def test_a_loss_that_starts_near_zero_may_grow_a_little():
    assert DivergenceWatch().look([0.0, 9e-7]) == ""
    assert DivergenceWatch().look([0.0, 2e-6]) != ""


def test_looking_at_many_losses_at_once_is_the_same_as_one_by_one():
    losses = [1.0, 5.0, 99.0, 101.0, 3.0]
    watch = DivergenceWatch()
    assert next(r for r in (watch.look([loss]) for loss in losses) if r) == DivergenceWatch().look(losses)
