from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from itertools import pairwise
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from optbench.builtin.models import MODELS
from optbench.builtin.models.layers import ACTIVATIONS
from optbench.builtin.models.mlp import MLP, Residual
from optbench.errors import UsageError
from tests.support.built_in import find_loss

DEEP: dict[str, Any] = {"hidden": [256] * 20, "activation": "relu"}
FORMULAE: Mapping[str, Callable[[float], float]] = {
    "relu": lambda x: max(x, 0.0),
    "leaky_relu": lambda x: max(x, 0.01 * x),
    "gelu": lambda x: x * (1 + math.erf(x / math.sqrt(2))) / 2,
    "tanh": math.tanh,
    "sigmoid": lambda x: 1 / (1 + math.exp(-x)),
}


def closed_form(features: int, hidden: list[int], outputs: int, normalisation: str) -> int:
    """Weights and biases of every layer; a norm adds a gain and a shift, and batch norm takes the bias's place."""
    count = (hidden[-1] + 1) * outputs if hidden else (features + 1) * outputs
    for fan_in, width in pairwise([features, *hidden]):
        count += fan_in * width + {"none": 1, "batch": 2, "layer": 3}[normalisation] * width
    return count


def mean_square_after(model: MLP, inputs: torch.Tensor) -> float:
    with torch.no_grad():
        return float(model.hidden(inputs).square().mean())


@pytest.mark.parametrize(("shape", "outputs"), [((7,), 3), ((1, 8, 8), 10), ((3, 5, 4), 1)])
@pytest.mark.parametrize("hidden", [[], [5], [64, 64], (9, 4, 6)])
def test_flat_inputs_and_images_give_one_row_of_outputs_each(
    shape: tuple[int, ...], outputs: int, hidden: list[int]
) -> None:
    assert MLP(shape, outputs, hidden=hidden)(torch.randn(2, *shape)).shape == (2, outputs)


def test_images_are_flattened_in_order() -> None:
    model, images = MLP((3, 5, 4), 2), torch.randn(6, 3, 5, 4)
    assert torch.equal(model(images), model(images.reshape(6, 60)))


@pytest.mark.parametrize("normalisation", ["none", "batch", "layer"])
@pytest.mark.parametrize("hidden", [[], [5], [64, 64], [9, 4, 6]])
def test_the_number_of_parameters_is_the_closed_form(hidden: list[int], normalisation: str) -> None:
    model = MLP((1, 8, 8), 10, hidden=hidden, normalisation=normalisation)
    assert sum(p.numel() for p in model.parameters()) == closed_form(64, hidden, 10, normalisation)


def test_by_default_there_are_two_hidden_layers_of_64() -> None:
    (component,) = (model for model in MODELS if model.name == "mlp")
    model = MLP((10,), 3, **component.options)
    assert sum(p.numel() for p in model.parameters()) == 11 * 64 + 65 * 64 + 65 * 3
    assert repr(model) == repr(MLP((10,), 3))


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_the_activation_is_its_formula(activation: str) -> None:
    model = MLP((1,), 1, hidden=[1], activation=activation).double()
    for layer in (model.hidden[0], model.output):
        assert isinstance(layer, nn.Linear)
        nn.init.ones_(layer.weight)
        nn.init.zeros_(layer.bias)
    points = [-2.0, -0.5, 0.0, 0.5, 2.0]
    outputs = model(torch.tensor(points, dtype=torch.float64)[:, None]).flatten().tolist()
    assert outputs == pytest.approx([FORMULAE[activation](x) for x in points], rel=1e-12)


def test_batch_normalisation_standardises_each_feature_over_the_batch() -> None:
    norm = MLP((6,), 2, normalisation="batch").hidden[:2]
    features = norm(5 + 3 * torch.randn(32, 6))
    assert features.mean(0).abs().max().item() < 1e-5
    assert features.var(0, correction=0).tolist() == pytest.approx([1.0] * 64, abs=1e-3)


def test_layer_normalisation_standardises_each_example_over_its_features() -> None:
    norm = MLP((6,), 2, normalisation="layer").hidden[:2]
    features = norm(5 + 3 * torch.randn(32, 6))
    assert features.mean(1).abs().max().item() < 1e-5
    assert features.var(1, correction=0).tolist() == pytest.approx([1.0] * 32, abs=1e-3)


def test_dropout_zeroes_its_share_of_hidden_units_in_training_only() -> None:
    torch.manual_seed(0)
    model, inputs = MLP((6,), 2, hidden=[1000], activation="sigmoid", dropout=0.3), torch.randn(20, 6)
    assert (model.hidden(inputs) == 0).float().mean().item() == pytest.approx(0.3, abs=0.02)
    model.eval()
    assert (model.hidden(inputs) == 0).sum().item() == 0
    assert torch.equal(model(inputs), model(inputs))


def test_he_keeps_the_mean_square_over_twenty_relu_layers() -> None:
    """He et al. 2015, equation 10: with 2 / fan_in every layer passes on the E x² that it gets."""
    torch.manual_seed(0)
    inputs = torch.randn(200, 256)
    ratio = mean_square_after(MLP((256,), 10, **DEEP, initialisation="he"), inputs) / float(inputs.square().mean())
    assert 1 / 3 < ratio < 3


def test_without_hes_factor_of_two_it_halves_in_each_layer() -> None:
    """Glorot's variance is 1 / fan_in where widths are equal: 2^-20 of the mean square is left, within the factor 3."""
    torch.manual_seed(0)
    ratio = mean_square_after(MLP((256,), 10, **DEEP, initialisation="xavier"), torch.randn(200, 256))
    assert 1 / 3 < ratio * 2**20 < 3


@pytest.mark.parametrize(("initialisation", "factor"), [("small", 0.1**2 / 2), ("large", 3.0**2 / 2)])
def test_bad_initialisations_multiply_the_mean_square_in_each_layer(initialisation: str, factor: float) -> None:
    """Weights of variance s² / fan_in and a rectifier, which keeps half of a symmetric E x²: s² / 2 in each layer."""
    torch.manual_seed(0)
    inputs = torch.randn(200, 256)
    model = MLP((256,), 10, hidden=[256] * 5, initialisation=initialisation)
    ratio = mean_square_after(model, inputs) / float(inputs.square().mean())
    assert 1 / 2 < ratio / factor**5 < 2


def test_residual_adds_a_hidden_layer_to_its_input_where_both_are_as_wide() -> None:
    torch.manual_seed(0)
    model = MLP((8,), 3, hidden=[8, 5, 5], residual=True, activation="tanh").eval()
    first, widened, activation, last = model.hidden
    assert [type(m) for m in (first, widened, activation, last)] == [Residual, nn.Linear, nn.Tanh, Residual]
    inputs = torch.randn(4, 8)
    assert torch.equal(first(inputs), inputs + torch.tanh(first.branch[0](inputs)))


def test_residual_adds_no_parameters_and_carries_the_input_through_layers_of_zeros() -> None:
    model = MLP((8,), 3, hidden=[8] * 20, residual=True)
    assert sum(p.numel() for p in model.parameters()) == closed_form(8, [8] * 20, 3, "none")
    for layer in model.hidden:
        nn.init.zeros_(layer.branch[0].weight)
        nn.init.zeros_(layer.branch[0].bias)
    inputs = torch.randn(4, 8)
    assert torch.equal(model.hidden(inputs), inputs)


@pytest.mark.parametrize(
    ("initialisation", "deviation"),
    [
        ("he", (2 / 300) ** 0.5),
        ("xavier", (2 / 500) ** 0.5),
        ("small", 0.1 * (1 / 300) ** 0.5),
        ("large", 3 * (1 / 300) ** 0.5),
    ],
)
def test_weights_have_the_papers_deviation_and_biases_are_zero(initialisation: str, deviation: float) -> None:
    torch.manual_seed(0)
    layer = MLP((300,), 10, hidden=[200], initialisation=initialisation).hidden[0]
    assert layer.weight.std().item() == pytest.approx(deviation, rel=0.02)
    assert not layer.bias.any()


def test_the_output_layer_of_he_has_no_rectifier_to_make_up_for() -> None:
    torch.manual_seed(0)
    model = MLP((4,), 500, hidden=[300], initialisation="he")
    assert model.output.weight.std().item() == pytest.approx((1 / 300) ** 0.5, rel=0.02)


def test_the_default_initialisation_is_torchs() -> None:
    torch.manual_seed(0)
    model = MLP((7,), 3, hidden=[5])
    torch.manual_seed(0)
    layers = [nn.Linear(7, 5), nn.Linear(5, 3)]
    assert torch.equal(model.hidden.get_parameter("0.weight"), layers[0].weight)
    assert torch.equal(model.output.bias, layers[1].bias)


@pytest.mark.parametrize("classes", [2, 10, 100])
def test_a_fresh_classifiers_loss_is_ln_c(classes: int) -> None:
    torch.manual_seed(0)
    with torch.no_grad():
        logits = MLP((20,), classes)(torch.randn(1000, 20))
    loss = F.cross_entropy(logits, torch.randint(classes, (1000,)))
    assert loss.item() == pytest.approx(math.log(classes), abs=0.1)


def test_hes_logits_of_variance_one_cost_at_most_half_a_nat_more() -> None:
    """E[logsumexp(z)] - E[z_y] ≤ ln C + v / 2 for Gaussian logits of variance v, by Jensen; here v is E x² = 1."""
    torch.manual_seed(0)
    with torch.no_grad():
        logits = MLP((20,), 10, hidden=[256, 256], initialisation="he")(torch.randn(1000, 20))
    loss = F.cross_entropy(logits, torch.randint(10, (1000,))).item()
    assert math.log(10) < loss < math.log(10) + 0.6


@pytest.mark.parametrize("outputs", [1, 3])
def test_regression_outputs_fit_the_mean_squared_error(outputs: int) -> None:
    model, targets = MLP((4,), outputs), torch.randn(8, outputs)
    predictions = model(torch.randn(8, 4))
    assert predictions.shape == targets.shape
    by_hand = sum((p - t) ** 2 for p, t in zip(predictions.flatten().tolist(), targets.flatten().tolist(), strict=True))
    assert find_loss("mse")(predictions, targets).item() == pytest.approx(by_hand / targets.numel(), rel=1e-5)


@pytest.mark.parametrize("normalisation", ["none", "batch", "layer"])
@pytest.mark.parametrize("initialisation", ["default", "he", "xavier", "small", "large"])
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_every_parameter_gets_a_gradient(activation: str, normalisation: str, initialisation: str) -> None:
    torch.manual_seed(0)
    options: dict[str, Any] = {
        "activation": activation,
        "normalisation": normalisation,
        "initialisation": initialisation,
    }
    model = MLP((5,), 3, hidden=[8, 8], dropout=0.1, **options)
    F.cross_entropy(model(torch.randn(32, 5)), torch.randint(3, (32,))).backward()
    assert all(p.grad is not None and p.grad.any() for p in model.parameters())


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"hidden": 64}, "mlp: hidden=64 must be a list of positive whole numbers, one for each layer"),
        ({"hidden": "64"}, "hidden='64' must be"),
        ({"hidden": [64, 0]}, r"hidden=\[64, 0\] must be"),
        ({"hidden": [64.0]}, r"hidden=\[64.0\] must be"),
        ({"hidden": [True]}, r"hidden=\[True\] must be"),
        ({"dropout": 1.0}, "mlp: dropout=1.0 must be a number of at least 0 and less than 1"),
        ({"dropout": -0.1}, "dropout=-0.1 must be"),
        ({"dropout": math.nan}, "dropout=nan must be"),
        ({"dropout": "0.5"}, "dropout='0.5' must be"),
        ({"dropout": True}, "dropout=True must be"),
        (
            {"activation": "rleu"},
            "mlp: activation='rleu' must be one of relu, leaky_relu, gelu, tanh, sigmoid; did you mean 'relu'",
        ),
        ({"activation": "swish"}, "activation='swish' must be one of relu, leaky_relu, gelu, tanh, sigmoid$"),
        ({"activation": None}, "activation=None must be"),
        ({"normalisation": "Batch"}, "must be one of none, batch, layer; did you mean 'batch'"),
        ({"normalisation": None}, "normalisation=None must be one of none, batch, layer; did you mean 'none'"),
        ({"normalisation": ["batch"]}, r"normalisation=\['batch'\] must be"),
        ({"residual": 1}, "mlp: residual=1 must be true or false"),
        ({"initialisation": "xaver"}, "must be one of default, he, xavier, small, large; did you mean 'xavier'"),
    ],
)
def test_a_wrong_option_is_refused_in_one_line(options: dict[str, Any], sentence: str) -> None:
    with pytest.raises(UsageError, match=sentence) as refusal:
        MLP((4,), 2, **options)
    assert "\n" not in str(refusal.value)


def test_b20_before_batch_normalisation_gradients_are_orthogonal_to_weights_and_shrink_as_these_grow() -> None:
    """Without eps: w . grad(w) = 0 for each unit, and grad(2 w) = grad(w) / 2."""
    torch.manual_seed(0)
    model = MLP((6,), 3, hidden=[8], normalisation="batch").double()
    (norm,) = (module for module in model.modules() if isinstance(module, nn.BatchNorm1d))
    norm.eps = 1e-30  # torch refuses 0
    weight, inputs, targets = model.hidden[0].weight, torch.randn(32, 6, dtype=torch.float64), torch.randint(3, (32,))
    gradients = []
    for _ in range(2):
        model.zero_grad()
        F.cross_entropy(model(inputs), targets).backward()
        gradients.append(weight.grad.clone())
        assert (weight * weight.grad).sum(1).abs().max() < 1e-12 * weight.grad.norm() * weight.norm()
        weight.data.mul_(2)
    torch.testing.assert_close(gradients[1], gradients[0] / 2, rtol=1e-12, atol=1e-15)
