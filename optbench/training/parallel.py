"""Data-parallel training: one run as several processes, or GPUs, that share each batch and average their gradients."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel

from optbench.components.dataset import Inputs, Split
from optbench.training.backends import backend_of
from optbench.training.batchnorm import buffers_kept
from optbench.training.objective import Objective

LOOPBACK = {"linux": "lo", "darwin": "lo0"}
"""Network interface over which processes of one machine talk; otherwise gloo looks its host name up."""


@dataclass(frozen=True)
class ProcessGroup:
    """The processes of a run, as one of them sees it: its `rank` among `world_size`; rank 0 evaluates and reports."""

    rank: int = 0
    world_size: int = 1

    @property
    def is_main(self) -> bool:
        """Whether this process evaluates and reports."""
        return self.rank == 0

    def shard(self, batch: Split) -> Split:
        """Return this process's examples of a batch: every `world_size`-th one."""
        return batch.take(slice(self.rank, None, self.world_size))

    def mean(self, loss: Tensor) -> Tensor:
        """Return the mean over all processes."""
        if self.world_size > 1:
            dist.all_reduce(loss)
            loss = loss / self.world_size
        return loss

    def largest(self, value: float, device: torch.device) -> float:
        """Return the largest of the processes' values."""
        if self.world_size == 1:
            return value
        largest = torch.tensor(value, device=device)
        dist.all_reduce(largest, dist.ReduceOp.MAX)
        return float(largest)

    def wrapped(self, objective: Objective, model: nn.Module, few: Split) -> Objective:
        """Return an objective with gradients that are means over all processes; `few` examples show which there are."""
        if self.world_size == 1:
            return objective
        module = _Whole(objective, model)
        return DistributedDataParallel(module, find_unused_parameters=_some_are_unused(objective, model, few))


class _Whole(nn.Module):
    """An objective with its model: what `DistributedDataParallel` has to see to know which gradients come.

    A model alone would not show it the penalties of weights, nor that some outputs are ignored.
    """

    def __init__(self, objective: Objective, model: nn.Module) -> None:
        super().__init__()
        self.objective, self.model = objective, model

    def forward(self, inputs: Inputs, targets: Tensor) -> Tensor:
        return self.objective(inputs, targets)


def _some_are_unused(objective: Objective, model: nn.Module, few: Split) -> bool:
    with buffers_kept(model):
        objective(few.inputs, few.targets).backward()  # type: ignore[no-untyped-call]
    unused = any(parameter.requires_grad and parameter.grad is None for parameter in model.parameters())
    model.zero_grad()
    return unused


SINGLE = ProcessGroup()


@contextmanager
def joined(group: ProcessGroup, device: torch.device, file: Path) -> Iterator[ProcessGroup]:
    """Be one of the processes of a group, which find each other through a file."""
    if sys.platform in LOOPBACK:
        os.environ.setdefault("GLOO_SOCKET_IFNAME", LOOPBACK[sys.platform])
    collective = backend_of(device).collective
    dist.init_process_group(collective, init_method=file.as_uri(), rank=group.rank, world_size=group.world_size)
    try:
        yield group
    finally:
        dist.destroy_process_group()
