"""A small decoder-only Transformer after GPT-2."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from optbench.builtin.models.attention import Block
from optbench.builtin.models.layers import ACTIVATIONS
from optbench.builtin.options import check_dropout, check_heads, check_name, check_positive


class Transformer(nn.Module):
    """Token and position embeddings, `layers` pre-norm blocks, a last norm, and a linear output layer.

    Unlike GPT-2's, the output layer is not tied to the embeddings, these start as N(0, 0.2²) and weights as PyTorch's
    layers do: with GPT-2's N(0, 0.02²) at this width, runs as short as ours spend their time leaving a plateau, and
    with N(0, 1) momentum's best rates lie next to those that diverge.

    `activation` is that of the feed-forward networks; `dropout` acts on the embeddings, on the attention's weights and
    on what blocks add. `input_shape` is (T,), the longest context, `outputs` the vocabulary V. Raises `UsageError` for
    options that make no sense.
    """

    def __init__(
        self,
        input_shape: tuple[int, ...],
        outputs: int,
        *,
        layers: int = 2,
        width: int = 64,
        heads: int = 4,
        dropout: float = 0.0,
        activation: str = "gelu",
    ) -> None:
        super().__init__()
        check_positive("transformer", layers=layers, width=width, heads=heads)
        check_heads("transformer", heads, width)
        check_dropout("transformer", dropout)
        check_name("transformer", "activation", activation, ACTIVATIONS)
        (context,) = input_shape
        self.tokens = nn.Embedding(outputs, width)
        self.positions = nn.Embedding(context, width)
        self.dropout = nn.Dropout(dropout)
        self.blocks = nn.Sequential(
            *(Block(width, heads, dropout=dropout, activation=activation) for _ in range(layers))
        )
        self.norm = nn.LayerNorm(width)
        self.head = nn.Linear(width, outputs, bias=False)
        for embedding in (self.tokens, self.positions):
            nn.init.normal_(embedding.weight, std=0.2)

    def forward(self, tokens: Tensor) -> Tensor:
        """Map tokens [B, T] to the logits of each next token [B, T, V]."""
        positions = torch.arange(tokens.shape[-1], device=tokens.device)
        stream = self.tokens(tokens) + self.positions(positions)
        logits: Tensor = self.head(self.norm(self.blocks(self.dropout(stream))))
        return logits
