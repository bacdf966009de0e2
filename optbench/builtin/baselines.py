"""What character statistics alone achieve on text: cross entropies in nats per character that a network must beat.

Tokens [L] lie in 0 … V - 1. Every model counts on `train`, adds one to each count (Laplace), and is judged on `text`.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Tokens = NDArray[np.int64]


def unigram(train: Tokens, text: Tokens, vocabulary: int) -> float:
    """Return the mean of -ln p(c), which knows nothing of the context."""
    return _cross_entropy((np.zeros_like(train), train), (np.zeros_like(text), text), 1, vocabulary)


def bigram(train: Tokens, text: Tokens, vocabulary: int) -> float:
    """Return the mean of -ln p(c | the character before), from the second character on.

    Of a Markov chain, with enough text, this is the entropy rate (Shannon, Prediction and entropy of printed English,
    1951, equation 1 with N = 2).
    """
    return _cross_entropy((train[:-1], train[1:]), (text[:-1], text[1:]), vocabulary, vocabulary)


def between(train: Tokens, text: Tokens, vocabulary: int) -> float:
    """Return the mean of -ln p(c | the characters before and after), from the second to the last but one.

    For masked prediction; it sees both neighbours of every character, of which a network finds 15 % masked.
    """
    contexts = vocabulary**2
    return _cross_entropy(_surrounded(train, vocabulary), _surrounded(text, vocabulary), contexts, vocabulary)


def _surrounded(tokens: Tokens, vocabulary: int) -> tuple[Tokens, Tokens]:
    return tokens[:-2] * vocabulary + tokens[2:], tokens[1:-1]


def _cross_entropy(train: tuple[Tokens, Tokens], text: tuple[Tokens, Tokens], contexts: int, vocabulary: int) -> float:
    """Mean of -ln p(token | context); both arguments are pairs of contexts and, as many, the tokens in them."""
    seen = np.bincount(train[0] * vocabulary + train[1], minlength=contexts * vocabulary)
    counts = seen.reshape(contexts, vocabulary) + 1.0
    probabilities = counts / counts.sum(1, keepdims=True)
    return float(-np.log(probabilities[text]).mean())
