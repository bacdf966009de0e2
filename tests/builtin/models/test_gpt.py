from __future__ import annotations

import math
from typing import Any

import pytest
import torch
import torch.nn.functional as F

from optbench import UsageError
from optbench.builtin.models.gpt import GPT


@pytest.fixture
def model() -> GPT:
    torch.manual_seed(0)
    return GPT((12,), 9, layers=2, width=16, heads=4)


@pytest.mark.parametrize(
    ("context", "options", "published"),
    [(64, {}, 795_904), (256, {"layers": 6, "width": 384, "heads": 6}, 10_646_784)],
)
def test_nanogpts_models_have_its_number_of_parameters(context: int, options: dict[str, Any], published: int) -> None:
    """Karpathy, nanoGPT, 2022: 0.80 and 10.65 million, which leave out the table of positions."""
    model = GPT((context,), 65, **options)
    assert sum(p.numel() for p in model.parameters()) - model.positions.weight.numel() == published


def test_gpt_2s_smallest_model_has_its_number_of_parameters() -> None:
    """With biases: 124,439,808, as counted in the published weights."""
    with torch.device("meta"):
        model = GPT((1024,), 50257, layers=12, width=768, heads=12, bias=True)
    assert sum(p.numel() for p in model.parameters()) == 124_439_808


def test_a_later_token_changes_no_earlier_output(model: GPT) -> None:
    tokens = torch.randint(9, (1, 12))
    changed = tokens.clone()
    changed[0, 7] = (changed[0, 7] + 1) % 9
    before, after = model(tokens), model(changed)
    assert torch.equal(before[:, :7], after[:, :7])
    assert not torch.equal(before[:, 7:], after[:, 7:])


def test_an_earlier_token_reaches_the_last_output(model: GPT) -> None:
    tokens = torch.randint(9, (1, 12))
    changed = tokens.clone()
    changed[0, 0] = (changed[0, 0] + 1) % 9
    assert not torch.equal(model(tokens)[:, -1], model(changed)[:, -1])


def test_a_shorter_context_gives_the_same_outputs(model: GPT) -> None:
    tokens = torch.randint(9, (2, 12))
    assert torch.allclose(model(tokens)[:, :5], model(tokens[:, :5]), atol=1e-6)


@pytest.mark.parametrize("layers", [1, 8])
def test_layers_that_add_to_the_stream_start_smaller_by_the_root_of_their_number(layers: int) -> None:
    torch.manual_seed(0)
    model = GPT((64,), 65, layers=layers, bias=True)
    small = 0.02 / math.sqrt(2 * layers)
    for name, parameter in model.named_parameters():
        if name.endswith(("attention.out.weight", "feed_forward.down.weight")):
            assert parameter.std().item() == pytest.approx(small, rel=0.03), name
        elif name.endswith("norm.weight"):
            assert torch.equal(parameter, torch.ones(128)), name
        elif name.endswith("bias"):
            assert not parameter.any(), name
        else:
            assert parameter.std().item() == pytest.approx(0.02, rel=0.03), name


def test_the_output_layer_is_the_embedding(model: GPT) -> None:
    assert not [name for name, _ in model.named_parameters() if "head" in name]
    with torch.no_grad():
        before = model(torch.tensor([[1, 2, 3]]))
        model.tokens.weight[8] *= 2
        after = model(torch.tensor([[1, 2, 3]]))
    assert torch.allclose(after[..., 8], 2 * before[..., 8])
    assert torch.equal(after[..., :8], before[..., :8])


def test_a_fresh_model_knows_nothing() -> None:
    torch.manual_seed(0)
    tokens = torch.randint(65, (8, 65))
    loss = F.cross_entropy(GPT((64,), 65)(tokens[:, :-1]).flatten(0, 1), tokens[:, 1:].flatten())
    assert loss.item() == pytest.approx(math.log(65), abs=0.3)


def test_dropout_acts_in_training_only() -> None:
    torch.manual_seed(0)
    model, tokens = GPT((12,), 9, layers=1, width=16, dropout=0.2), torch.randint(9, (2, 12))
    assert not torch.equal(model(tokens), model(tokens))
    model.eval()
    assert torch.equal(model(tokens), model(tokens))


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"heads": 5}, "gpt: heads=5 must divide width=128; 4 does"),
        ({"layers": 0}, "gpt: layers=0 must be a positive whole number"),
        ({"dropout": 1.0}, "gpt: dropout=1.0 must be a number of at least 0 and less than 1"),
    ],
)
def test_a_wrong_option_is_refused_in_one_line(options: dict[str, Any], sentence: str) -> None:
    with pytest.raises(UsageError, match=f"^{sentence}$"):
        GPT((12,), 9, **options)
