"""Text from a Markov chain: a language model's task with a known best loss."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.special import entr

from optbench import Split, Splits

_EXAMPLES_TO_JUDGE = 1000


def build(
    files: Mapping[str, Path], *, vocabulary: int, concentration: float, context: int, examples: int, seed: int
) -> Splits:
    """Draw independent windows [N, context] of one chain, and the same one token later as targets.

    Each token's successors are distributed as a draw from the symmetric Dirichlet of this `concentration`.
    `examples` are for training, 1,000 each for validation and test.
    """
    rng = np.random.RandomState(seed)
    transitions = rng.dirichlet(np.full(vocabulary, concentration), size=vocabulary)
    train, validation, test = (
        _split(sample(transitions, count, context + 1, rng))
        for count in (examples, _EXAMPLES_TO_JUDGE, _EXAMPLES_TO_JUDGE)
    )
    return Splits(train, validation, test, outputs=vocabulary)


def entropy_rate(transitions: NDArray[np.float64]) -> float:
    """Return the entropy in nats of the next token given all before: the least loss that a model can have.

    `transitions` [V, V] holds in row i the probabilities of what follows token i. H = sum_i pi_i H(P_i)
    (Cover and Thomas, Elements of Information Theory, theorem 4.2.4).
    """
    return float(stationary(transitions) @ entr(transitions).sum(1))


def stationary(transitions: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the tokens' probabilities pi [V], pi P = pi, of a chain `transitions` [V, V] that is irreducible."""
    tokens = len(transitions)
    equations = np.vstack([transitions.T - np.eye(tokens), np.ones(tokens)])
    probabilities: NDArray[np.float64] = np.linalg.lstsq(equations, np.eye(tokens + 1)[-1])[0]
    return probabilities


def sample(transitions: NDArray[np.float64], count: int, length: int, rng: np.random.RandomState) -> NDArray[np.int64]:
    """Draw `count` independent token sequences [count, length], each beginning in the stationary distribution."""
    cumulative = np.cumsum(transitions, axis=1)
    tokens = np.empty((count, length), np.int64)
    tokens[:, 0] = _choose(np.cumsum(stationary(transitions))[None], rng.uniform(size=count))
    for position in range(1, length):
        tokens[:, position] = _choose(cumulative[tokens[:, position - 1]], rng.uniform(size=count))
    return tokens


def _choose(cumulative: NDArray[np.float64], uniform: NDArray[np.float64]) -> NDArray[np.int64]:
    # Scaled by the last column, because a sum of probabilities need not round to 1.
    chosen: NDArray[np.int64] = (cumulative <= uniform[:, None] * cumulative[:, -1:]).sum(1)
    return chosen


def _split(sequences: NDArray[np.int64]) -> Split:
    tokens = torch.tensor(sequences)
    return Split(tokens[:, :-1], tokens[:, 1:])
