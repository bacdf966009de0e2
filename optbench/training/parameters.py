"""Which parameters weight decay acts on: the same rule for every optimizer."""

from __future__ import annotations

from typing import Any

from torch import nn


def decaying_parameters(model: nn.Module) -> list[nn.Parameter]:
    """Return the trainable weights with two or more axes that are no embeddings, in the model's order."""
    embeddings = {
        id(parameter)
        for module in model.modules()
        if isinstance(module, (nn.Embedding, nn.EmbeddingBag))
        for parameter in module.parameters(recurse=False)
    }
    return [p for p in model.parameters() if p.requires_grad and p.ndim >= 2 and id(p) not in embeddings]


def parameter_groups(model: nn.Module, weight_decay: float) -> list[dict[str, Any]]:
    """Split the trainable parameters into those that decay and those that do not.

    Weights with two or more axes decay; biases, norm gains and embeddings never do. A tied parameter appears
    once, and as an embedding where it is one anywhere. Returns at most two groups, `{"params", "weight_decay"}`,
    the decaying one first, empty ones dropped, parameters in the model's order.
    """
    decaying = decaying_parameters(model)
    known = {id(parameter) for parameter in decaying}
    others = [p for p in model.parameters() if p.requires_grad and id(p) not in known]
    groups = [{"params": decaying, "weight_decay": weight_decay}, {"params": others, "weight_decay": 0.0}]
    return [group for group in groups if group["params"]]
