from __future__ import annotations

import numpy as np
import pytest
from scipy.special import entr

from optbench.builtin.baselines import between, bigram, unigram
from optbench.builtin.datasets.markov import entropy_rate, sample, stationary

TWO = np.array([[0.9, 0.1], [0.4, 0.6]])
PERIOD = [0] * 10 + [1] * 2 + [0] * 10 + [1] * 3
"""Followed by itself: of 25 pairs 18 are 00, 2 are 01, 2 are 10 and 3 are 11, the shares of the chain TWO."""


def test_b23_the_bigram_reaches_the_chains_entropy_rate_and_the_unigram_its_entropy() -> None:
    """By hand: pi = (.8, .2); .8 * .325083 + .2 * .673012 = .394668712, and -.8 ln .8 - .2 ln .2 = .500402."""
    text = np.array(PERIOD * 40_000)
    assert bigram(text, text, 2) == pytest.approx(0.394668712, abs=2e-6)
    assert unigram(text, text, 2) == pytest.approx(0.500402424, abs=2e-6)


def test_on_text_drawn_from_the_chain_they_do_so_up_to_sampling() -> None:
    train, text = sample(TWO, 2, 100_000, np.random.RandomState(0))
    assert bigram(train, text, 2) == pytest.approx(entropy_rate(TWO), abs=0.01)
    assert unigram(train, text, 2) == pytest.approx(entr(stationary(TWO)).sum(), abs=0.01)


def test_what_stands_on_both_sides_says_more_than_what_stands_before() -> None:
    """H(X_t | X_(t-1), X_(t+1)) = 2 H(X_t | X_(t-1)) - H(X_(t+1) | X_(t-1)) for a chain, whose two steps are P²."""
    train, text = sample(TWO, 2, 100_000, np.random.RandomState(1))
    expected = 2 * entropy_rate(TWO) - float(stationary(TWO) @ entr(TWO @ TWO).sum(1))
    assert between(train, text, 2) == pytest.approx(expected, abs=0.01)
    assert expected < entropy_rate(TWO) - 0.05


def test_one_is_added_to_every_count() -> None:
    """Of three tokens 0 is seen twice and 1 once: (3, 2, 1) / 6; after 0 come 0 and 1 once each: (2, 2, 1) / 5."""
    train, text = np.array([0, 0, 1]), np.array([0, 2])
    assert unigram(train, text, 3) == pytest.approx(-np.log([3 / 6, 1 / 6]).mean())
    assert bigram(train, text, 3) == pytest.approx(-np.log(1 / 5))
    assert between(train, np.array([0, 0, 1]), 3) == pytest.approx(-np.log(2 / 4))


def test_unseen_contexts_know_nothing() -> None:
    assert bigram(np.array([0, 1]), np.array([2, 0, 2, 1]), 4) == pytest.approx(np.log([4, 5, 4]).mean())
    assert between(np.array([0, 1, 0]), np.array([2, 0, 2]), 4) == pytest.approx(np.log(4))
