"""How much memory an optimizer's state takes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch


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
