from __future__ import annotations

import pytest
import torch

from optbench.builtin.models.transformer import Transformer


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


def test_initialisation_is_pytorchs_but_for_small_embeddings() -> None:
    torch.manual_seed(0)
    model = Transformer((64,), 65)
    for embedding in (model.tokens, model.positions):
        assert embedding.weight.std().item() == pytest.approx(0.2, rel=0.1)
    for block in model.blocks:
        assert block.attention.qkv.weight.std().item() == pytest.approx(1 / (3 * 64) ** 0.5, rel=0.1)
    assert torch.equal(model.norm.weight, torch.ones(64))
