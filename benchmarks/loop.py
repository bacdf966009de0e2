"""What our training loop costs over a plain PyTorch loop on the same model, batches, loss, schedule and optimizer."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from time import perf_counter

from benchmarks import plain
from benchmarks.pairs import Pair, compare
from benchmarks.runs import built, spec_of, trained
from optbench.runs.spec import RunSpec
from optbench.training.backends import backend_of

CASES = (("mnist-cnn", "sgd"), ("mnist-cnn", "adam"), ("quadratic", "adam"))
STEPS = 200
RATE = 0.01
"""Learning rate relative to `lr_ref`: small enough for every task, since a run that diverges ends early."""


def measure(rounds: int) -> Iterator[Pair]:
    """Compare both loops, whole runs, evaluation taken out of ours by its own clock."""
    for task, optimizer in CASES:
        spec = spec_of(task, optimizer, RATE, steps=STEPS, evaluations=2, eval_examples=1)
        ours, theirs = partial(_ours, spec), partial(_plain, spec)
        yield compare(f"training loop, {task}, {optimizer}", ours, "a plain loop", theirs, rounds)


def _ours(spec: RunSpec) -> float:
    run = built(spec)
    begun = perf_counter()
    state = trained(run)
    return perf_counter() - begun - state.clock.eval.seconds


def _plain(spec: RunSpec) -> float:
    """Train as a tutorial does."""
    run = built(spec)
    begun = perf_counter()
    for _ in plain.steps(run):
        pass
    backend_of(run.device).synchronize(run.device)
    return perf_counter() - begun
