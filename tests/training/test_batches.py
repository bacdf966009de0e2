"""The order of the examples."""

from __future__ import annotations

from itertools import islice

import torch
from hypothesis import given
from hypothesis import strategies as st

from optbench.components.dataset import Split
from optbench.training.batches import batches


def split(size: int) -> Split:
    return Split(torch.arange(size), torch.arange(size))


@given(size=st.integers(1, 60), batch_size=st.integers(1, 70), seed=st.integers(0, 2**32 - 1))
def test_an_epoch_of_shuffled_batches_repeats_no_example(size: int, batch_size: int, seed: int) -> None:
    per_epoch = max(1, size // batch_size)
    drawn = list(islice(batches(split(size), batch_size, "shuffle", seed), 2 * per_epoch))
    for epoch in (drawn[:per_epoch], drawn[per_epoch:]):
        seen = torch.cat([inputs for inputs, _ in epoch]).tolist()
        assert len(set(seen)) == len(seen) == per_epoch * min(batch_size, size)


def test_the_order_is_a_function_of_the_seed() -> None:
    def first(seed: int) -> list[list[int]]:
        return [inputs.tolist() for inputs, _ in islice(batches(split(100), 10, "shuffle", seed), 5)]

    assert first(3) == first(3) != first(4)


def test_replacement_draws_independently() -> None:
    drawn = torch.cat([inputs for inputs, _ in islice(batches(split(10), 1000, "replacement", 0), 10)])
    counts = torch.bincount(drawn, minlength=10)
    assert counts.sum() == 10_000
    # A chi-squared of 9 degrees of freedom: 27.9 is exceeded once in a thousand times, 1.15 is not reached as rarely.
    assert 1.15 < float(((counts - 1000.0) ** 2 / 1000).sum()) < 27.9


def test_a_full_batch_is_the_split_itself() -> None:
    inputs, targets = next(batches(split(7), "full", "shuffle", 0))
    assert torch.equal(inputs, torch.arange(7))
    assert torch.equal(targets, inputs)
