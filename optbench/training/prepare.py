"""Make a run ready in this process: one way for all that train, measure, validate or repeat one."""

from __future__ import annotations

from functools import lru_cache

import torch
from threadpoolctl import threadpool_limits

from optbench.runs.context import ExecutionContext
from optbench.runs.spec import RunSpec
from optbench.training.backends import backend_of
from optbench.training.build import build_training
from optbench.training.memory import keep_freed_memory
from optbench.training.parallel import SINGLE, ProcessGroup
from optbench.training.seeding import seed_everything, seeds_for
from optbench.training.training import Training


def prepare_run(
    spec: RunSpec, device: torch.device, context: ExecutionContext, group: ProcessGroup = SINGLE
) -> Training:
    """Build a run on a device, with torch's globals as a fresh process has them, and its random streams at their start.

    Raises whatever its components raise, and `UsageError` for what its task makes impossible.
    """
    reset_torch(spec.task.threads, device)
    diagnostics = context.diagnostics if group.is_main else ()
    run = build_training(spec, context.registry(), context.folders, device, diagnostics, group)
    seed_everything(seeds_for(spec.task.name, spec.seed).forward)
    return run


def reset_torch(threads: int, device: torch.device) -> None:
    """Undo what an earlier run in this process may have set globally."""
    torch.set_num_threads(threads)
    _limit_blas(threads)
    keep_freed_memory()
    torch.set_default_dtype(torch.float32)
    torch.set_default_device(None)
    torch.set_grad_enabled(True)
    torch.use_deterministic_algorithms(False)
    torch.backends.cudnn.benchmark = False
    backend_of(device).prepare(device)


@lru_cache(maxsize=1)
def _limit_blas(threads: int) -> None:
    """Have numpy and scipy use as many threads as torch: more than there are cores wait for each other."""
    threadpool_limits(threads, user_api="blas")
