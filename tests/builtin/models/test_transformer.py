from __future__ import annotations

import math

import pytest
import torch

from optbench.builtin.models.transformer import CausalSelfAttention, Transformer


@pytest.fixture
def model() -> Transformer:
    torch.manual_seed(0)
    return Transformer((12,), 9, layers=2, width=16, heads=4)


def test_a_later_token_changes_no_earlier_output(model: Transformer) -> None:
    tokens = torch.randint(9, (1, 12))
    changed = tokens.clone()
    changed[0, 7] = (changed[0, 7] + 1) % 9
    before, after = model(tokens), model(changed)
    assert torch.equal(before[:, :7], after[:, :7])
    assert not torch.equal(before[:, 7:], after[:, 7:])


def test_an_earlier_token_reaches_the_last_output(model: Transformer) -> None:
    tokens = torch.randint(9, (1, 12))
    changed = tokens.clone()
    changed[0, 0] = (changed[0, 0] + 1) % 9
    assert not torch.equal(model(tokens)[:, -1], model(changed)[:, -1])


def test_a_shorter_context_gives_the_same_outputs(model: Transformer) -> None:
    tokens = torch.randint(9, (2, 12))
    assert torch.allclose(model(tokens)[:, :5], model(tokens[:, :5]), atol=1e-6)


def test_attention_of_one_head_is_the_papers_formula() -> None:
    """softmax(Q K^T / sqrt(d)) V with the future masked (Vaswani et al. 2017, equation 1)."""
    torch.manual_seed(0)
    attention = CausalSelfAttention(4, 1).double()
    stream = torch.randn(1, 5, 4, dtype=torch.float64)
    q, k, v = attention.qkv(stream).chunk(3, -1)
    scores = (q @ k.mT / math.sqrt(4)).masked_fill(torch.ones(5, 5).triu(1).bool(), -math.inf)
    assert torch.allclose(attention(stream), attention.out(scores.softmax(-1) @ v), atol=1e-12)


def test_heads_do_not_mix_before_the_output_layer() -> None:
    torch.manual_seed(0)
    attention = CausalSelfAttention(4, 2).double()
    torch.nn.init.eye_(attention.out.weight)
    stream = torch.randn(1, 5, 4, dtype=torch.float64)
    before = attention(stream)
    with torch.no_grad():
        attention.qkv.weight[0:2] += 1
    after = attention(stream)
    assert torch.equal(before[..., 2:], after[..., 2:])
    assert not torch.equal(before[..., :2], after[..., :2])


def test_initialisation_is_pytorchs_but_for_small_embeddings() -> None:
    torch.manual_seed(0)
    model = Transformer((64,), 65)
    for embedding in (model.tokens, model.positions):
        assert embedding.weight.std().item() == pytest.approx(0.2, rel=0.1)
    for block in model.blocks:
        assert block.attention.qkv.weight.std().item() == pytest.approx(1 / (3 * 64) ** 0.5, rel=0.1)
    assert torch.equal(model.norm.weight, torch.ones(64))
