"""Data-parallel training: one run as several processes, or GPUs, that share each batch and average their gradients."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel

from optbench.engine.isolation import Isolate

LOOPBACK = {"linux": "lo", "darwin": "lo0"}
"""Network interface that processes of one machine meet on; otherwise gloo looks its host name up."""


@dataclass(frozen=True)
class Place:
    """Which of a run's processes this one is: number `index` of `of`, the first of which evaluates and reports."""

    index: int = 0
    of: int = 1

    @property
    def leads(self) -> bool:
        """Whether this process evaluates and reports."""
        return self.index == 0

    def share(self, batch: Tensor) -> Tensor:
        """Return this process's examples of a batch: every `of`-th one."""
        return batch[self.index :: self.of] if self.of > 1 else batch

    def mean(self, loss: Tensor) -> Tensor:
        """Return the mean over all processes."""
        if self.of > 1:
            dist.all_reduce(loss)
            loss = loss / self.of
        return loss

    def joined(self, model: nn.Module) -> nn.Module:
        """Return the model with gradients that are means over all processes."""
        return DistributedDataParallel(model) if self.of > 1 else model


ALONE = Place()


@contextmanager
def meeting(place: Place, device: torch.device, file: Path) -> Iterator[None]:
    """Be one of the processes that meet through a file: over NCCL on GPUs, over gloo on CPUs."""
    if sys.platform in LOOPBACK:
        os.environ.setdefault("GLOO_SOCKET_IFNAME", LOOPBACK[sys.platform])
    backend = "nccl" if device.type == "cuda" else "gloo"
    dist.init_process_group(backend, init_method=file.as_uri(), rank=place.index, world_size=place.of)
    try:
        yield
    finally:
        dist.destroy_process_group()


@contextmanager
def followers(function: str, processes: int, device: torch.device, file: Path, *args: Any) -> Iterator[Place]:
    """Start all processes but this one, which call `function(place, device name, file, *args)`; yield this one's place.

    They use the GPUs after this one's. Raises what one of them raised, and ends them all in the end.
    """
    if processes == 1:
        yield ALONE
        return
    isolates = [Isolate() for _ in range(processes - 1)]
    calls: list[Future[Any]] = []
    with ThreadPoolExecutor(len(isolates)) as threads:
        try:
            for index, isolate in enumerate(isolates, 1):
                name = f"cuda:{(device.index or 0) + index}" if device.type == "cuda" else device.type
                call = threads.submit(isolate.call, function, Place(index, processes), name, file, *args)
                call.add_done_callback(lambda _, isolate=isolate: isolate.close())  # type: ignore[misc]
                calls.append(call)
            with meeting(Place(0, processes), device, file):
                yield Place(0, processes)
        except RuntimeError as error:
            _raise_what_a_follower_raised(calls, error)
            raise
        finally:
            for isolate in isolates:
                isolate.close()


def _raise_what_a_follower_raised(calls: list[Future[Any]], error: RuntimeError) -> None:
    """Say why the connection to a process was lost, where that process has said why it ended."""
    for index, call in enumerate(calls, 1):
        reason = call.exception() if call.done() else None
        if reason is not None:
            raise RuntimeError(f"process {index} of the run: {type(reason).__name__}: {reason}") from error
