"""Options that many models share: what is declared, what each value does, and what is refused."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from optbench import Model, UsageError
from optbench.builtin.models import MODELS
from optbench.builtin.models.layers import ACTIVATIONS, initialise
from optbench.builtin.models.rnn import orthogonal_states
from optbench.components.component import resolve

OUTPUTS = 5
SHAPES = {
    "linear": (6,),
    "mlp": (6,),
    "lenet": (1, 28, 28),
    "resnet": (1, 8, 8),
    "vgg": (1, 28, 28),
    "autoencoder": (6,),
    "audiovisual": (28 * 28 + 32 * 32,),
    "deepspeech": (8, 20),
    **dict.fromkeys(("rnn", "gpt", "bert", "transformer"), (12,)),
}
SMALL: dict[str, dict[str, Any]] = {
    "resnet": {"depth": 8, "width": 0.25},
    "vgg": {"width": 0.125},
    "autoencoder": {"hidden": [8, 3]},
    "deepspeech": {"channels": [8], "width": 8},
    "rnn": {"width": 16, "cell": "rnn"},
    **{name: {"layers": 1, "width": 16} for name in ("gpt", "bert", "transformer")},
}
TOKENS = ("rnn", "gpt", "bert", "transformer")
VALUES = {
    "activation": ("relu", "leaky_relu", "gelu", "tanh", "sigmoid"),
    "normalisation": ("none", "batch", "layer"),
    "dropout": (0.0, 0.5),
    "initialisation": ("default", "he", "xavier", "small", "large"),
}
FEWER = {
    ("rnn", "activation"): ("tanh", "relu"),
    ("rnn", "initialisation"): ("default", "orthogonal"),
    ("deepspeech", "initialisation"): ("default", "orthogonal"),
}
CHOICES = [
    pytest.param(model, option, FEWER.get((model.name, option), VALUES[option]), id=f"{model.name}-{option}")
    for model in MODELS
    for option in VALUES
    if option in model.options
]


def build(model: Model, **options: Any) -> nn.Module:
    torch.manual_seed(0)
    network = resolve(model.build)(SHAPES[model.name], OUTPUTS, **(SMALL.get(model.name, {}) | options))
    assert isinstance(network, nn.Module)
    return network


def examples(model: Model) -> Tensor:
    torch.manual_seed(1)
    shape = (16, *SHAPES[model.name])
    return torch.randint(OUTPUTS, shape) if model.name in TOKENS else torch.rand(shape)


def outputs(model: Model, network: nn.Module) -> Tensor:
    """What the network gives in training, what starts at zero in it drawn anew."""
    inputs = examples(model)
    for parameter in network.parameters():
        if not parameter.any():
            nn.init.normal_(parameter)
    result: Tensor = network(inputs)
    return result


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.name)
def test_what_is_declared_is_what_the_constructor_takes_by_default(model: Model) -> None:
    parameters = inspect.signature(resolve(model.build)).parameters.values()
    assert {p.name: p.default for p in parameters if p.kind is p.KEYWORD_ONLY} == dict(model.options)


def test_every_network_has_the_options_that_it_can_have() -> None:
    offered = {model.name: set(VALUES) & set(model.options) for model in MODELS}
    convolutional_or_dense = ("mlp", "lenet", "resnet", "vgg", "autoencoder", "audiovisual", "deepspeech")
    assert {name for name in offered if offered[name] == set(VALUES)} == set(convolutional_or_dense)
    assert all(offered[name] >= {"activation", "dropout"} for name in TOKENS)


@pytest.mark.parametrize(("model", "option", "values"), CHOICES)
def test_each_value_makes_another_network_that_trains(model: Model, option: str, values: tuple[Any, ...]) -> None:
    seen: list[Tensor] = []
    for value in values:
        network = build(model, **{option: value})
        result = outputs(model, network)
        assert not any(result.shape == other.shape and torch.allclose(result, other) for other in seen), value
        seen.append(result.detach())
        result.square().mean().backward()
        assert all(p.grad is not None and torch.isfinite(p.grad).all() for p in network.parameters()), value


@pytest.mark.parametrize("activation", VALUES["activation"])
@pytest.mark.parametrize(
    "model", [m for m in MODELS if "activation" in m.options and m.name != "rnn"], ids=lambda m: m.name
)
def test_no_layer_keeps_another_activation(model: Model, activation: str) -> None:
    found = {type(module) for module in build(model, activation=activation).modules()}
    assert found & {*ACTIVATIONS.values(), nn.Hardtanh} == {ACTIVATIONS[activation]}


@pytest.mark.parametrize("normalisation", ["batch", "layer"])
@pytest.mark.parametrize(
    ("name", "without"), [("mlp", 1), ("lenet", 1), ("resnet", 1), ("vgg", 1), ("audiovisual", 1), ("autoencoder", 2)]
)
def test_every_layer_but_the_last_is_normalised(name: str, without: int, normalisation: str) -> None:
    """And the autoencoder's code is linear too."""
    (model,) = (model for model in MODELS if model.name == name)
    modules = list(build(model, normalisation=normalisation).modules())
    norms = (nn.BatchNorm1d, nn.BatchNorm2d) if normalisation == "batch" else (nn.LayerNorm, nn.GroupNorm)
    assert sum(isinstance(m, norms) for m in modules) == (
        sum(isinstance(m, nn.Linear | nn.Conv2d) for m in modules) - without
    )


@pytest.mark.parametrize(("model", "option", "values"), CHOICES)
def test_another_value_is_refused_in_one_line(model: Model, option: str, values: tuple[Any, ...]) -> None:
    wrong = 1.0 if option == "dropout" else f"{values[-1]}s"
    hint = "" if option == "dropout" else f".* did you mean {values[-1]!r}"
    with pytest.raises(UsageError, match=f"^{model.name}: {option}={wrong!r} must be.*{hint}") as refusal:
        build(model, **{option: wrong})
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize("model", [m for m in MODELS if "dropout" in m.options], ids=lambda model: model.name)
def test_dropout_is_random_in_training_only(model: Model) -> None:
    network, inputs = build(model, dropout=0.5), examples(model)
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.add_(0.1 * torch.randn_like(parameter))
        assert not torch.equal(network(inputs), network(inputs))
        network.eval()
        assert torch.equal(network(inputs), network(inputs))


@pytest.mark.parametrize(
    ("initialisation", "deviation"),
    [("he", (2 / 75) ** 0.5), ("xavier", (2 / (75 + 2500)) ** 0.5), ("small", 0.1 / 75**0.5), ("large", 3 / 75**0.5)],
)
def test_a_convolutions_fan_in_counts_its_kernel(initialisation: str, deviation: float) -> None:
    torch.manual_seed(0)
    layer = nn.Conv2d(3, 100, 5)
    initialise(layer, initialisation)
    assert layer.weight.std().item() == pytest.approx(deviation, rel=0.03)
    assert layer.bias is not None
    assert not layer.bias.any()


@pytest.mark.parametrize("cell", [nn.RNN, nn.GRU, nn.LSTM])
def test_orthogonal_states_keep_their_length(cell: Callable[..., nn.RNNBase]) -> None:
    """Saxe et al. 2014: every singular value of the matrix from state to state is 1."""
    torch.manual_seed(0)
    layers = cell(4, 6, 2, bidirectional=True)
    orthogonal_states(layers)
    for name, parameter in layers.named_parameters():
        gates = torch.split(parameter.detach(), 6)
        if name.startswith("weight_hh"):
            for gate in gates:
                assert torch.linalg.svdvals(gate).tolist() == pytest.approx([1.0] * 6, abs=1e-5)
        elif name.startswith("bias"):
            forget = cell is nn.LSTM and name.startswith("bias_ih")
            assert [gate.unique().tolist() for gate in gates] == [
                [1.0] if forget and number == 1 else [0.0] for number in range(len(gates))
            ]


def test_a_linear_recurrence_of_orthogonal_matrices_neither_vanishes_nor_explodes() -> None:
    """Fifty steps of W leave a gradient's length as it is, where 0.5 I leaves 2^-50 of it."""
    torch.manual_seed(0)
    layer = nn.RNN(3, 8)
    orthogonal_states(layer)
    matrix = torch.linalg.matrix_power(layer.weight_hh_l0.detach().double(), 50)
    assert torch.linalg.svdvals(matrix).tolist() == pytest.approx([1.0] * 8, abs=1e-4)


def test_a_gated_cell_does_not_choose_its_activation() -> None:
    (model,) = (model for model in MODELS if model.name == "rnn")
    with pytest.raises(UsageError, match=r"^rnn: activation='relu' needs cell='rnn'; the gates of cell='gru'"):
        build(model, cell="gru", activation="relu")


@pytest.mark.parametrize("name", ["lenet", "audiovisual"])
@pytest.mark.parametrize("channels", [[6], [6, 16, 3], [6, 0], 6])
def test_channels_are_two_widths(name: str, channels: object) -> None:
    (model,) = (model for model in MODELS if model.name == name)
    with pytest.raises(UsageError, match=f"^{name}: channels=.* must be a list of 2 positive whole numbers"):
        build(model, channels=channels)
