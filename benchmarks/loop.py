"""What our training loop costs over a plain PyTorch loop on the same model, batches, loss, schedule and optimizer."""

from __future__ import annotations

import sys

import torch

from benchmarks.pairs import compare, describe
from optbench.data.folders import data_folders
from optbench.registry.discovery import load_registry
from optbench.runs.spec import RunSpec
from optbench.training.backends import backend_of
from optbench.training.build import build_training
from optbench.training.clock import Clock
from optbench.training.loop import train
from optbench.training.state import TrainingState
from optbench.training.training import Training

STEPS, ROUNDS = 200, 15
RATE = 0.01
"""Learning rate relative to `lr_ref`: small enough for every task, since a run that diverges ends early."""


def training(task_name: str, optimizer: str, device: str, rate: float = RATE) -> Training:
    """Build the task with `STEPS` steps, evaluated at its two ends only."""
    registry = load_registry()
    component = registry.optimizers[optimizer].component
    changes = {"steps": STEPS, "evaluations": 2, "eval_examples": 1}
    spec = RunSpec(
        task=registry.tasks[task_name].component.model_copy(update=changes),
        data_checksum="",
        optimizer=optimizer,
        component=optimizer,
        revisions={},
        hyperparameters={**component.defaults, "lr": rate * component.lr_ref},
        schedule="warmup-cosine",
        seed=0,
        phase="tune",
        device=torch.device(device).type,
    )
    return build_training(spec, registry, data_folders(), torch.device(device))


def ours(run: Training) -> float:
    """Train as the harness does; return the seconds that evaluation took."""
    state = TrainingState(Clock(run.device))
    train(run, state, lambda point: None)
    if state.diverged:
        sys.exit(f"{run.task.name} diverged, so that there is nothing to compare: {state.diverged}")
    return state.clock.eval.seconds


def plain(run: Training) -> None:
    """Train as a tutorial does."""
    peaks = [group["lr"] for group in run.optimizer.param_groups]
    batches = run.batches(0)
    run.model.train()
    for step in range(STEPS):
        inputs, targets = next(batches)
        for group, peak in zip(run.optimizer.param_groups, peaks, strict=True):
            group["lr"] = peak * run.factor(step)
        run.optimizer.zero_grad()
        loss = run.loss(run.model(inputs), targets)
        loss.backward()  # type: ignore[no-untyped-call]
        run.optimizer.step()
    backend_of(run.device).synchronize(run.device)


def main(task: str = "mnist-cnn", device: str = "cpu") -> None:
    """Compare both loops, whole runs, evaluation taken out of ours by its own clock."""
    torch.set_num_threads(1)
    for optimizer in ("sgd", "adam"):
        prepared = [training(task, optimizer, device) for _ in range(2 * (ROUNDS + 1))]
        evaluation: list[float] = []

        def our_loop(prepared: list[Training] = prepared, evaluation: list[float] = evaluation) -> None:
            evaluation.append(ours(prepared.pop()))

        def plain_loop(prepared: list[Training] = prepared) -> None:
            plain(prepared.pop())

        mine, theirs = compare(our_loop, plain_loop, ROUNDS)
        print(describe(f"{task}, {optimizer}, {device}", mine - evaluation[1:], theirs))


if __name__ == "__main__":
    main(*sys.argv[1:])
