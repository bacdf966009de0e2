"""Every optimizer builds and steps as the training loop does it, on a model with every kind of layer."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator

import pytest
import torch
from optbench.training.evaluation import evaluation_mode
from optbench.training.loop import update
from optbench.training.optimizers import build_optimizer
from torch import nn

from optbench_pytorch_optimizer.plugin import optbench_optimizers

OPTIMIZERS = {component.name: component for component in optbench_optimizers()}


class Model(nn.Module):
    """An embedding, a convolution with a bias, a normalisation and a matrix with a bias."""

    def __init__(self):
        super().__init__()
        torch.manual_seed(0)
        self.embedding = nn.Embedding(11, 8)
        self.convolution = nn.Conv2d(1, 3, 3, padding=1)
        self.norm = nn.LayerNorm(8)
        self.head = nn.Linear(8, 4)

    def forward(self, tokens):
        """Map tokens [B, T] to logits [B, 4]."""
        image = self.embedding(tokens).unsqueeze(1)
        return self.head(self.norm(torch.tanh(self.convolution(image)).mean(dim=(1, 2))))


@pytest.fixture(autouse=True, scope="module")
def _one_thread() -> Iterator[None]:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_it_takes_steps_like_the_training_loop_and_stays_finite(name):
    component, model = OPTIMIZERS[name], Model()
    hyperparameters = json.loads(json.dumps({**component.defaults, "lr": component.lr_ref}))
    optimizer = build_optimizer(component, model, 20, hyperparameters)
    tokens, targets = torch.randint(0, 11, (16, 6)), torch.randint(0, 4, (16,))
    before = [p.detach().clone() for p in model.parameters()]

    def closure():
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(model(tokens), targets)
        loss.backward(create_graph=component.create_graph)
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        return loss.detach()

    for step in range(12):
        with evaluation_mode(model, optimizer):
            assert math.isfinite(nn.functional.cross_entropy(model(tokens), targets).item())
        for group in optimizer.param_groups:
            group["lr"] *= 0.9
        loss = update(optimizer, closure, component.closure)
        assert loss.ndim == 0, f"step {step}"
        assert math.isfinite(loss.item())
    after = list(model.parameters())
    assert all(torch.isfinite(p).all() for p in after)
    assert any(not torch.equal(p, q) for p, q in zip(before, after, strict=True))
