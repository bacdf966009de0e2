"""Every optimizer builds and steps as the training loop does it, on a model with every kind of layer."""

from __future__ import annotations

import math
from collections.abc import Iterator

import pytest
import torch
from optbench.testing import Problem, Trial, distance, size
from torch import Tensor, nn

from optbench_pytorch_optimizer.plugin import optbench_optimizers

OPTIMIZERS = {component.name: component for component in optbench_optimizers()}


class Model(Problem):
    """An embedding, a convolution with a bias, a normalisation and a matrix with a bias, that learn four classes."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.embedding = nn.Embedding(11, 8)
        self.convolution = nn.Conv2d(1, 3, 3, padding=1)
        self.norm = nn.LayerNorm(8)
        self.head = nn.Linear(8, 4)
        self.tokens, self.targets = torch.randint(0, 11, (16, 6)), torch.randint(0, 4, (16,))

    def loss(self, step: int) -> Tensor:
        """Cross entropy of the logits [B, 4] of tokens [B, T]."""
        image = self.embedding(self.tokens).unsqueeze(1)
        logits = self.head(self.norm(torch.tanh(self.convolution(image)).mean(dim=(1, 2))))
        return nn.functional.cross_entropy(logits, self.targets)


class Clipped(Trial[Model]):
    """Clips gradients, as a task may."""

    def gradient(self) -> Tensor:
        loss = super().gradient()
        nn.utils.clip_grad_norm_(self.problem.parameters(), 1.0)
        return loss


@pytest.fixture(autouse=True, scope="module")
def _one_thread() -> Iterator[None]:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_it_takes_steps_like_the_training_loop_and_stays_finite(name: str) -> None:
    trial = Clipped(OPTIMIZERS[name], Model())
    before = trial.weights
    for step in range(12):
        assert math.isfinite(loss_in_evaluation_mode(trial))
        for group in trial.optimizer.param_groups:
            group["lr"] *= 0.9
        trial.run(1)
        assert trial.last_loss.ndim == 0, f"step {step}"
        assert math.isfinite(trial.last_loss)
    assert math.isfinite(size(trial.weights))
    assert distance(trial.weights, before) > 0


def loss_in_evaluation_mode(trial: Trial[Model]) -> float:
    if hasattr(trial.optimizer, "eval"):
        trial.optimizer.eval()
    loss = trial.problem.loss(0).item()
    trial.ready()
    return loss
