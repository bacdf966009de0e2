"""The benchmark of the loop compares what is comparable."""

from __future__ import annotations

import pytest

from benchmarks import loop
from benchmarks.runs import built, spec_of, trained


def test_a_run_that_diverges_is_no_measurement() -> None:
    with pytest.raises(ValueError, match="diverged, so that there is nothing to compare"):
        trained(built(spec_of("quadratic", "sgd", 1e6, steps=50)))


def test_both_loops_train_the_same_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loop, "STEPS", 5)
    monkeypatch.setattr(loop, "CASES", (("quadratic", "adam"),))
    (pair,) = loop.measure(1)
    assert min(*pair.ours, *pair.theirs) > 0
