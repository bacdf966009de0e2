from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch

from optbench import Splits
from optbench.builtin.datasets.markov import entropy_rate, sample, stationary

TWO = np.array([[0.9, 0.1], [0.4, 0.6]])


def test_the_entropy_rate_of_two_tokens_is_known() -> None:
    """By hand: pi = (.8, .2), so H = .8 * .325083 + .2 * .673012."""
    assert entropy_rate(TWO) == pytest.approx(0.394668712, abs=1e-9)
    assert stationary(TWO) == pytest.approx([0.8, 0.2], rel=1e-12)


def test_a_uniform_chain_has_the_entropy_of_its_vocabulary_and_a_cycle_none() -> None:
    assert entropy_rate(np.full((7, 7), 1 / 7)) == pytest.approx(np.log(7))
    assert entropy_rate(np.roll(np.eye(7), 1, axis=1)) == pytest.approx(0)


def test_sampled_text_costs_the_entropy_rate_under_the_true_model() -> None:
    tokens = sample(TWO, 2000, 50, np.random.RandomState(0))
    cost = -np.log(TWO[tokens[:, :-1], tokens[:, 1:]]).mean(1)
    assert cost.mean() == pytest.approx(entropy_rate(TWO), abs=3 * cost.std() / np.sqrt(len(cost)))
    assert tokens[:, 0].mean() == pytest.approx(0.2, abs=3 * 0.4 / np.sqrt(2000))


def test_sampled_text_costs_more_under_a_wrong_model() -> None:
    tokens = sample(TWO, 2000, 50, np.random.RandomState(0))
    unigram = -np.log(np.where(tokens == 0, 0.8, 0.2)).mean()
    assert unigram == pytest.approx(0.500402, abs=0.01)
    assert unigram > entropy_rate(TWO) + 0.05


def test_an_impossible_token_never_follows() -> None:
    tokens = sample(np.array([[0.0, 0.5, 0.5], [1.0, 0.0, 0.0], [0.5, 0.5, 0.0]]), 500, 20, np.random.RandomState(0))
    assert not (tokens[:, 1:] == tokens[:, :-1]).any()


def test_the_data_sets_floor_is_the_one_its_task_states(built: Callable[[str], Splits]) -> None:
    splits = built("markov")
    assert (len(splits.train), len(splits.validation), len(splits.test)) == (4096, 1000, 1000)
    assert torch.equal(splits.train.inputs[:, 1:], splits.train.targets[:, :-1])
    transitions = np.random.RandomState(0).dirichlet(np.full(27, 0.1), size=27)
    assert entropy_rate(transitions) == pytest.approx(1.547, abs=5e-4)
    cost = -np.log(transitions[splits.test.inputs, splits.test.targets])
    assert cost.mean() == pytest.approx(1.547, abs=0.02)
