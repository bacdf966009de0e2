from __future__ import annotations

import math

import pytest
import torch
from torch import nn

from optbench.builtin.models.attention import Block, PostNormBlock, SelfAttention


def test_attention_of_one_head_is_the_papers_formula() -> None:
    """softmax(Q K^T / sqrt(d)) V with the future masked (Vaswani et al. 2017, equation 1)."""
    torch.manual_seed(0)
    attention = SelfAttention(4, 1).double()
    stream = torch.randn(1, 5, 4, dtype=torch.float64)
    q, k, v = attention.qkv(stream).chunk(3, -1)
    scores = (q @ k.mT / math.sqrt(4)).masked_fill(torch.ones(5, 5).triu(1).bool(), -math.inf)
    assert torch.allclose(attention(stream), attention.out(scores.softmax(-1) @ v), atol=1e-12)


def test_heads_do_not_mix_before_the_output_layer() -> None:
    torch.manual_seed(0)
    attention = SelfAttention(4, 2).double()
    torch.nn.init.eye_(attention.out.weight)
    stream = torch.randn(1, 5, 4, dtype=torch.float64)
    before = attention(stream)
    with torch.no_grad():
        attention.qkv.weight[0:2] += 1
    after = attention(stream)
    assert torch.equal(before[..., 2:], after[..., 2:])
    assert not torch.equal(before[..., :2], after[..., :2])


def test_attention_that_is_not_causal_sees_the_future() -> None:
    torch.manual_seed(0)
    attention = SelfAttention(4, 1, causal=False).double()
    stream = torch.randn(1, 5, 4, dtype=torch.float64)
    q, k, v = attention.qkv(stream).chunk(3, -1)
    weights = (q @ k.mT / math.sqrt(4)).softmax(-1)
    assert torch.allclose(attention(stream), attention.out(weights @ v), atol=1e-12)


def test_dropout_acts_on_attention_in_training_only() -> None:
    torch.manual_seed(0)
    attention, stream = SelfAttention(4, 1, dropout=0.5), torch.randn(1, 5, 4)
    assert not torch.equal(attention(stream), attention(stream))
    attention.eval()
    assert torch.equal(attention(stream), attention(stream))


def test_pre_norm_leaves_the_stream_as_it_is_and_post_norm_normalises_it() -> None:
    """With silent sub-layers a pre-norm block is the identity (He et al. 2016), a post-norm one a layer norm."""
    for kind in (Block, PostNormBlock):
        block = kind(8, 2)
        for silent in (block.attention.out, block.feed_forward.down):
            nn.init.zeros_(silent.weight)
            nn.init.zeros_(silent.bias)
        stream = 3 + 2 * torch.randn(2, 5, 8)
        if kind is Block:
            assert torch.equal(block(stream), stream)
        else:
            assert block(stream).mean(-1).abs().max().item() < 1e-5
            assert block(stream).var(-1, correction=0).mean().item() == pytest.approx(1, abs=1e-3)


def test_without_bias_a_block_has_gains_and_matrices_only() -> None:
    names = [name for name, _ in Block(8, 2, bias=False).named_parameters()]
    assert len(names) == 6
    assert not [name for name in names if name.endswith("bias")]
