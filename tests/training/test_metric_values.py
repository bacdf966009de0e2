"""Metrics of a split in uneven batches against scikit-learn's of the whole."""

from __future__ import annotations

import math
from typing import Any

import pytest
import sklearn.metrics
import torch
from hypothesis import given
from hypothesis import strategies as st

from optbench.components.dataset import Split
from optbench.training import evaluation
from optbench.training.backends import Cpu
from optbench.training.transcripts import IGNORED
from tests.support.built_in import find_loss, find_metric

IDENTITY = torch.nn.Identity()


def measured(name: str, outputs: Any, targets: Any, batch: int = 128, loss: str = "") -> float:
    """A metric of a split that is evaluated in batches of a size, the last one shorter."""
    of_values = targets.is_floating_point()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Cpu, "evaluation_batch", batch)
        found = find_loss(loss or ("mse" if of_values else "cross_entropy"))
        return evaluation.evaluate(IDENTITY, Split(outputs, targets), found, [find_metric(name)]).metrics[name]


def classified(seed: int, examples: int = 61, classes: int = 8) -> tuple[torch.Tensor, torch.Tensor]:
    """Logits and classes, some of which are rare, and the last of which never occurs."""
    generator = torch.Generator().manual_seed(seed)
    outputs = torch.randn(examples, classes, generator=generator, dtype=torch.float64)
    shares = torch.tensor([2.0**-i for i in range(classes - 1)] + [0.0])
    return outputs, torch.multinomial(shares, examples, replacement=True, generator=generator)


@given(seed=st.integers(0, 1000), batch=st.integers(1, 70))
def test_of_classes(seed: int, batch: int) -> None:
    outputs, targets = classified(seed)
    predictions, labels = outputs.argmax(1), list(range(outputs.shape[1]))
    expected = {
        "accuracy": sklearn.metrics.accuracy_score(targets, predictions),
        "macro_f1": sklearn.metrics.f1_score(targets, predictions, average="macro"),
        "top_5_accuracy": sklearn.metrics.top_k_accuracy_score(targets, outputs, k=5, labels=labels),
        "perplexity": math.exp(sklearn.metrics.log_loss(targets, outputs.softmax(1), labels=labels)),
        "bits_per_character": sklearn.metrics.log_loss(targets, outputs.softmax(1), labels=labels) / math.log(2),
    }
    assert {name: measured(name, outputs, targets, batch) for name in expected} == pytest.approx(expected, rel=1e-9)


@given(seed=st.integers(0, 1000), batch=st.integers(1, 70), width=st.integers(1, 3))
def test_of_values(seed: int, batch: int, width: int) -> None:
    generator = torch.Generator().manual_seed(seed)
    targets = 50 + torch.randn(61, width, generator=generator, dtype=torch.float64)
    outputs = targets + torch.randn(61, width, generator=generator, dtype=torch.float64)
    expected = {
        "r2": sklearn.metrics.r2_score(targets, outputs),
        "mean_absolute_error": sklearn.metrics.mean_absolute_error(targets, outputs),
        "loss": sklearn.metrics.mean_squared_error(targets, outputs),
    }
    found = {name: measured(name, outputs, targets, batch) for name in expected}
    assert found == pytest.approx(expected, rel=1e-9, abs=1e-9)  # R² is 1 minus a number, and may be next to 0


@pytest.mark.parametrize("name", ["accuracy", "macro_f1", "top_5_accuracy"])
def test_several_targets_of_an_example_count_each_and_ignored_ones_do_not(name: str) -> None:
    outputs, targets = classified(3, examples=60)
    kept = torch.arange(60) % 7 != 0
    ignoring = targets.masked_fill(~kept, IGNORED)
    expected = measured(name, outputs[kept], targets[kept])
    assert measured(name, outputs.reshape(15, 4, -1), ignoring.reshape(15, 4), batch=4) == expected


@pytest.mark.parametrize("name", ["accuracy", "macro_f1", "top_5_accuracy"])
def test_of_targets_that_are_probabilities_the_likeliest_counts(name: str) -> None:
    outputs, targets = classified(4)
    spread = 0.9 * torch.nn.functional.one_hot(targets, 8).double() + 0.0125
    assert measured(name, outputs, spread, loss="cross_entropy") == measured(name, outputs, targets)


def test_with_fewer_than_five_classes_every_target_is_among_the_five_largest() -> None:
    assert measured("top_5_accuracy", *classified(5, classes=4)) == 1.0


@pytest.mark.parametrize("error", [0.0, 1.0])
def test_r2_of_targets_that_are_all_the_same_is_scikit_learns(error: float) -> None:
    targets = torch.full((9, 1), 0.1, dtype=torch.float64)
    outputs = targets + error
    assert measured("r2", outputs, targets, 4) == sklearn.metrics.r2_score(targets, outputs) == 1 - error


def test_equal_logits_have_a_perplexity_of_the_number_of_classes() -> None:
    zeros, targets = torch.zeros(5, 65, dtype=torch.float64), torch.arange(5)
    assert measured("perplexity", zeros, targets) == pytest.approx(65)
    assert measured("bits_per_character", zeros, targets) == pytest.approx(math.log2(65))


def test_a_loss_that_is_too_large_for_its_exponential_is_an_infinite_perplexity() -> None:
    assert measured("perplexity", torch.tensor([[1e4, 0.0]]), torch.tensor([1])) == math.inf
