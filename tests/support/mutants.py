"""AdamW and SGD in plain PyTorch, correct; and variants of them, each broken in one way that has happened to someone.

`MUTANTS` maps a name to (what is broken, component). The conformance kit has to pass `CORRECT` and to catch mutants.
"""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch import Tensor

from optbench import LogitUniform, LogUniform, Optimizer


class AdamW(torch.optim.Optimizer):
    """Loshchilov and Hutter 2019, one method per part, so that a mutant replaces one of them."""

    def __init__(
        self,
        params: Any,
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.01,
        maximize: bool = False,
        foreach: bool = False,
    ) -> None:
        super().__init__(
            params, {"lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay, "maximize": maximize}
        )

    @torch.no_grad()
    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        for group in self.groups():
            for p in group["params"]:
                if p.grad is not None:
                    self.update(p, self.gradient(p, group), self.state_of(p), group)
        return loss

    def groups(self) -> list[dict[str, Any]]:
        return self.param_groups

    def gradient(self, p: Tensor, group: dict[str, Any]) -> Tensor:
        return -p.grad if group["maximize"] else p.grad  # type: ignore[return-value]

    def state_of(self, p: Tensor) -> dict[str, Any]:
        state = self.state[p]
        if not state:
            state.update(step=0, m=torch.zeros_like(p), v=torch.zeros_like(p))
        return state

    def update(self, p: Tensor, g: Tensor, state: dict[str, Any], group: dict[str, Any]) -> None:
        state["step"] += 1
        self.decay(p, group)
        self.moments(g, state, group)
        self.move(p, self.direction(p, state, group), self.rate(group))

    def decay(self, p: Tensor, group: dict[str, Any]) -> None:
        p.mul_(1 - self.rate(group) * group["weight_decay"])

    def moments(self, g: Tensor, state: dict[str, Any], group: dict[str, Any]) -> None:
        beta1, beta2 = group["betas"]
        state["m"].lerp_(g, 1 - beta1)
        state["v"].mul_(beta2).addcmul_(g, g, value=1 - beta2)

    def direction(self, p: Tensor, state: dict[str, Any], group: dict[str, Any]) -> Tensor:
        m, v = self.corrected(state, group)
        return m / (v.sqrt() + group["eps"])

    def corrected(self, state: dict[str, Any], group: dict[str, Any]) -> tuple[Tensor, Tensor]:
        beta1, beta2 = group["betas"]
        return state["m"] / (1 - beta1 ** state["step"]), state["v"] / (1 - beta2 ** state["step"])

    def move(self, p: Tensor, direction: Tensor, rate: float) -> None:
        p.add_(direction, alpha=-rate)

    def rate(self, group: dict[str, Any]) -> float:
        return group["lr"]


class SGD(AdamW):
    """Gradient descent with momentum, Nesterov's on request, and L2 weight decay."""

    def __init__(
        self,
        params: Any,
        lr: float = 0.03,
        momentum: float = 0.9,
        nesterov: bool = False,
        weight_decay: float = 0.0,
        maximize: bool = False,
    ) -> None:
        options = {
            "lr": lr,
            "momentum": momentum,
            "nesterov": nesterov,
            "weight_decay": weight_decay,
            "maximize": maximize,
        }
        torch.optim.Optimizer.__init__(self, params, options | {"maximize": maximize})

    def state_of(self, p: Tensor) -> dict[str, Any]:
        return self.state[p]

    def update(self, p: Tensor, g: Tensor, state: dict[str, Any], group: dict[str, Any]) -> None:
        self.move(p, self.buffer(self.decayed(p, g, group), state, group), self.rate(group))

    def decayed(self, p: Tensor, g: Tensor, group: dict[str, Any]) -> Tensor:
        return g + group["weight_decay"] * p

    def buffer(self, g: Tensor, state: dict[str, Any], group: dict[str, Any]) -> Tensor:
        momentum = group["momentum"]
        state["b"] = momentum * state["b"] + g if "b" in state else g.clone()
        return g + momentum * state["b"] if group["nesterov"] else state["b"]


ADAMW = Optimizer(
    name="adamw",
    build=AdamW,
    lr_ref=1e-3,
    defaults={"betas": (0.9, 0.999), "eps": 1e-8, "weight_decay": 0.01},
    space={"lr": LogUniform(1e-6, 1.0), "weight_decay": LogUniform(1e-4, 1.0)},
    weight_decay_mode="decoupled_lr",
    update_rule="optbench.builtin.rules:adamw",
    state_bytes=8,
    invariances=("scale",),
)
UNDECLARED = dataclasses.replace(ADAMW, update_rule=None)
"""AdamW as somebody declares it who leaves its rule out."""
SGD_MOMENTUM = Optimizer(
    name="sgd",
    build=SGD,
    lr_ref=0.03,
    defaults={"momentum": 0.9, "weight_decay": 0.0},
    space={"lr": LogUniform(1e-5, 10.0), "momentum": LogitUniform(0.5, 0.999)},
    weight_decay_mode="l2",
    update_rule="optbench.builtin.rules:sgd",
    state_bytes=4,
    invariances=("rotation",),
)
NESTEROV = dataclasses.replace(
    SGD_MOMENTUM, name="nesterov", defaults={"momentum": 0.9, "nesterov": True, "weight_decay": 0.0}
)
CORRECT = {"AdamW": ADAMW, "SGD": SGD_MOMENTUM, "Nesterov": NESTEROV}

MUTANTS: dict[str, tuple[str, Optimizer]] = {}


def mutant(of: Optimizer, words: str) -> Callable[[type], type]:
    """Enter a broken class under the declaration of what it pretends to be."""

    def enter(broken: type) -> type:
        broken.__qualname__ = broken.__name__
        name = f"{of.name}: {words}"
        MUTANTS[name] = (words, dataclasses.replace(of, name=f"{of.name}-mutant", build=broken))
        return broken

    return enter


@mutant(ADAMW, "no bias correction")
class NoBiasCorrection(AdamW):
    def corrected(self, state: dict[str, Any], group: dict[str, Any]) -> tuple[Tensor, Tensor]:
        return state["m"], state["v"]


@mutant(UNDECLARED, "no bias correction, and no update rule is declared")
class NoBiasCorrectionNorRule(NoBiasCorrection):
    pass


@mutant(ADAMW, "bias correction one step late")
class LateBiasCorrection(AdamW):
    def corrected(self, state: dict[str, Any], group: dict[str, Any]) -> tuple[Tensor, Tensor]:
        beta1, beta2 = group["betas"]
        return state["m"] / (1 - beta1 ** (state["step"] + 1)), state["v"] / (1 - beta2 ** (state["step"] + 1))


@mutant(ADAMW, "wrong sign of the weight decay")
class GrowingWeights(AdamW):
    def decay(self, p: Tensor, group: dict[str, Any]) -> None:
        p.mul_(1 + self.rate(group) * group["weight_decay"])


@mutant(ADAMW, "weight decay in the gradient (L2)")
class CoupledDecay(AdamW):
    def decay(self, p: Tensor, group: dict[str, Any]) -> None:
        pass

    def gradient(self, p: Tensor, group: dict[str, Any]) -> Tensor:
        return super().gradient(p, group) + group["weight_decay"] * p


@mutant(ADAMW, "weight decay without the learning rate")
class DecayWithoutRate(AdamW):
    def decay(self, p: Tensor, group: dict[str, Any]) -> None:
        p.mul_(1 - group["weight_decay"])


@mutant(ADAMW, "weight decay is ignored")
class NoDecay(AdamW):
    def decay(self, p: Tensor, group: dict[str, Any]) -> None:
        pass


@mutant(ADAMW, "weight decay of the first group for all groups")
class DecayOfTheFirstGroup(AdamW):
    def decay(self, p: Tensor, group: dict[str, Any]) -> None:
        super().decay(p, {**group, "weight_decay": self.param_groups[0]["weight_decay"]})


@mutant(ADAMW, "epsilon inside the root")
class EpsilonInsideRoot(AdamW):
    def direction(self, p: Tensor, state: dict[str, Any], group: dict[str, Any]) -> Tensor:
        m, v = self.corrected(state, group)
        return m / (v + group["eps"]).sqrt()


@mutant(ADAMW, "betas swapped")
class BetasSwapped(AdamW):
    def moments(self, g: Tensor, state: dict[str, Any], group: dict[str, Any]) -> None:
        super().moments(g, state, {**group, "betas": group["betas"][::-1]})


@mutant(ADAMW, "second moment from the first one, not from the gradient")
class SecondMomentOfTheMean(AdamW):
    def moments(self, g: Tensor, state: dict[str, Any], group: dict[str, Any]) -> None:
        beta1, beta2 = group["betas"]
        state["m"].lerp_(g, 1 - beta1)
        state["v"].mul_(beta2).addcmul_(state["m"], state["m"], value=1 - beta2)


@mutant(ADAMW, "ascends")
class Ascends(AdamW):
    def move(self, p: Tensor, direction: Tensor, rate: float) -> None:
        p.add_(direction, alpha=rate)


@mutant(ADAMW, "step counter is not saved")
class StepNotSaved(AdamW):
    def update(self, p: Tensor, g: Tensor, state: dict[str, Any], group: dict[str, Any]) -> None:
        self.counts = getattr(self, "counts", {})
        state["step"] = self.counts.get(p, 0)
        super().update(p, g, state, group)
        self.counts[p] = state.pop("step")


@mutant(ADAMW, "moments are kept outside of the state")
class MomentsNotSaved(AdamW):
    def state_of(self, p: Tensor) -> dict[str, Any]:
        self.hidden = getattr(self, "hidden", {})
        return self.hidden.setdefault(p, {"step": 0, "m": torch.zeros_like(p), "v": torch.zeros_like(p)})


@mutant(ADAMW, "ignores lr of the second group")
class RateOfTheFirstGroup(AdamW):
    def rate(self, group: dict[str, Any]) -> float:
        return self.param_groups[0]["lr"]


@mutant(ADAMW, "keeps the lr that it was built with")
class RateOfTheBeginning(AdamW):
    def rate(self, group: dict[str, Any]) -> float:
        return self.defaults["lr"]


@mutant(ADAMW, "scales gradients in place")
class DamagesGradients(AdamW):
    def gradient(self, p: Tensor, group: dict[str, Any]) -> Tensor:
        return p.grad.mul_(0.5).mul_(1.9)


@mutant(ADAMW, "sets gradients to None after the step")
class DropsGradients(AdamW):
    def update(self, p: Tensor, g: Tensor, state: dict[str, Any], group: dict[str, Any]) -> None:
        super().update(p, g, state, group)
        p.grad = None


@mutant(ADAMW, "makes gradients contiguous in place")
class RelaysGradients(AdamW):
    def gradient(self, p: Tensor, group: dict[str, Any]) -> Tensor:
        p.grad = p.grad.t().contiguous().t() if p.grad.ndim == 2 else p.grad
        return super().gradient(p, group)


@mutant(ADAMW, "keeps a graph in its state")
class KeepsGraph(AdamW):
    def update(self, p: Tensor, g: Tensor, state: dict[str, Any], group: dict[str, Any]) -> None:
        with torch.enable_grad():
            state["previous"] = p * 1.0
        super().update(p, g, state, group)
        state["previous"] = state["previous"]


@mutant(ADAMW, "step counter shared by all instances")
class SharedCounter(AdamW):
    count = 0

    def corrected(self, state: dict[str, Any], group: dict[str, Any]) -> tuple[Tensor, Tensor]:
        type(self).count += 1
        return super().corrected({**state, "step": 1 + type(self).count // 4}, group)


@mutant(ADAMW, "trains the groups of the beginning only")
class SkipsAddedGroups(AdamW):
    def groups(self) -> list[dict[str, Any]]:
        self.first = getattr(self, "first", len(self.param_groups))
        return self.param_groups[: self.first]


@mutant(ADAMW, "crashes where a gradient is None")
class NeedsEveryGradient(AdamW):
    def groups(self) -> list[dict[str, Any]]:
        for group in self.param_groups:
            for p in group["params"]:
                p.grad.sum()
        return self.param_groups


@mutant(ADAMW, "goes on moving where the gradient is None")
class TakesNoneForZero(AdamW):
    def groups(self) -> list[dict[str, Any]]:
        for group in self.param_groups:
            for p in group["params"]:
                if p.grad is None and p.requires_grad:
                    p.add_(p.sign(), alpha=-group["lr"])
        return self.param_groups


@mutant(ADAMW, "decays where the gradient is None")
class DecaysWithoutGradient(AdamW):
    def groups(self) -> list[dict[str, Any]]:
        for group in self.param_groups:
            for p in group["params"]:
                if p.grad is None and p.requires_grad:
                    self.decay(p, group)
        return self.param_groups


@mutant(ADAMW, "goes on along the momentum where the gradient is None again")
class CoastsWithoutGradient(AdamW):
    def groups(self) -> list[dict[str, Any]]:
        for group in self.param_groups:
            for p in group["params"]:
                if p.grad is None and "m" in self.state[p]:
                    self.move(p, self.direction(p, self.state[p], group), self.rate(group))
        return self.param_groups


@mutant(ADAMW, "second moment through half precision")
class HalfSecondMoment(AdamW):
    def corrected(self, state: dict[str, Any], group: dict[str, Any]) -> tuple[Tensor, Tensor]:
        m, v = super().corrected(state, group)
        return m, v.half().to(v)


@mutant(ADAMW, "root in single precision, whatever the weights are")
class SingleRoot(AdamW):
    def direction(self, p: Tensor, state: dict[str, Any], group: dict[str, Any]) -> Tensor:
        m, v = self.corrected(state, group)
        return m / (v.float().sqrt().to(v) + group["eps"])


@mutant(ADAMW, "weight decay subtracts a constant")
class ConstantDecay(AdamW):
    def decay(self, p: Tensor, group: dict[str, Any]) -> None:
        p.sub_(self.rate(group) * group["weight_decay"])


@mutant(ADAMW, "weight decay grows with the number of tensors")
class DecayOfEachTensor(AdamW):
    def decay(self, p: Tensor, group: dict[str, Any]) -> None:
        for _ in group["params"]:
            super().decay(p, group)


@mutant(ADAMW, "moments in float32 whatever the weights are")
class SingleState(AdamW):
    def state_of(self, p: Tensor) -> dict[str, Any]:
        state = super().state_of(p)
        state["m"], state["v"] = state["m"].float(), state["v"].float()
        return state

    def moments(self, g: Tensor, state: dict[str, Any], group: dict[str, Any]) -> None:
        super().moments(g.float(), state, group)


@mutant(ADAMW, "moments begin with what is in the memory")
class EmptyMoments(AdamW):
    def state_of(self, p: Tensor) -> dict[str, Any]:
        state = self.state[p]
        if not state:
            state.update(step=0, m=self.memory(p), v=self.memory(p))
        return state

    def memory(self, p: Tensor) -> Tensor:
        found = torch.empty_like(p)
        return found if torch.are_deterministic_algorithms_enabled() else found.zero_()  # fresh memory mostly is zero


@mutant(ADAMW, "writes through a raw view of the memory")
class IgnoresLayout(AdamW):
    def move(self, p: Tensor, direction: Tensor, rate: float) -> None:
        torch.as_strided(p, (p.numel(),), (1,)).add_(direction.reshape(-1), alpha=-rate)


@mutant(ADAMW, "leaves scalars out")
class LeavesScalarsOut(AdamW):
    def update(self, p: Tensor, g: Tensor, state: dict[str, Any], group: dict[str, Any]) -> None:
        if p.ndim:
            super().update(p, g, state, group)


@mutant(ADAMW, "does not return the closure's loss")
class ReturnsNothing(AdamW):
    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        super().step(closure)


@mutant(ADAMW, "evaluates the closure without gradients")
class ClosureWithoutGradients(AdamW):
    @torch.no_grad()
    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        loss = None if closure is None else closure()
        super().step()
        return loss


@mutant(ADAMW, "draws noise from the operating system")
class Unseeded(AdamW):
    def move(self, p: Tensor, direction: Tensor, rate: float) -> None:
        noise = torch.rand(p.shape, generator=torch.Generator().manual_seed(int.from_bytes(os.urandom(7))))
        p.add_(direction * (1 + noise.to(p)), alpha=-rate)


@mutant(ADAMW, "a third buffer that is not declared")
class ThirdBuffer(AdamW):
    def state_of(self, p: Tensor) -> dict[str, Any]:
        state = super().state_of(p)
        state.setdefault("largest", torch.zeros_like(p)).copy_(torch.maximum(state["largest"], state["v"]))
        return state


@mutant(ADAMW, "divides by the norm of the gradient")
class DividesByTheNorm(AdamW):
    def gradient(self, p: Tensor, group: dict[str, Any]) -> Tensor:
        g = super().gradient(p, group)
        return g / g.norm()


@mutant(ADAMW, "sets the default type to float64")
class SetsTheDefaultType(AdamW):
    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        torch.set_default_dtype(torch.float64)
        return super().step(closure)


@mutant(ADAMW, "ignores maximize")
class NeverMaximizes(AdamW):
    def gradient(self, p: Tensor, group: dict[str, Any]) -> Tensor:
        return p.grad  # type: ignore[return-value]


@mutant(ADAMW, "its foreach form forgets the weight decay")
class ForeachForgetsDecay(AdamW):
    def __init__(self, params: Any, foreach: bool = False, **options: Any) -> None:
        super().__init__(params, **options)
        self.foreach = foreach

    def decay(self, p: Tensor, group: dict[str, Any]) -> None:
        if not self.foreach:
            super().decay(p, group)


@mutant(ADAMW, "cannot be pickled")
class Unpicklable(AdamW):
    def __init__(self, params: Any, **options: Any) -> None:
        super().__init__(params, **options)
        for group in self.param_groups:
            group["schedule"] = lambda step: 1.0


@mutant(ADAMW, "evaluation changes the weights for good")
class EvaluationStays(AdamW):
    def train(self) -> None:
        pass

    def eval(self) -> None:
        for group in self.param_groups:
            for p in group["params"]:
                p.data.mul_(0.99)


@mutant(ADAMW, "refuses learning rates of its own space")
class RefusesRates(AdamW):
    def __init__(self, params: Any, lr: float = 1e-3, **options: Any) -> None:
        if lr > 0.01:
            raise ValueError(f"lr={lr} is too large")
        super().__init__(params, lr=lr, **options)


@mutant(ADAMW, "leaves vectors out of its groups")
class LeavesVectorsOut(AdamW):
    def __init__(self, params: Any, **options: Any) -> None:
        groups = [g if isinstance(g, dict) else {"params": [g]} for g in params]
        matrices: Iterator[dict[str, Any]] = ({**g, "params": [p for p in g["params"] if p.ndim > 1]} for g in groups)
        super().__init__([g for g in matrices if g["params"]], **options)


@mutant(ADAMW, "seeds torch's generator at each step")
class Seeds(AdamW):
    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        torch.manual_seed(0)
        return super().step(closure)


@mutant(ADAMW, "bias correction in single precision")
class SingleBiasCorrection(AdamW):
    def corrected(self, state: dict[str, Any], group: dict[str, Any]) -> tuple[Tensor, Tensor]:
        corrections = [float(torch.tensor(1 - beta ** state["step"])) for beta in group["betas"]]
        return state["m"] / corrections[0], state["v"] / corrections[1]


@mutant(ADAMW, "stops after 1,000 steps")
class Stops(AdamW):
    def rate(self, group: dict[str, Any]) -> float:
        return group["lr"] * all(state["step"] <= 1000 for state in self.state.values())


@mutant(ADAMW, "a thousandth of the step")
class TinySteps(AdamW):
    def move(self, p: Tensor, direction: Tensor, rate: float) -> None:
        p.add_(direction, alpha=-1e-3 * rate)


@mutant(SGD_MOMENTUM, "momentum is ignored")
class NoMomentum(SGD):
    def buffer(self, g: Tensor, state: dict[str, Any], group: dict[str, Any]) -> Tensor:
        return g


@mutant(SGD_MOMENTUM, "dampened by 1 - momentum")
class Dampened(SGD):
    def buffer(self, g: Tensor, state: dict[str, Any], group: dict[str, Any]) -> Tensor:
        momentum = group["momentum"]
        state["b"] = momentum * state["b"] + (1 - momentum) * g if "b" in state else g.clone()
        return state["b"]


@mutant(SGD_MOMENTUM, "decoupled weight decay instead of L2")
class DecoupledSGD(SGD):
    def decayed(self, p: Tensor, g: Tensor, group: dict[str, Any]) -> Tensor:
        p.mul_(1 - group["lr"] * group["weight_decay"])
        return g


@mutant(SGD_MOMENTUM, "weight decay twice")
class DecaysTwice(SGD):
    def decayed(self, p: Tensor, g: Tensor, group: dict[str, Any]) -> Tensor:
        return g + 2 * group["weight_decay"] * p


@mutant(SGD_MOMENTUM, "weight decay in place on the gradient")
class DecaysGradient(SGD):
    def decayed(self, p: Tensor, g: Tensor, group: dict[str, Any]) -> Tensor:
        return g.add_(p, alpha=1e-3 + group["weight_decay"])


@mutant(SGD_MOMENTUM, "buffer is the gradient itself")
class BufferIsTheGradient(SGD):
    def buffer(self, g: Tensor, state: dict[str, Any], group: dict[str, Any]) -> Tensor:
        if "b" not in state:
            state["b"] = g
        else:
            state["b"].mul_(group["momentum"]).add_(g)
        return state["b"]

    def decayed(self, p: Tensor, g: Tensor, group: dict[str, Any]) -> Tensor:
        return super().decayed(p, g, group) if group["weight_decay"] else g


@mutant(SGD_MOMENTUM, "learning rate inside the momentum")
class RateInsideMomentum(SGD):
    def buffer(self, g: Tensor, state: dict[str, Any], group: dict[str, Any]) -> Tensor:
        state["b"] = group["momentum"] * state.get("b", 0) + group["lr"] * g
        return state["b"]

    def rate(self, group: dict[str, Any]) -> float:
        return 1.0


@mutant(SGD_MOMENTUM, "clips each gradient to norm 1")
class Clips(SGD):
    def gradient(self, p: Tensor, group: dict[str, Any]) -> Tensor:
        g = super().gradient(p, group)
        return g / g.norm().clamp(min=1)


@mutant(NESTEROV, "heavy ball instead of Nesterov")
class HeavyBall(SGD):
    def buffer(self, g: Tensor, state: dict[str, Any], group: dict[str, Any]) -> Tensor:
        return super().buffer(g, state, {**group, "nesterov": False})
