"""A small decoder-only Transformer after GPT-2."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from optbench.builtin.models.attention import Block


class Transformer(nn.Module):
    """Token and position embeddings, `layers` pre-norm blocks, a last norm, and a linear output layer.

    Unlike GPT-2's, the output layer is not tied to the embeddings, these start as N(0, 0.2²) and weights as PyTorch's
    layers do: with GPT-2's N(0, 0.02²) at this width, runs as short as ours spend their time leaving a plateau, and
    with N(0, 1) momentum's best rates lie next to those that diverge.

    `input_shape` is (T,), the longest context, `outputs` the vocabulary V. No dropout.
    """

    def __init__(
        self, input_shape: tuple[int, ...], outputs: int, *, layers: int = 2, width: int = 64, heads: int = 4
    ) -> None:
        super().__init__()
        (context,) = input_shape
        self.tokens = nn.Embedding(outputs, width)
        self.positions = nn.Embedding(context, width)
        self.blocks = nn.Sequential(*(Block(width, heads) for _ in range(layers)))
        self.norm = nn.LayerNorm(width)
        self.head = nn.Linear(width, outputs, bias=False)
        for embedding in (self.tokens, self.positions):
            nn.init.normal_(embedding.weight, std=0.2)

    def forward(self, tokens: Tensor) -> Tensor:
        """Map tokens [B, T] to the logits of each next token [B, T, V]."""
        positions = torch.arange(tokens.shape[-1], device=tokens.device)
        stream = self.tokens(tokens) + self.positions(positions)
        logits: Tensor = self.head(self.norm(self.blocks(stream)))
        return logits
