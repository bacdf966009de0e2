"""BatchNorm statistics of the weights that are evaluated, where an optimizer trains others."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import torch
from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm

BATCHES = 30
"""Training batches that the statistics are taken from."""


def batch_norms(model: nn.Module) -> list[_BatchNorm]:
    """Return the modules that keep running statistics of their batches."""
    return [m for m in model.modules() if isinstance(m, _BatchNorm) and m.running_mean is not None]


@contextmanager
def statistics_anew(model: nn.Module, see_batches: Callable[[], object]) -> Iterator[None]:
    """Give a model in evaluation mode the mean statistics of the batches that it sees; put its own back afterwards.

    `see_batches` calls the model in training mode. Each batch counts alike, as in `torch.optim.swa_utils.update_bn`.
    All buffers are put back, other modules' too. Source: Defazio et al., The road less scheduled, 2024,
    arXiv:2405.15682, whose implementation asks for it; AlgoPerf calls it `prepare_for_eval`.
    """
    modules = batch_norms(model)
    momenta = [module.momentum for module in modules]
    with buffers_kept(model):
        for module in modules:
            module.reset_running_stats()
            module.momentum = None  # a cumulative mean
        model.train()
        try:
            see_batches()
        finally:
            model.eval()
            for module, momentum in zip(modules, momenta, strict=True):
                module.momentum = momentum
        yield


@contextmanager
def buffers_kept(model: nn.Module) -> Iterator[None]:
    """Put a model's buffers back afterwards."""
    buffers = {name: buffer.clone() for name, buffer in model.named_buffers()}
    try:
        yield
    finally:
        with torch.no_grad():
            for name, buffer in model.named_buffers():
                buffer.copy_(buffers[name])
