"""The builds keep to the classes that they adapt, and do what they add."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import pytest
import pytorch_optimizer
import torch
from torch import Tensor, nn

from optbench_pytorch_optimizer.builds import (
    averages,
    blocks,
    curvature,
    fused,
    horizon,
    kept,
    lowrank,
    muon,
    precision,
    rates,
    sharpness,
    spectral,
)


class Attention(nn.Module):
    """Attention of a sequence to itself, through torch's fused kernels where they are allowed."""

    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.tensor([[1.0, 0.5], [-0.5, 2.0]]))

    def forward(self, inputs):
        mapped = inputs @ self.weight
        return nn.functional.scaled_dot_product_attention(mapped, mapped, mapped)


def weights(*shapes: Any) -> list[nn.Parameter]:
    torch.manual_seed(0)
    return [nn.Parameter(torch.randn(shape)) for shape in shapes]


def bowl(params: Iterable[Tensor]) -> Any:
    return 0.5 * sum((p * torch.linspace(0.5, 2.0, p.numel()).reshape(p.shape) * p).sum() for p in params)


def descend(optimizer: Any, params: Sequence[Tensor], steps: int, create_graph: bool = False) -> list[Tensor]:
    for _ in range(steps):
        optimizer.zero_grad()
        bowl(params).backward(create_graph=create_graph)
        optimizer.step()
    return [p.detach() for p in params]


def same(some: object, others: object) -> None:
    torch.testing.assert_close(some, others, rtol=1e-6, atol=1e-7)


@pytest.fixture
def model() -> nn.ModuleDict:
    torch.manual_seed(0)
    return nn.ModuleDict({"embedding": nn.Embedding(5, 8), "wide": nn.Linear(8, 4), "conv": nn.Conv1d(2, 3, 2)})


class TestCurvature:
    @pytest.mark.parametrize("name", ["AdaHessian", "SophiaH"])
    def test_where_the_loss_is_curved_it_is_the_class(self, name):
        ours, theirs = weights((3, 2), (4,)), weights((3, 2), (4,))
        torch.manual_seed(1)
        moved = descend(getattr(curvature, name)(ours, lr=0.01), ours, 4, create_graph=True)
        torch.manual_seed(1)
        same(moved, descend(getattr(pytorch_optimizer, name)(theirs, lr=0.01), theirs, 4, create_graph=True))

    def test_where_it_is_linear_the_hessian_is_zero_and_not_an_error(self):
        (curved, linear) = params = weights((3,), (2,))
        optimizer = curvature.AdaHessian(params, lr=0.01)
        (curved.square().sum() + linear.sum()).backward(create_graph=True)
        optimizer.step()
        assert optimizer.state[curved]["hessian"].tolist() == [2.0, 2.0, 2.0]
        assert optimizer.state[linear]["hessian"].tolist() == [0.0, 0.0]

    @pytest.mark.parametrize("build", [curvature.adahessian, curvature.sophiah])
    def test_attention_can_be_differentiated_twice_and_is_left_as_it_was(self, build):
        model = Attention()
        optimizer = build(model, total_steps=9, lr=0.01, weight_decay=0.0)
        model(torch.ones(1, 1, 3, 2)).square().sum().backward(create_graph=True)
        optimizer.step()
        assert optimizer.state[model.weight]["hessian"].any()
        assert torch.backends.cuda.flash_sdp_enabled()
        with pytest.raises(RuntimeError):
            model(torch.ones(3))
        assert torch.backends.cuda.flash_sdp_enabled()


class TestSharpness:
    def test_sam_descends_along_the_gradient_at_the_perturbed_weights(self):
        (w,) = params = weights((3,))
        start = w.detach().clone()
        optimizer = sharpness.SAM(params, lr=0.1, momentum=0.0, rho=0.05)

        def closure():
            optimizer.zero_grad()
            loss = 0.5 * w.square().sum()
            loss.backward()
            return loss.detach()

        loss = optimizer.step(closure)
        same(loss, 0.5 * start.square().sum())
        same(w.detach(), start - 0.1 * (start + 0.05 * start / start.norm()))

    @pytest.mark.parametrize("build", [sharpness.SAM, sharpness.FriendlySAM])
    def test_each_step_takes_two_gradients(self, build):
        assert self.calls(build) == [2, 2, 2, 2]

    def test_looksam_takes_the_second_gradient_every_k_steps(self):
        assert self.calls(sharpness.LookSAM, k=3) == [2, 1, 1, 2]

    def calls(self, build, **options):
        params = weights((3, 2))
        optimizer = build(params, lr=0.01, **options)
        counted = []

        def closure():
            counted[-1] += 1
            optimizer.zero_grad()
            loss = bowl(params)
            loss.backward()
            return loss.detach()

        for _ in range(4):
            counted.append(0)
            optimizer.step(closure)
        return counted

    @pytest.mark.parametrize("build", [sharpness.gsam, sharpness.wsam])
    def test_those_that_want_the_model_get_it_and_return_the_loss_at_the_weights(self, build, model):
        optimizer = build(model, total_steps=9, lr=0.01, rho=0.05, momentum=0.9, weight_decay=0.0)
        params = list(model.parameters())
        before = bowl(params).detach()

        def closure():
            optimizer.zero_grad()
            loss = bowl(params)
            loss.backward()
            return loss.detach()

        same(optimizer.step(closure), before)
        assert bowl(params) < before


class TestFused:
    def test_lomo_is_sgd_and_leaves_the_gradients(self):
        ours, theirs = weights((3, 2), (4,), (2, 3, 2)), weights((3, 2), (4,), (2, 3, 2))
        same(
            descend(fused.LOMO(ours, lr=0.1), ours, 3),
            descend(torch.optim.SGD(theirs, lr=0.1), theirs, 3),
        )
        assert all(p.grad is not None for p in ours)

    @pytest.mark.filterwarnings("ignore:you need to install .transformers.:ImportWarning")
    def test_adalomo_takes_the_steps_of_its_fused_backward(self):
        ours, theirs = weights((3, 2), (4,)), weights((3, 2), (4,))
        moved = descend(fused.AdaLOMO(ours, lr=0.1, weight_decay=0.1), ours, 4)
        optimizer = pytorch_optimizer.AdaLOMO(nn.ParameterList(theirs), lr=0.1, weight_decay=0.1, loss_scale=0.0)
        for _ in range(4):
            optimizer.fused_backward(bowl(theirs), lr=0.1)
        same(moved, [p.detach() for p in theirs])

    def test_weights_of_any_layout_are_updated_in_place(self):
        (plain,), transposed = weights((3, 2)), nn.Parameter(weights((3, 2))[0].detach().T.contiguous().T)
        descend(fused.AdaLOMO([plain], lr=0.1), [plain], 2)
        descend(fused.AdaLOMO([transposed], lr=0.1), [transposed], 2)
        same(plain, transposed)


class TestRates:
    def test_a2grad_at_a_tenth_is_the_class_with_its_defaults(self):
        ours, theirs = weights((3, 2)), weights((3, 2))
        moved = descend(rates.A2Grad(ours, lr=0.1), ours, 5)
        same(moved, descend(pytorch_optimizer.A2Grad(theirs, lips=10.0, beta=10.0), theirs, 5))

    @pytest.mark.parametrize(("lr", "step"), [(0.01, 0.01), (100.0, 0.5)])
    def test_alig_steps_by_loss_over_squared_gradient_up_to_the_groups_rate(self, lr, step):
        (w,) = params = weights((3,))
        start = w.detach().clone()
        optimizer = rates.AliG(params, lr=1.0)
        optimizer.param_groups[0]["lr"] = lr

        def closure():
            optimizer.zero_grad()
            loss = 0.5 * w.square().sum()
            loss.backward()
            return loss.detach()

        optimizer.step(closure)
        same(w.detach(), start * (1 - step))


class TestGroups:
    def test_muon_takes_matrices_and_convolutions_and_adamw_the_rest_at_its_share_of_the_rate(self, model):
        optimizer = muon.muon(model, total_steps=9, lr=0.02, adamw_lr_factor=0.015, weight_decay=0.1)
        matrices, others = optimizer.param_groups[0], optimizer.param_groups[1:]
        assert {id(p) for p in matrices["params"]} == {id(model["wide"].weight), id(model["conv"].weight)}
        assert (matrices["use_muon"], matrices["lr"], matrices["weight_decay"]) == (True, 0.02, 0.1)
        assert {(g["use_muon"], g["lr"], g["weight_decay"]) for g in others} == {(False, 0.0003, 0.0)}

    def test_galore_projects_matrices_to_a_share_of_their_smaller_side(self, model):
        optimizer = lowrank.galore(
            model,
            total_steps=9,
            lr=0.01,
            rank=0.25,
            update_proj_gap=200,
            scale=0.25,
            projection_type="std",
            weight_decay=0.0,
        )
        descend(optimizer, list(model.parameters()), 1)
        assert optimizer.state[model["wide"].weight]["exp_avg"].shape == (1, 8)
        assert optimizer.state[model["embedding"].weight]["exp_avg"].shape == (5, 8)

    @pytest.mark.parametrize(("rank", "side", "found"), [(0.25, 64, 16), (0.25, 2, 1), (1, 64, 1), (128, 64, 64)])
    def test_a_rank_is_a_share_below_one_and_fits_the_matrix(self, rank, side, found):
        assert lowrank._directions(rank, side) == found

    def test_adam_mini_decays_what_optbench_decays(self, model):
        optimizer = blocks.adammini(model, total_steps=9, lr=0.01, weight_decay=0.1, num_embeds=1, num_heads=1)
        decays = {group["name"]: group["weight_decay"] for group in optimizer.param_groups}
        assert {name for name, decay in decays.items() if decay} == {"wide.weight", "conv.weight"}

    def test_ranger21_is_told_the_number_of_steps(self, model):
        optimizer = horizon.ranger21(model, total_steps=100, lr=0.01, weight_decay=0.0)
        assert optimizer.start_warm_down == 72

    def test_spectralsphere_leaves_all_but_matrices_to_adamw(self, model):
        optimizer = spectral.spectralsphere(model, total_steps=9, lr=0.01, weight_decay=0.0)
        alone = nn.Parameter(model["wide"].bias.detach().clone())
        adamw = torch.optim.AdamW([alone], lr=0.01, weight_decay=0.0)
        descend(optimizer, list(model.parameters()), 3)
        descend(adamw, [alone], 3)
        same(model["wide"].bias.detach(), alone.detach())
        assert set(optimizer.state[model["wide"].weight]) == {"momentum_buffer"}
        assert [group.get("method") for group in optimizer.param_groups] == [None, "adamw", "adamw"]


class TestOwnRates:
    def test_asgd_at_a_constant_rate_is_the_class(self):
        ours, theirs = weights((3, 2), (4,)), weights((3, 2), (4,))
        moved = descend(rates.ASGD(ours, lr=0.1), ours, 6)
        same(moved, descend(pytorch_optimizer.ASGD(theirs, lr=0.1), theirs, 6))

    def test_a_schedule_scales_asgds_steps_and_leaves_its_search_alone(self):
        params = weights((3, 2))
        optimizer = rates.ASGD(params, lr=0.1)
        descend(optimizer, params, 1)
        found, before = optimizer.param_groups[0]["found"], params[0].detach().clone()
        optimizer.param_groups[0]["lr"] = 0.0
        descend(optimizer, params, 1)
        assert optimizer.param_groups[0]["found"] > found > 0.1
        same(params[0].detach(), before)

    def test_mars_moves_vectors_at_its_rate(self):
        (slow,), (fast,) = weights((4,)), weights((4,))
        start = slow.detach().clone()
        descend(rates.MARS([slow], lr=1e-4, weight_decay_1d=0.0), [slow], 1)
        descend(rates.MARS([fast], lr=1e-2, weight_decay_1d=0.0), [fast], 1)
        torch.testing.assert_close(fast - start, 100 * (slow - start), rtol=1e-2, atol=1e-4)


def test_fadam_works_in_double_precision_and_is_the_class_in_single():
    ours, theirs = weights((3, 2)), weights((3, 2))
    same(
        descend(precision.FAdam(ours, lr=0.01), ours, 3),
        descend(pytorch_optimizer.FAdam(theirs, lr=0.01), theirs, 3),
    )
    double = [p.detach().double().requires_grad_() for p in weights((3, 2))]
    optimizer = precision.FAdam(double, lr=0.01)
    descend(optimizer, double, 1)
    assert optimizer.state[double[0]]["momentum"].dtype == torch.float64


def test_scionlight_keeps_its_momentum_in_the_gradients():
    (w,) = params = weights((2, 3))
    optimizer = kept.SCIONLight(params, lr=0.01, momentum=0.1)
    w.sum().backward()
    optimizer.step()
    optimizer.zero_grad()
    same(w.grad, torch.full((2, 3), 0.9))


def test_splus_can_be_evaluated_before_its_first_step_and_then_shows_its_mean():
    used, unused = params = weights((3, 2), (4,))
    optimizer = averages.SPlus(params, lr=0.1, weight_decay=0.0)
    start, left = used.detach().clone(), unused.detach().clone()
    optimizer.eval()
    optimizer.train()
    same([used.detach(), unused.detach()], [start, left])
    used.sum().backward()
    optimizer.step()
    optimizer.step()
    iterate = used.detach().clone()
    optimizer.eval()
    same(used.detach(), optimizer.state[used]["ema"] / (1 - 0.999**2))
    optimizer.train()
    same([used.detach(), unused.detach()], [iterate, left])
