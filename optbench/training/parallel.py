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

from optbench.training.backends import backend_of

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

    def shard(self, batch: Tensor) -> Tensor:
        """Return this process's examples of a batch: every `world_size`-th one."""
        return batch[self.rank :: self.world_size] if self.world_size > 1 else batch

    def mean(self, loss: Tensor) -> Tensor:
        """Return the mean over all processes."""
        if self.world_size > 1:
            dist.all_reduce(loss)
            loss = loss / self.world_size
        return loss

    def wrapped(self, model: nn.Module) -> nn.Module:
        """Return the model with gradients that are means over all processes."""
        return DistributedDataParallel(model) if self.world_size > 1 else model


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
