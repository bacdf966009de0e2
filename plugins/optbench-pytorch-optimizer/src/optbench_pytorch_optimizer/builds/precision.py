"""Methods whose state has a type of its own: that of the weights where these are in double precision."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytorch_optimizer
import torch


class FAdam(pytorch_optimizer.FAdam):
    """FAdam whose state is float64 for float64 weights, where the class raises, and float32 for all others."""

    def __init__(self, params: Iterable[Any], **options: Any) -> None:
        groups = list(params)
        first = groups[0]["params"][0] if isinstance(groups[0], dict) else groups[0]
        dtype = torch.promote_types(first.dtype, torch.float32)
        super().__init__(groups, momentum_dtype=dtype, fim_dtype=dtype, **options)
