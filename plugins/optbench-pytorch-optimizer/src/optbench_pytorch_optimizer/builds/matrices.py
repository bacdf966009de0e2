"""Which weights of a model are matrices to methods that treat those differently."""

from __future__ import annotations

from typing import Any

import optbench
from torch import nn


def is_embedding(model: nn.Module, parameter: nn.Parameter) -> bool:
    """Whether a parameter is the table of an embedding."""
    return any(parameter is m.weight for m in model.modules() if isinstance(m, (nn.Embedding, nn.EmbeddingBag)))


def split(model: nn.Module, weight_decay: float, least: int, most: int) -> tuple[list[dict[str, Any]], ...]:
    """Return the groups of weights with `least` to `most` axes that are not embeddings, and the groups of the others.

    Weight decay acts as everywhere in optbench: on weights with two or more axes, not on embeddings.
    """
    chosen, others = [], []
    for group in optbench.parameter_groups(model, weight_decay):
        inside = [p for p in group["params"] if least <= p.ndim <= most and not is_embedding(model, p)]
        outside = [p for p in group["params"] if all(p is not q for q in inside)]
        chosen += [{**group, "params": inside}] if inside else []
        others += [{**group, "params": outside}] if outside else []
    return chosen, others
