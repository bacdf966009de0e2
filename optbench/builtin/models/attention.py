"""The layers that Transformers are made of."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor, nn

from optbench.builtin.models.layers import ACTIVATIONS


class Block(nn.Module):
    """Self-attention and a feed-forward network, each added to its normalised input (pre-norm).

    `dropout` acts on the attention's weights and on what is added; `activation` is that of the feed-forward network,
    `bias` that of every layer, norms included.
    """

    def __init__(
        self,
        width: int,
        heads: int,
        *,
        causal: bool = True,
        bias: bool = True,
        dropout: float = 0.0,
        activation: str = "gelu",
    ) -> None:
        super().__init__()
        self.attention_norm = nn.LayerNorm(width, bias=bias)
        self.attention = SelfAttention(width, heads, causal=causal, bias=bias, dropout=dropout)
        self.feed_forward_norm = nn.LayerNorm(width, bias=bias)
        self.feed_forward = FeedForward(width, activation, bias=bias)
        self.dropout = nn.Dropout(dropout)

    def forward(self, stream: Tensor) -> Tensor:
        """Map the residual stream [B, T, D] to itself."""
        stream = stream + self.dropout(self.attention(self.attention_norm(stream)))
        updated: Tensor = stream + self.dropout(self.feed_forward(self.feed_forward_norm(stream)))
        return updated


class PostNormBlock(Block):
    """The same layers in the order of Vaswani et al. 2017: each sum is normalised."""

    def forward(self, stream: Tensor) -> Tensor:
        """Map the stream [B, T, D] to itself."""
        stream = self.attention_norm(stream + self.dropout(self.attention(stream)))
        updated: Tensor = self.feed_forward_norm(stream + self.dropout(self.feed_forward(stream)))
        return updated


class SelfAttention(nn.Module):
    """Multi-head attention of every position to all, or where `causal` to itself and what came before.

    `heads` must divide `width`.
    """

    def __init__(self, width: int, heads: int, *, causal: bool = True, bias: bool = True, dropout: float = 0.0) -> None:
        super().__init__()
        self.heads, self.causal, self.dropout = heads, causal, dropout
        self.qkv = nn.Linear(width, 3 * width, bias=bias)
        self.out = nn.Linear(width, width, bias=bias)

    def forward(self, stream: Tensor) -> Tensor:
        """Map [B, T, D] to [B, T, D]."""
        q, k, v = self.qkv(stream).unflatten(-1, (3, self.heads, -1)).movedim(-3, 0).transpose(-3, -2)
        dropout = self.dropout if self.training else 0.0
        mixed = F.scaled_dot_product_attention(q, k, v, dropout_p=dropout, is_causal=self.causal)
        output: Tensor = self.out(mixed.transpose(-3, -2).flatten(-2))
        return output


class FeedForward(nn.Module):
    """Two dense layers, four times as wide between them, with an activation there."""

    def __init__(self, width: int, activation: str = "gelu", *, bias: bool = True) -> None:
        super().__init__()
        self.up = nn.Linear(width, 4 * width, bias=bias)
        self.activation = ACTIVATIONS[activation]()
        self.down = nn.Linear(4 * width, width, bias=bias)

    def forward(self, stream: Tensor) -> Tensor:
        """Map [..., D] to [..., D]."""
        output: Tensor = self.down(self.activation(self.up(stream)))
        return output
