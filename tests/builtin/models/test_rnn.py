from __future__ import annotations

import math
from typing import Any

import pytest
import torch
import torch.nn.functional as F

from optbench import UsageError
from optbench.builtin.models.rnn import CELLS, RNN

GATES = {"rnn": 1, "gru": 3, "lstm": 4}


@pytest.fixture(params=CELLS)
def model(request: pytest.FixtureRequest) -> RNN:
    torch.manual_seed(0)
    return RNN((12,), 9, cell=request.param, width=16)


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("layers", [1, 3])
def test_the_number_of_parameters_is_the_closed_form(cell: str, layers: int) -> None:
    """A gate has a matrix and a bias for what comes from below, and as many for what was before."""
    model, width, tokens = RNN((64,), 65, cell=cell, layers=layers, width=32), 32, 65
    expected = tokens * width + layers * GATES[cell] * 2 * (width**2 + width) + (width + 1) * tokens
    assert sum(p.numel() for p in model.parameters()) == expected


def test_the_plain_cell_is_elmans() -> None:
    """h_t = tanh(W x_t + U h_(t-1) + b), beginning with h_0 = 0 (Elman 1990)."""
    torch.manual_seed(0)
    model = RNN((5,), 9, cell="rnn", layers=1, width=4).double()
    tokens, state = torch.randint(9, (1, 5)), torch.zeros(4, dtype=torch.float64)
    cell, outputs = model.layers, model(tokens)
    for step, token in enumerate(tokens[0]):
        below = cell.weight_ih_l0 @ model.tokens.weight[token] + cell.bias_ih_l0
        state = torch.tanh(below + cell.weight_hh_l0 @ state + cell.bias_hh_l0)
        assert torch.allclose(outputs[0, step], model.head(state), atol=1e-12)


def test_a_later_token_changes_no_earlier_output(model: RNN) -> None:
    tokens = torch.randint(9, (1, 12))
    changed = tokens.clone()
    changed[0, 7] = (changed[0, 7] + 1) % 9
    before, after = model(tokens), model(changed)
    assert torch.equal(before[:, :7], after[:, :7])
    assert (before[:, 7:] != after[:, 7:]).any(-1).all()


def test_windows_of_a_batch_do_not_mix(model: RNN) -> None:
    tokens = torch.randint(9, (3, 12))
    assert torch.allclose(model(tokens)[1], model(tokens[1:2])[0], atol=1e-6)


@pytest.mark.parametrize("cell", CELLS)
def test_a_fresh_model_knows_nothing(cell: str) -> None:
    torch.manual_seed(0)
    tokens = torch.randint(65, (8, 65))
    loss = F.cross_entropy(RNN((64,), 65, cell=cell)(tokens[:, :-1]).flatten(0, 1), tokens[:, 1:].flatten())
    assert loss.item() == pytest.approx(math.log(65), abs=0.3)


@pytest.mark.parametrize("layers", [1, 2])
def test_dropout_acts_in_training_only(layers: int) -> None:
    torch.manual_seed(0)
    model, tokens = RNN((12,), 9, layers=layers, width=16, dropout=0.2), torch.randint(9, (2, 12))
    assert not torch.equal(model(tokens), model(tokens))
    model.eval()
    assert torch.equal(model(tokens), model(tokens))


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"cell": "ltsm"}, "rnn: cell='ltsm' must be one of rnn, gru, lstm; did you mean 'lstm'?"),
        ({"cell": None}, "rnn: cell=None must be one of rnn, gru, lstm"),
        ({"layers": 1.5}, "rnn: layers=1.5 must be a positive whole number"),
        ({"dropout": 2}, "rnn: dropout=2 must be a number of at least 0 and less than 1"),
    ],
)
def test_a_wrong_option_is_refused_in_one_line(options: dict[str, Any], sentence: str) -> None:
    with pytest.raises(UsageError) as refusal:
        RNN((12,), 9, **options)
    assert str(refusal.value) == sentence
