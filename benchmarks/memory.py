"""What a run costs in memory when it trains side by side with others, against a run by itself."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from functools import partial

import torch

from benchmarks.pairs import Pair, compare
from benchmarks.runs import built
from benchmarks.side_by_side import specs_of
from benchmarks.worktree import ROOT
from optbench.registry.discovery import load_registry
from optbench.training.clock import Clock
from optbench.training.loop import train
from optbench.training.memory import ResidentMemory
from optbench.training.prepare import reset_torch
from optbench.training.side_by_side.loop import Member, train_side_by_side
from optbench.training.state import TrainingState

MEMBERS = 25
TASKS = ("quadratic", "linear-regression", "digits-few")


def measure(rounds: int) -> Iterator[Pair]:
    """Compare how far the resident memory of a process grows for each run, in a process of its own each time."""
    for task in TASKS:
        ours, theirs = (partial(_grown, task, members) for members in (MEMBERS, 1))
        yield compare(f"memory of a run, {task}, {MEMBERS} side by side", ours, "one by itself", theirs, rounds, "MiB")


def _grown(task: str, members: int) -> float:
    command = [sys.executable, "-m", "benchmarks.memory", task, str(members)]
    done = subprocess.run(command, check=True, cwd=ROOT, capture_output=True, text=True)
    return float(done.stdout) / members / 2**20


def main(task: str, members: str) -> None:
    """Print the bytes by which this process grows when runs are built and trained."""
    reset_torch(1, torch.device("cpu"))
    _train(task, int(members), 2, ResidentMemory())  # what is loaded and allocated once
    memory = ResidentMemory()
    memory.look()
    _train(task, int(members), 50, memory)
    print(memory.growth)


def _train(task: str, members: int, steps: int, memory: ResidentMemory) -> None:
    specs = specs_of(task, members, {"steps": steps})
    runs = [built(spec) for spec in specs]
    states = [TrainingState(Clock(run.device)) for run in runs]
    if members == 1:
        train(runs[0], states[0], lambda point: memory.look())
    else:
        together = [
            Member(spec.seed, run, state, lambda point: memory.look())
            for spec, run, state in zip(specs, runs, states, strict=True)
        ]
        train_side_by_side(together, load_registry().optimizers["adam"].component)


if __name__ == "__main__":
    main(*sys.argv[1:])
