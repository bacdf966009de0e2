"""How much memory an optimizer's state and a run take, and what becomes of memory that is freed."""

from __future__ import annotations

import contextlib
import ctypes
from collections.abc import Sequence
from functools import cache
from typing import Any

import psutil
import torch

M_MMAP_THRESHOLD, MMAP_THRESHOLD = -3, 32 << 20
M_TRIM_THRESHOLD, TRIM_THRESHOLD = -1, (1 << 31) - 1
"""Parameters of `mallopt(3)` and the largest values that glibc takes, in bytes."""


@cache
def keep_freed_memory() -> None:
    """Have the C library keep what is freed: each step of a run needs it again.

    By default glibc returns large blocks to the system at once, and the system clears every page that it hands out
    again: a fifth of the time that a CNN of 32 and 64 channels takes, on 28 x 28 images, and 2 % of LeNet's.
    """
    with contextlib.suppress(OSError, AttributeError, TypeError):  # only glibc's has it
        mallopt = ctypes.CDLL(None).mallopt
        mallopt(M_MMAP_THRESHOLD, MMAP_THRESHOLD)
        mallopt(M_TRIM_THRESHOLD, TRIM_THRESHOLD)


OUT_OF_MEMORY = ("out of memory", "DefaultCPUAllocator", "_STATUS_ALLOC_FAILED")
"""What torch's errors say where it has no exception of its own: on CPUs, on Macs, in cuBLAS and cuDNN."""


def ran_out_of_memory(error: BaseException) -> bool:
    """Whether an exception says that memory, of whatever device, did not suffice."""
    if isinstance(error, torch.OutOfMemoryError | MemoryError):
        return True
    return isinstance(error, RuntimeError) and any(words in str(error) for words in OUT_OF_MEMORY)


class ResidentMemory:
    """Physical memory of this process, in bytes, at the moments when it is looked at; the first is the start."""

    def __init__(self) -> None:
        self._process = psutil.Process()
        self.start: int | None = None
        self.peak: int | None = None

    def look(self) -> None:
        """Take note of what it is now; before the first look, what earlier runs have freed goes back to the system."""
        if self.start is None:
            return_what_is_free()
        now = int(self._process.memory_info().rss)
        self.start = now if self.start is None else self.start
        self.peak = now if self.peak is None else max(now, self.peak)

    @property
    def growth(self) -> int | None:
        """How far it rose above its start."""
        return None if self.peak is None or self.start is None else self.peak - self.start


def return_what_is_free() -> None:
    """Have the C library return freed memory, which would hide as much growth; only glibc's does so when asked."""
    with contextlib.suppress(OSError, AttributeError, TypeError):
        ctypes.CDLL(None).malloc_trim(0)


def state_bytes(optimizer: Any) -> int:
    """Bytes of the tensors in `optimizer.state`; those without an axis are step counters, which are not state."""
    return _tensor_bytes(getattr(optimizer, "state", {}), set())


def _tensor_bytes(value: Any, seen: set[int]) -> int:
    if id(value) in seen:
        return 0
    seen.add(id(value))
    if isinstance(value, torch.Tensor):
        return value.nbytes if value.ndim else 0
    if isinstance(value, dict):
        return sum(_tensor_bytes(item, seen) for item in value.values())
    if isinstance(value, Sequence) and not isinstance(value, str | bytes):
        return sum(_tensor_bytes(item, seen) for item in value)
    return 0
