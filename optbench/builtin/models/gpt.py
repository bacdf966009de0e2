"""GPT-2's architecture and initialisation, as in nanoGPT."""

from __future__ import annotations

import math

import torch.nn.functional as F
from torch import Tensor, nn

from optbench.builtin.models.attention import Block
from optbench.builtin.models.layers import ACTIVATIONS
from optbench.builtin.options import check_deviation, check_dropout, check_heads, check_name, check_positive


class GPT(nn.Module):
    """Token and position embeddings, `layers` pre-norm blocks, a last norm, and a tied output layer.

    Weights start as N(0, s²), where s is `initializer_range` (0.02 in Radford et al. 2018, section 4.1), those of
    layers that add to the residual stream as N(0, s² / (2 layers)) (Radford et al. 2019, section 2.3), biases at zero.
    `activation` is that of the feed-forward networks. `dropout` acts on the embeddings, on the attention's weights and
    on what blocks add. Without `bias`, nanoGPT's default, neither dense layers nor norms have one.

    `input_shape` is (T,), the longest context, `outputs` the vocabulary V. Raises `UsageError` for options that make
    no sense.
    """

    def __init__(
        self,
        input_shape: tuple[int, ...],
        outputs: int,
        *,
        layers: int = 4,
        width: int = 128,
        heads: int = 4,
        dropout: float = 0.0,
        bias: bool = False,
        activation: str = "gelu",
        initializer_range: float = 0.02,
    ) -> None:
        super().__init__()
        check_positive("gpt", layers=layers, width=width, heads=heads)
        check_heads("gpt", heads, width)
        check_dropout("gpt", dropout)
        check_name("gpt", "activation", activation, ACTIVATIONS)
        check_deviation("gpt", initializer_range)
        (context,) = input_shape
        blocks = [Block(width, heads, bias=bias, dropout=dropout, activation=activation) for _ in range(layers)]
        self.tokens = nn.Embedding(outputs, width)
        self.positions = nn.Embedding(context, width)
        self.dropout = nn.Dropout(dropout)
        self.blocks = nn.Sequential(*blocks)
        self.norm = nn.LayerNorm(width, bias=bias)
        self._initialise(blocks, initializer_range)

    def forward(self, tokens: Tensor) -> Tensor:
        """Map tokens [B, T] to the logits of each next token [B, T, V]."""
        stream = self.tokens(tokens) + self.positions.weight[: tokens.shape[-1]]
        return F.linear(self.norm(self.blocks(self.dropout(stream))), self.tokens.weight)

    def _initialise(self, blocks: list[Block], deviation: float) -> None:
        for module in self.modules():
            if isinstance(module, nn.Linear | nn.Embedding):
                nn.init.normal_(module.weight, std=deviation)
            if isinstance(module, nn.Linear) and module.bias is not None:
                nn.init.zeros_(module.bias)
        for block in blocks:
            for added in (block.attention.out, block.feed_forward.down):
                nn.init.normal_(added.weight, std=deviation / math.sqrt(2 * len(blocks)))
