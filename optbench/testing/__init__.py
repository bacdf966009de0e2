"""The conformance kit: what every component has to do, checked by behaviour.

On the command line it is `optbench check NAME`. In the tests of a plugin it is the fixture `conformance`, which comes
with optbench as a pytest plugin:

    import pytest

    @pytest.mark.optbench("optbench-lion")
    def test_conforms(conformance):
        conformance()

What it is made of is public, for tests of your own. `examine` applies a `Check`, one of the `CHECKS` or one that you
write, whose function raises `Violation` or `NotApplicable`, and returns a `Finding` with its `Outcome`. A `Trial` has
an optimizer at work on a `Problem`, as a run has it: on a `Network`, `Weights`, a `Quadratic`, a `Slope`, or one of
your own; optimizers that are told their horizon are told `TOTAL_STEPS`. `distance`, `size` and `state_bytes` say what
became of it, and `content_of` pins a data set.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from optbench.lazy import lazy_names

if TYPE_CHECKING:
    from optbench.testing.check import Check, Finding, NotApplicable, Outcome, Violation, examine
    from optbench.testing.examination import CHECKS
    from optbench.testing.trial import TOTAL_STEPS, Network, Problem, Quadratic, Slope, Trial, Weights, distance, size
    from optbench.training.content import content_of
    from optbench.training.memory import state_bytes

__all__ = [
    "CHECKS",
    "TOTAL_STEPS",
    "Check",
    "Finding",
    "Network",
    "NotApplicable",
    "Outcome",
    "Problem",
    "Quadratic",
    "Slope",
    "Trial",
    "Violation",
    "Weights",
    "content_of",
    "distance",
    "examine",
    "size",
    "state_bytes",
]

__getattr__ = lazy_names(
    __name__,
    {
        "CHECKS": "optbench.testing.examination",
        "TOTAL_STEPS": "optbench.testing.trial",
        "Check": "optbench.testing.check",
        "Finding": "optbench.testing.check",
        "Network": "optbench.testing.trial",
        "NotApplicable": "optbench.testing.check",
        "Outcome": "optbench.testing.check",
        "Problem": "optbench.testing.trial",
        "Quadratic": "optbench.testing.trial",
        "Slope": "optbench.testing.trial",
        "Trial": "optbench.testing.trial",
        "Violation": "optbench.testing.check",
        "Weights": "optbench.testing.trial",
        "content_of": "optbench.training.content",
        "distance": "optbench.testing.trial",
        "examine": "optbench.testing.check",
        "size": "optbench.testing.trial",
        "state_bytes": "optbench.training.memory",
    },
)


def __dir__() -> list[str]:
    return __all__
