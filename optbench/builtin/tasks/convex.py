"""Convex tasks, whose optimum is known."""

from __future__ import annotations

from optbench import Target, Task

_SUBOPTIMALITY = "share of the first training loss's distance to the optimum"

TASKS = (
    Task(
        name="quadratic",
        model="quadratic",
        dataset="quadratic",
        loss="mean_output",
        steps=200,
        batch_size=128,
        sampling="replacement",
        schedule="constant",
        targets=(
            Target(name="1e-2", value=1e-2, on="suboptimality", source=_SUBOPTIMALITY),
            Target(name="3e-3", value=3e-3, on="suboptimality", source=_SUBOPTIMALITY),
        ),
        optimum="optbench.builtin.optima:quadratic",
        reference="Schneider et al., DeepOBS: a deep learning optimizer benchmark suite, ICLR 2019, arXiv:1903.05499",
        description="The deep quadratic of DeepOBS: 100 dimensions, sampling noise.",
    ),
    Task(
        name="linear-regression",
        model="linear",
        dataset="diabetes",
        loss="mse",
        steps=300,
        batch_size=32,
        small=True,
        schedule="constant",
        targets=(
            Target(
                name="1.01 x OLS",
                value=0.52888,
                on="train",
                source="1.01 times the least squares' training loss of 0.523646 on this split",
            ),
        ),
        optimum="optbench.builtin.optima:least_squares",
        reference="Efron et al., Least angle regression, Annals of Statistics 2004",
        description="Least squares on the standardised diabetes data; a training loss of 1 is that of the mean.",
    ),
)
