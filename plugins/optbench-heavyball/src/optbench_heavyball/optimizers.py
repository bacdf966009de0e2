"""heavyball's optimizers with compilation as a hyper-parameter: `optimizers.SOAP(params, lr=3e-3, compile=False)`.

heavyball compiles its building blocks when they are first used, as `heavyball.utils.compile_mode` says, for all
optimizers of a process. Here each optimizer says it for itself, and the setting holds only while it works.

Every class that heavyball exports is here under its own name. `PSGDLRA`, `SAM` and `split_muon_adamw` are more than
a switch: they make heavyball's class work with parameter groups, with a learning-rate schedule, and from a model.
"""

from __future__ import annotations

import functools
import inspect
import math
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import heavyball
import optbench
import torch
from heavyball import utils
from torch import Tensor, nn

_WORKING = ("step", "train", "eval")
"""The methods in which heavyball may compile."""
_STORAGE = ("storage_dtype", "q_dtype")
"""The arguments that say in which precision heavyball keeps its state."""


@contextmanager
def compilation(wanted: bool) -> Iterator[None]:
    """Let heavyball compile its building blocks as it likes, or not at all, for a while."""
    before = utils.compile_mode
    if not wanted:
        utils.compile_mode = None
    try:
        yield
    finally:
        utils.compile_mode = before


@functools.cache
def switched(name: str) -> type[torch.optim.Optimizer]:
    """Return a subclass of heavyball's class `name` with one more argument, `compile`: whether it may compile."""
    library_class = getattr(heavyball, name)
    accepted = inspect.signature(library_class).parameters

    def __init__(self: Any, params: Iterable[Any], *, compile: bool = False, **arguments: Any) -> None:
        self.compiles = compile
        params = list(params)
        with compilation(compile):
            library_class.__init__(self, params, **arguments | _precision(params, accepted, arguments))

    def load_state_dict(self: Any, state_dict: dict[str, Any]) -> None:
        library_class.load_state_dict(self, state_dict)
        saved = (
            state_dict["state"].get(number, {}) for group in state_dict["param_groups"] for number in group["params"]
        )
        for parameter, state in zip(_weights(self.param_groups), saved, strict=True):
            if state:
                self.state[parameter] = _in_its_precision(state, self.state[parameter])

    working = {
        method: _at_work(getattr(library_class, method)) for method in _WORKING if hasattr(library_class, method)
    }
    about = {"__module__": __name__, "__doc__": library_class.__doc__}
    return type(name, (library_class,), {"__init__": __init__, "load_state_dict": load_state_dict, **working, **about})


def _at_work(method: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(method)
    def within(self: Any, *arguments: Any, **named: Any) -> Any:
        with compilation(self.compiles):
            return method(self, *arguments, **named)

    return within


def _precision(params: list[Any], accepted: Container[str], arguments: Mapping[str, Any]) -> dict[str, str]:
    """What has to become float64 for weights in float64: heavyball stores float32 unless it is told otherwise."""
    if any(parameter.dtype != torch.float64 for parameter in _weights(params)):
        return {}
    single = [name for name in _STORAGE if name in accepted and arguments.get(name, "float32") == "float32"]
    return dict.fromkeys(single, "float64")


def _in_its_precision(saved: Any, loaded: Any) -> Any:
    """A state as it was saved, where it was loaded to: torch rounds what is in float64 to the type of the weights."""
    if isinstance(saved, Tensor):
        return saved.detach().clone().to(loaded.device)
    if isinstance(saved, dict):
        return {key: _in_its_precision(saved[key], loaded[key]) for key in saved}
    if isinstance(saved, list | tuple):
        return type(saved)(_in_its_precision(*pair) for pair in zip(saved, loaded, strict=True))
    return loaded


def __getattr__(name: str) -> Any:
    if name.startswith("_") or name not in heavyball.__all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return switched(name)


class PSGDLRA(switched("PSGDLRA")):  # type: ignore[misc]
    """heavyball's PSGDLRA; its default rank, the logarithm of the number of weights, also for parameter groups."""

    def __init__(self, params: Iterable[Any], *, rank: int | None = None, **arguments: Any) -> None:
        params = list(params)
        count = sum(parameter.numel() for parameter in _weights(params))
        super().__init__(params, rank=rank or max(1, round(math.log2(count))), **arguments)


class SAM(heavyball.SAMWrapper):  # type: ignore[misc]
    """heavyball's sharpness-aware wrapper around its AdamW, as one optimizer: groups and state are AdamW's own."""

    def __init__(self, params: Iterable[Any], lr: float, *, ball: float = 0.1, **arguments: Any) -> None:
        wrapped: Any = switched("AdamW")(params, lr=lr, **arguments)  # type: ignore[call-arg]
        for group in wrapped.param_groups:
            group["ball"] = ball
        super().__init__([p for group in wrapped.param_groups for p in group["params"]], wrapped, ball)
        self.defaults: dict[str, Any] = {**wrapped.defaults, "ball": ball}
        self._share()

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Load what `state_dict` gave."""
        super().load_state_dict(state_dict)
        self._share()

    def _share(self) -> None:
        self.param_groups, self.state = self.wrapped_optimizer.param_groups, self.wrapped_optimizer.state

    def train(self, mode: bool = True) -> SAM:
        """Do nothing: AdamW trains the weights that it evaluates."""
        return self

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Climb along the gradient, compute the gradients there, return, and step with them.

        Returns the loss at the weights themselves, where heavyball returns the one at the top.
        """
        losses = []

        def remembered() -> Any:
            losses.append(closure())  # type: ignore[misc]
            return losses[-1]

        with compilation(self.wrapped_optimizer.compiles):
            super().step(closure and remembered)
        return losses[0]


class Split(heavyball.SplitOpt):  # type: ignore[misc]
    """heavyball's delegation of parameters to several optimizers, as one: groups and state are theirs."""

    def __init__(self, specs: Sequence[dict[str, Any]]) -> None:
        super().__init__(specs)
        self._show()

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Load what `state_dict` gave."""
        super().load_state_dict(state_dict)
        self._show()

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Have each optimizer do its step; `closure` computes the loss and its gradients."""
        loss = super().step(closure)
        self._show()
        return loss

    def _show(self) -> None:
        self.param_groups = [group for optimizer in self.optimizers for group in optimizer.param_groups]
        self.state = {weight: kept for optimizer in self.optimizers for weight, kept in optimizer.state.items()}


def split_muon_adamw(
    model: nn.Module,
    *,
    total_steps: int,
    lr: float,
    adamw_scale: float = 0.05,
    weight_decay: float = 0.0,
    compile: bool = False,
) -> Split:
    """Give weights with two or more axes, but embeddings, to Muon and the rest to AdamW at `adamw_scale * lr`.

    0.05 is the ratio of the two rates in heavyball's own example (0.02 and 1e-3). Weight decay acts on Muon's weights.
    """
    matrices, rest = _split(model)
    muon = {"params": matrices, "optimizer": switched("Muon"), "lr": lr, "weight_decay": weight_decay}
    adamw = {"params": rest, "optimizer": switched("AdamW"), "lr": adamw_scale * lr}
    return Split([spec | {"compile": compile} for spec in (muon, adamw)])


def _split(model: nn.Module) -> tuple[list[nn.Parameter], list[nn.Parameter]]:
    """The parameters that optbench lets decay, and the others."""
    found: tuple[list[nn.Parameter], list[nn.Parameter]] = ([], [])
    for group in optbench.parameter_groups(model, 1.0):
        found[group["weight_decay"] == 0].extend(group["params"])
    return found


def _weights(params: Iterable[Any]) -> list[torch.Tensor]:
    """The parameters in a list of parameters or of groups of them."""
    return [p for entry in params for p in (entry["params"] if isinstance(entry, dict) else [entry])]
