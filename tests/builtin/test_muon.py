from __future__ import annotations

import copy
import pickle
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from optbench.builtin.muon import MuonAdamW, build
from optbench.builtin.optimizers import OPTIMIZERS

(MUON,) = (optimizer for optimizer in OPTIMIZERS if optimizer.name == "muon")


class Small(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.embedding = nn.Embedding(5, 16)
        self.convolution = nn.Conv2d(1, 2, 3)
        self.dense = nn.Linear(8, 3)

    def forward(self, tokens: Tensor) -> Tensor:
        image = self.embedding(tokens).unflatten(-1, (1, 4, 4))
        logits: Tensor = self.dense(self.convolution(image).flatten(1))
        return logits


def make(model: nn.Module, lr: float = 0.01, **changed: Any) -> MuonAdamW:
    return build(model, total_steps=10, **(dict(MUON.defaults) | {"lr": lr} | changed))


def train(model: nn.Module, optimizer: torch.optim.Optimizer, steps: int) -> None:
    for _ in range(steps):
        optimizer.zero_grad()
        model(torch.arange(5)).square().sum().backward()
        optimizer.step()


def weights(model: nn.Module) -> Tensor:
    return torch.cat([parameter.detach().flatten() for parameter in model.parameters()])


@pytest.fixture
def model() -> Small:
    torch.manual_seed(0)
    return Small()


def test_only_matrices_that_are_not_embeddings_go_to_muon(model: Small) -> None:
    methods = {id(p): group["method"] for group in make(model).param_groups for p in group["params"]}
    assert {name: methods[id(p)] for name, p in model.named_parameters()} == {
        "embedding.weight": "adamw",
        "convolution.weight": "adamw",
        "convolution.bias": "adamw",
        "dense.weight": "muon",
        "dense.bias": "adamw",
    }


def test_weight_decay_acts_on_matrices_and_kernels(model: Small) -> None:
    optimizer = make(model, weight_decay=0.2)
    decay = {id(p): group["weight_decay"] for group in optimizer.param_groups for p in group["params"]}
    assert {name for name, p in model.named_parameters() if decay[id(p)] == 0.2} == {
        "convolution.weight",
        "dense.weight",
    }


def test_a_step_is_that_of_torchs_muon_and_adamw(model: Small) -> None:
    twin = copy.deepcopy(model)
    train(model, make(model), 3)
    muon = torch.optim.Muon([twin.dense.weight], lr=0.01, weight_decay=0.0, adjust_lr_fn="match_rms_adamw")
    rest = [p for p in twin.parameters() if p is not twin.dense.weight]
    adamw = torch.optim.AdamW(rest, lr=0.01, betas=(0.9, 0.95), weight_decay=0.0)
    for _ in range(3):
        twin.zero_grad()
        twin(torch.arange(5)).square().sum().backward()
        muon.step()
        adamw.step()
    assert torch.equal(weights(model), weights(twin))


def test_without_a_matrix_it_is_adamw() -> None:
    gain, twin = nn.LayerNorm(5), nn.LayerNorm(5)
    adamw = torch.optim.AdamW(twin.parameters(), lr=0.01, betas=(0.9, 0.95), weight_decay=0.0)
    for net, optimizer in ((gain, make(gain)), (twin, adamw)):
        for _ in range(3):
            optimizer.zero_grad()
            net(torch.arange(5.0)).square().sum().backward()
            optimizer.step()
    assert torch.equal(weights(gain), weights(twin))


def test_a_loaded_state_continues_bit_for_bit(model: Small) -> None:
    optimizer = make(model)
    train(model, optimizer, 3)
    twin = copy.deepcopy(model)
    resumed = make(twin, lr=99.0)
    resumed.load_state_dict(copy.deepcopy(optimizer.state_dict()))
    train(model, optimizer, 3)
    train(twin, resumed, 3)
    assert torch.equal(weights(model), weights(twin))


def test_a_pickled_copy_continues_bit_for_bit(model: Small) -> None:
    optimizer = make(model)
    train(model, optimizer, 3)
    twin, resumed = pickle.loads(pickle.dumps((model, optimizer)))
    train(model, optimizer, 3)
    train(twin, resumed, 3)
    assert torch.equal(weights(model), weights(twin))


def test_a_learning_rate_of_zero_stops_every_parameter(model: Small) -> None:
    optimizer = make(model)
    train(model, optimizer, 1)
    before = weights(model)
    for group in optimizer.param_groups:
        group["lr"] = 0.0
    train(model, optimizer, 1)
    assert torch.equal(weights(model), before)


def test_zero_grad_clears_every_gradient(model: Small) -> None:
    optimizer = make(model)
    model(torch.arange(5)).sum().backward()
    optimizer.zero_grad()
    assert all(parameter.grad is None for parameter in model.parameters())


def test_a_closure_is_called_once_with_gradients_on(model: Small) -> None:
    optimizer = make(model)
    calls = []

    def closure() -> Tensor:
        optimizer.zero_grad()
        loss: Tensor = model(torch.arange(5)).square().sum()
        loss.backward()
        calls.append(loss.item())
        return loss

    loss = optimizer.step(closure)  # type: ignore[arg-type]  # as torch's own optimizers take it
    assert isinstance(loss, Tensor)
    assert [loss.item()] == calls


def test_an_added_group_is_trained(model: Small) -> None:
    optimizer = make(model)
    extra = nn.Parameter(torch.ones(3))
    optimizer.add_param_group({"params": [extra]})
    extra.grad = torch.ones(3)
    optimizer.step()
    assert extra.tolist() == pytest.approx([0.99] * 3, rel=1e-6)


def test_muon_refuses_what_is_not_a_matrix(model: Small) -> None:
    optimizer = make(model)
    groups = len(optimizer.param_groups)
    with pytest.raises(ValueError, match=r"\(3,\)"):
        optimizer.add_param_group({"params": [nn.Parameter(torch.ones(3))], "method": "muon"})
    assert len(optimizer.param_groups) == groups
