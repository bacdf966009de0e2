from __future__ import annotations

import math
from typing import Any

import pytest
import torch
import torch.nn.functional as F

from optbench import UsageError
from optbench.builtin.models.bert import BERT


@pytest.fixture
def model() -> BERT:
    torch.manual_seed(0)
    return BERT((12,), 9, layers=2, width=16, heads=4, dropout=0.0)


def test_the_base_model_has_its_number_of_parameters() -> None:
    """The published weights with their head for masked tokens: 109,514,298, two embeddings of segments included."""
    with torch.device("meta"):
        model = BERT((512,), 30522, layers=12, width=768, heads=12)
    assert sum(p.numel() for p in model.parameters()) == 109_514_298 - 2 * 768


@pytest.mark.parametrize("changed_place", [0, 5, 11])
def test_every_token_reaches_every_output(model: BERT, changed_place: int) -> None:
    tokens = torch.randint(9, (1, 12))
    changed = tokens.clone()
    changed[0, changed_place] = (changed[0, changed_place] + 1) % 9
    assert (model(tokens) != model(changed)).any(-1).all()


def test_positions_tell_equal_tokens_apart(model: BERT) -> None:
    outputs = model(torch.full((1, 12), 3))
    assert not torch.allclose(outputs[0, 0], outputs[0, 1])


@pytest.mark.parametrize(("options", "deviation"), [({}, 0.02), ({"initializer_range": 0.07}, 0.07)])
def test_weights_start_normal_and_cut_off_at_two_deviations(options: dict[str, Any], deviation: float) -> None:
    """Cutting N(0, 1) off at 2 leaves a deviation of 0.8796."""
    torch.manual_seed(0)
    model = BERT((64,), 66, **options)
    for name, parameter in model.named_parameters():
        if name.endswith("bias"):
            assert not parameter.any(), name
        elif parameter.ndim == 2:
            assert parameter.std().item() == pytest.approx(0.8796 * deviation, rel=0.03), name
            assert parameter.abs().max().item() <= 2 * deviation, name
        else:
            assert torch.equal(parameter, torch.ones(128)), name


def test_the_output_layer_is_the_embedding_with_a_bias(model: BERT) -> None:
    tokens = torch.tensor([[1, 2, 3]])
    with torch.no_grad():
        before = model(tokens)
        model.tokens.weight[8] *= 2
        model.bias[7] += 1
        after = model(tokens)
    assert torch.allclose(after[..., 8], 2 * before[..., 8])
    assert torch.allclose(after[..., 7], before[..., 7] + 1)
    assert torch.equal(after[..., :7], before[..., :7])


@pytest.mark.parametrize("initializer_range", [0.02, 0.07])
def test_a_fresh_model_knows_nothing(initializer_range: float) -> None:
    torch.manual_seed(0)
    tokens = torch.randint(66, (8, 64))
    model = BERT((64,), 66, width=64, initializer_range=initializer_range)
    loss = F.cross_entropy(model(tokens).flatten(0, 1), torch.randint(66, (512,)))
    assert loss.item() == pytest.approx(math.log(66), abs=0.3)


def test_dropout_acts_in_training_only() -> None:
    torch.manual_seed(0)
    model, tokens = BERT((12,), 9, layers=1, width=16), torch.randint(9, (2, 12))
    assert not torch.equal(model(tokens), model(tokens))
    model.eval()
    assert torch.equal(model(tokens), model(tokens))


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"heads": 3}, "bert: heads=3 must divide width=128; 2 does"),
        ({"width": 0}, "bert: width=0 must be a positive whole number"),
        ({"dropout": -0.1}, "bert: dropout=-0.1 must be a number of at least 0 and less than 1"),
        ({"initializer_range": 0}, "bert: initializer_range=0 must be a positive number"),
        ({"initializer_range": float("nan")}, "bert: initializer_range=nan must be a positive number"),
        ({"initializer_range": "0.02"}, "bert: initializer_range='0.02' must be a positive number"),
    ],
)
def test_a_wrong_option_is_refused_in_one_line(options: dict[str, Any], sentence: str) -> None:
    with pytest.raises(UsageError, match=f"^{sentence}$"):
        BERT((12,), 9, **options)
