"""The other processes of a run that is spread over several: started, told what to do, and ended with it."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch

from optbench.components.device import DEVICE_KINDS
from optbench.execution.process import WorkerProcess
from optbench.training.parallel import SINGLE, ProcessGroup, joined


@contextmanager
def process_group(
    function: str, world_size: int, device: torch.device, file: Path, *args: Any
) -> Iterator[ProcessGroup]:
    """Start all processes but this one, which call `function(group, device name, file, *args)`; yield this one's group.

    They use the devices after this one's where those are numbered. Raises what one of them raised, and ends them all
    in the end.
    """
    if world_size == 1:
        yield SINGLE
        return
    workers = [WorkerProcess() for _ in range(world_size - 1)]
    calls: list[Future[Any]] = []
    with ThreadPoolExecutor(len(workers)) as threads:
        try:
            for rank, worker in enumerate(workers, 1):
                numbered = DEVICE_KINDS[device.type].numbered
                name = f"{device.type}:{(device.index or 0) + rank}" if numbered else device.type
                call = threads.submit(worker.call, function, ProcessGroup(rank, world_size), name, file, *args)
                call.add_done_callback(lambda _, worker=worker: worker.close())  # type: ignore[misc]
                calls.append(call)
            with joined(ProcessGroup(0, world_size), device, file) as group:
                yield group
        except RuntimeError as error:
            _raise_what_a_rank_raised(calls, error)
            raise
        finally:
            for worker in workers:
                worker.close()


def _raise_what_a_rank_raised(calls: list[Future[Any]], error: RuntimeError) -> None:
    """Say why the connection to a process was lost, where that process has said why it ended."""
    for rank, call in enumerate(calls, 1):
        reason = call.exception() if call.done() else None
        if reason is not None:
            raise RuntimeError(f"process {rank} of the run: {type(reason).__name__}: {reason}") from error
