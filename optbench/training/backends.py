"""What torch calls the same thing on each kind of device."""

from __future__ import annotations

from abc import ABC, abstractmethod

import torch

from optbench.components.component import resolve
from optbench.components.device import DEVICE_KINDS
from optbench.training.stopwatch import EventStopwatch, Stopwatch


class Backend(ABC):
    """One kind of device, as torch knows it."""

    collective: str
    """The library through which processes on such devices exchange tensors; empty where they cannot."""
    evaluation_batch = 1024
    """Examples that an evaluation passes forward at once."""
    channels_last = False
    """Whether convolutions are faster on images whose channels lie next to each other in memory."""
    synchronous = False
    """Whether an operation is done when it returns, so that reading its result makes nobody wait."""

    @abstractmethod
    def count(self) -> int:
        """Return how many of these devices torch can use here."""

    @abstractmethod
    def name(self, index: int) -> str:
        """Return what a device is called by its maker; empty where torch does not know."""

    @abstractmethod
    def synchronize(self, device: torch.device) -> None:
        """Wait for everything queued on the device."""

    @abstractmethod
    def generators(self, device: torch.device) -> list[torch.Generator]:
        """Return the generators that operations on the device draw from, besides the CPU's."""

    @abstractmethod
    def prepare(self, device: torch.device) -> None:
        """Make this process use the device, and forget an earlier run's peak of memory."""

    def peak_bytes(self, device: torch.device) -> int | None:
        """Return the most memory that was allocated at once; `None` where torch does not count it."""
        return None

    def stopwatch(self) -> Stopwatch:
        """Return a stopwatch for parts of a step; unless the device has events for that, the host's."""
        return Stopwatch()


class Cpu(Backend):
    """The processor.

    Larger batches of a Transformer no longer fit its caches: 512 take 1.7 times as long for each example as 128.
    """

    collective = "gloo"
    evaluation_batch = 128
    channels_last = True
    synchronous = True

    def count(self) -> int:
        """One, whatever its cores."""
        return 1

    def name(self, index: int) -> str:
        """Torch does not say."""
        return ""

    def prepare(self, device: torch.device) -> None:
        """There is no other, and no count."""

    def synchronize(self, device: torch.device) -> None:
        """Nothing is ever queued."""

    def generators(self, device: torch.device) -> list[torch.Generator]:
        """None but the CPU's own."""
        return []


class Cuda(Backend):
    """A GPU of NVIDIA's, or of AMD's under ROCm."""

    collective = "nccl"

    def count(self) -> int:
        """GPUs that are visible to this process."""
        return torch.cuda.device_count()

    def name(self, index: int) -> str:
        """The model of the GPU."""
        return torch.cuda.get_device_name(index)

    def synchronize(self, device: torch.device) -> None:
        """Wait for all streams of the device."""
        torch.cuda.synchronize(device)

    def generators(self, device: torch.device) -> list[torch.Generator]:
        """The GPU's own."""
        return [torch.cuda.default_generators[device.index or 0]]

    def prepare(self, device: torch.device) -> None:
        """Make it the current GPU, and forget an earlier run's peak of memory."""
        torch.cuda.set_device(device)
        torch.cuda.reset_peak_memory_stats(device)

    def peak_bytes(self, device: torch.device) -> int | None:
        """Return the most bytes that tensors took at once since `prepare`."""
        return torch.cuda.max_memory_allocated(device)

    def stopwatch(self) -> Stopwatch:
        """Return one of events on the current GPU's time line."""
        return EventStopwatch(torch.cuda.Event)


class Mps(Backend):
    """The GPU of a Mac."""

    collective = ""

    def count(self) -> int:
        """One where there is one."""
        return int(torch.backends.mps.is_available())

    def name(self, index: int) -> str:
        """Torch does not say."""
        return ""

    def prepare(self, device: torch.device) -> None:
        """There is no other, and no count."""

    def synchronize(self, device: torch.device) -> None:
        """Wait for all streams of the device."""
        torch.mps.synchronize()

    def generators(self, device: torch.device) -> list[torch.Generator]:
        """The GPU's own."""
        return [torch.mps._get_default_mps_generator()]


_BACKENDS: dict[str, Backend] = {name: resolve(kind.backend)() for name, kind in DEVICE_KINDS.items()}


def backend_of(device: torch.device) -> Backend:
    """Return the backend of a device's kind."""
    return _BACKENDS[device.type]


def devices() -> dict[str, tuple[str, ...]]:
    """Return the names of this machine's devices of each kind, in the order of their indices."""
    return {kind: tuple(backend.name(index) for index in range(backend.count())) for kind, backend in _BACKENDS.items()}
