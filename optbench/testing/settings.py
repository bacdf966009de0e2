"""Torch's global settings, which an optimizer must leave alone, and which no check passes on to the next."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import torch

_SETTINGS: dict[str, tuple[Callable[[], Any], Callable[[Any], Any]]] = {
    "the default type": (torch.get_default_dtype, torch.set_default_dtype),
    "the default device": (lambda: torch.empty(0).device, torch.set_default_device),
    "whether gradients are enabled": (torch.is_grad_enabled, torch.set_grad_enabled),
    "the number of threads": (torch.get_num_threads, torch.set_num_threads),
    "whether algorithms are deterministic": (
        torch.are_deterministic_algorithms_enabled,
        torch.use_deterministic_algorithms,
    ),
    "the precision of float32 products": (torch.get_float32_matmul_precision, torch.set_float32_matmul_precision),
    "whether anomalies are detected": (torch.is_anomaly_enabled, torch.autograd.set_detect_anomaly),
}


def settings() -> dict[str, Any]:
    """Return the settings by what they are called in a sentence."""
    return {name: read() for name, (read, _) in _SETTINGS.items()}


@contextmanager
def kept() -> Iterator[None]:
    """Put back what the block changes; it runs on one thread, since the problems are small."""
    before = settings()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        for name, value in before.items():
            read, write = _SETTINGS[name]
            if read() != value:
                write(value)
