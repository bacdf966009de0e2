"""Wrappers that take an optimizer, around the one that their authors, or most users, put into them."""

from __future__ import annotations

from typing import Any

import pytorch_optimizer
from torch.optim import AdamW, RMSprop

Pair = tuple[float, float]


class Lookahead(pytorch_optimizer.Lookahead):
    """Lookahead around AdamW."""

    def __init__(self, params: Any, lr: float, betas: Pair, eps: float, weight_decay: float, **own: Any) -> None:
        super().__init__(AdamW(params, lr=lr, betas=betas, eps=eps, weight_decay=weight_decay), **own)


class OrthoGrad(pytorch_optimizer.OrthoGrad):
    """OrthoGrad around AdamW."""

    def __init__(self, params: Any, lr: float, betas: Pair, eps: float, weight_decay: float, **own: Any) -> None:
        super().__init__(AdamW(params, lr=lr, betas=betas, eps=eps, weight_decay=weight_decay), **own)


class TRAC(pytorch_optimizer.TRAC):
    """TRAC around AdamW; its own decay rates are `trac_betas`."""

    def __init__(
        self,
        params: Any,
        lr: float,
        betas: Pair,
        eps: float,
        weight_decay: float,
        trac_betas: tuple[float, ...],
        trac_eps: float,
        **own: Any,
    ) -> None:
        base = AdamW(params, lr=lr, betas=betas, eps=eps, weight_decay=weight_decay)
        super().__init__(base, betas=trac_betas, eps=trac_eps, **own)


class ScheduleFreeWrapper(pytorch_optimizer.ScheduleFreeWrapper):
    """The schedule-free wrapper around RMSprop."""

    def __init__(self, params: Any, lr: float, alpha: float, eps: float, weight_decay: float, **own: Any) -> None:
        super().__init__(RMSprop(params, lr=lr, alpha=alpha, eps=eps, weight_decay=weight_decay), **own)
