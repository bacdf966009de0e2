"""What our training loop costs over a plain PyTorch loop on the same model, batches, schedule and optimizer."""

from __future__ import annotations

import sys

import torch
from pairs import compare, describe
from torch.nn import functional as F

from optbench.data.folders import data_folders
from optbench.registry.discovery import load_registry
from optbench.runs.spec import RunSpec
from optbench.training.build import build_training
from optbench.training.clock import Clock, synchronize
from optbench.training.loop import Training, train
from optbench.training.state import TrainingState

STEPS, ROUNDS = 200, 15


def training(task_name: str, optimizer: str, device: str) -> Training:
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
        hyperparameters={**component.defaults, "lr": component.lr_ref},
        schedule="warmup-cosine",
        seed=0,
        phase="tune",
        device=torch.device(device).type,
    )
    return build_training(spec, registry, data_folders(), torch.device(device))


def plain(run: Training) -> None:
    """Train as a tutorial does."""
    peaks = [group["lr"] for group in run.optimizer.param_groups]
    run.model.train()
    for step in range(STEPS):
        inputs, targets = next(run.batches)
        for group, peak in zip(run.optimizer.param_groups, peaks, strict=True):
            group["lr"] = peak * run.factor(step)
        run.optimizer.zero_grad()
        loss = F.cross_entropy(run.model(inputs), targets)
        loss.backward()
        run.optimizer.step()
    synchronize(run.device)


def main(task: str = "mnist-cnn", device: str = "cpu") -> None:
    """Compare both loops, whole runs, evaluation taken out of ours by its own clock."""
    torch.set_num_threads(1)
    for optimizer in ("sgd", "adam"):
        prepared: list[Training] = []
        evaluation: list[float] = []

        def our_loop(prepared: list[Training] = prepared, evaluation: list[float] = evaluation) -> None:
            run = prepared.pop()
            state = TrainingState(Clock(run.device))
            train(run, state, lambda point: None)
            evaluation.append(state.clock.eval.seconds)

        def plain_loop(prepared: list[Training] = prepared) -> None:
            plain(prepared.pop())

        prepared += [training(task, optimizer, device) for _ in range(2 * (ROUNDS + 1))]
        mine, theirs = compare(our_loop, plain_loop, ROUNDS)
        print(describe(f"{task}, {optimizer}, {device}", mine - evaluation[1:], theirs))


if __name__ == "__main__":
    main(*sys.argv[1:])
