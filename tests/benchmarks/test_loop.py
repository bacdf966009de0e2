"""The benchmark of the loop compares what is comparable."""

from __future__ import annotations

import pytest

from benchmarks.loop import measure
from benchmarks.runs import built, spec_of, trained


def test_a_run_that_diverges_is_no_measurement() -> None:
    with pytest.raises(ValueError, match="diverged, so that there is nothing to compare"):
        trained(built(spec_of("quadratic", "sgd", 1e6, steps=50)))


@pytest.mark.real_data
def test_both_loops_are_measured() -> None:
    pair = next(measure(1))
    assert min(*pair.ours, *pair.theirs) > 0
