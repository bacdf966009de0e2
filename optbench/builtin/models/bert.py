"""BERT's encoder with its head for masked tokens."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from optbench.builtin.models.attention import PostNormBlock
from optbench.builtin.models.layers import ACTIVATIONS
from optbench.builtin.options import check_deviation, check_dropout, check_heads, check_name, check_positive


class BERT(nn.Module):
    """Token and position embeddings with a norm, `layers` bidirectional post-norm blocks, and the head.

    The head for masked tokens is a dense layer with `activation`, as in the blocks, and a norm, then the embeddings as
    output layer, with a bias of its own. There is one kind of segment, and therefore no embedding of it, and no task of
    next sentences. `dropout` acts on the embeddings, on the attention's weights and on what blocks add. Weights start
    as N(0, s²), cut off at 2 s, where s is `initializer_range`, biases at zero. 0.02 fits the paper's width of 768;
    attention keeps its strength in narrower models with 0.02 sqrt(768 / width), and with 0.02 begins, and long stays,
    nearly uniform.

    `input_shape` is (T,), the longest context, `outputs` the vocabulary V, the mask token included. Raises
    `UsageError` for options that make no sense.

    Source: Devlin et al., BERT, NAACL 2019, section 3 and appendix A.2.
    """

    def __init__(
        self,
        input_shape: tuple[int, ...],
        outputs: int,
        *,
        layers: int = 2,
        width: int = 128,
        heads: int = 4,
        dropout: float = 0.1,
        initializer_range: float = 0.02,
        activation: str = "gelu",
    ) -> None:
        super().__init__()
        check_positive("bert", layers=layers, width=width, heads=heads)
        check_heads("bert", heads, width)
        check_dropout("bert", dropout)
        check_name("bert", "activation", activation, ACTIVATIONS)
        check_deviation("bert", initializer_range)
        (context,) = input_shape
        self.tokens = nn.Embedding(outputs, width)
        self.positions = nn.Embedding(context, width)
        self.norm = nn.LayerNorm(width)
        self.dropout = nn.Dropout(dropout)
        blocks = (
            PostNormBlock(width, heads, causal=False, dropout=dropout, activation=activation) for _ in range(layers)
        )
        self.blocks = nn.Sequential(*blocks)
        self.transform = nn.Sequential(nn.Linear(width, width), ACTIVATIONS[activation](), nn.LayerNorm(width))
        self.bias = nn.Parameter(torch.zeros(outputs))
        self._initialise(initializer_range)

    def forward(self, tokens: Tensor) -> Tensor:
        """Map tokens [B, T] to the logits of the token at each position [B, T, V]."""
        embedded = self.tokens(tokens) + self.positions.weight[: tokens.shape[-1]]
        stream = self.blocks(self.dropout(self.norm(embedded)))
        return F.linear(self.transform(stream), self.tokens.weight, self.bias)

    def _initialise(self, deviation: float) -> None:
        for module in self.modules():
            if isinstance(module, nn.Linear | nn.Embedding):
                nn.init.trunc_normal_(module.weight, std=deviation, a=-2 * deviation, b=2 * deviation)
            if isinstance(module, nn.Linear):
                nn.init.zeros_(module.bias)
