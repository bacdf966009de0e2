"""What an optimizer raises, as one line with the way out: mostly needs that a bare class cannot say."""

from __future__ import annotations

import re
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from optbench.components.optimizer import Optimizer
from optbench.components.spaces import is_number
from optbench.errors import UsageError
from optbench.registry.explanation import one_line


@dataclass(frozen=True)
class Tried:
    """An optimizer that was tried with some hyper-parameters."""

    component: Optimizer
    is_bare: bool
    """Whether only an import string names it, so that nobody declares its needs."""
    defaults: Mapping[str, Any]
    """What the component declares or, for a bare class, its signature."""
    hyperparameters: Mapping[str, Any]
    first_argument: str = ""
    """What the class or function calls its first argument."""

    @property
    def changed(self) -> dict[str, Any]:
        """The hyper-parameters that are not at their defaults; the learning rate has none."""
        given = self.hyperparameters.items()
        return {name: value for name, value in given if name != "lr" and value != self.defaults.get(name)}

    @property
    def callee(self) -> str:
        """What the class or function is called in code."""
        build = self.component.build
        return build.rpartition(":")[2] if isinstance(build, str) else getattr(build, "__qualname__", repr(build))


class _Remedy(NamedTuple):
    signs: str
    """A regular expression of what is raised, as `Type: text`."""
    way_out: Callable[[Tried], str]
    """Says what to do; nothing where it is done already."""


def explain(error: BaseException, tried: Tried) -> str:
    """Say in one line what was raised, with which values other than the defaults, and what the way out is."""
    text = said(error).removeprefix(f"optimizer {tried.component.name!r}: ")
    if isinstance(error, UsageError):
        return "; ".join(filter(None, [text, _remedy(text, tried)]))
    changed = tried.changed
    values = ", ".join(f"{name} = {value!r}" for name, value in changed.items())
    text = f"{values}: {text}" if values else text
    odd = [name for name in changed if name in tried.defaults and _form(changed[name]) != _form(tried.defaults[name])]
    if odd:
        return text + "".join(f" (give {name} as it is by default: {tried.defaults[name]!r})" for name in odd)
    wants_names = tried.is_bare and "named" in tried.first_argument
    return "; ".join(filter(None, [text, _BY_NAME(tried) if wants_names else _remedy(text, tried)]))


def said(error: BaseException) -> str:
    """Return an exception as one line: one of ours is a sentence; one without a text is shown by what raised it."""
    if str(error).strip():
        return str(error).splitlines()[0] if isinstance(error, UsageError) else one_line(error)
    frames = traceback.extract_tb(error.__traceback__)
    if not frames or not frames[-1].line:
        return type(error).__name__
    return f"{type(error).__name__} in {Path(frames[-1].filename).name}, line {frames[-1].lineno}: {frames[-1].line}"


def _remedy(text: str, tried: Tried) -> str:
    ways = (remedy.way_out(tried) for remedy in _REMEDIES if re.search(remedy.signs, text))
    return next((way for way in ways if way), "")


def _declare(need: str) -> Callable[[Tried], str]:
    """Return the way out for a need that `optbench.Optimizer` can declare."""

    def way_out(tried: Tried) -> str:
        component = tried.component
        if getattr(component, need):
            return ""
        if not tried.is_bare:
            return f"declare {need}=True in its optbench.Optimizer"
        example = f"name={component.name.lower()!r}, build={component.build!r}, lr_ref={tried.hyperparameters['lr']:g}"
        return f"declare {need}=True in a plugin file: optbench.Optimizer({example}, {need}=True)"

    return way_out


def _wrap(arguments: str) -> Callable[[Tried], str]:
    """Return the way out for a class that takes something else than parameters and `lr`: a function that calls it."""

    def way_out(tried: Tried) -> str:
        call = f"{tried.callee}({arguments})"
        return f"name a function that calls it instead: def build(model, *, total_steps, lr): return {call}"

    return way_out


def _without_decay(tried: Tried) -> str:
    """Return the way out for a class that takes no parameter groups, which weight decay needs."""
    if not tried.hyperparameters.get("weight_decay"):
        return ""
    return "weight decay needs parameter groups: set fixed = { weight_decay = 0.0 } in a suite, or accept groups"


def _matrices(tried: Tried) -> str:
    """Return the way out for a method of matrices only, as models have more than these."""
    return f"name a function (model, *, total_steps, lr) that gives {tried.callee} the matrices and another the rest"


_BY_NAME = _wrap("model.named_parameters(), lr=lr")

_REMEDIES = (
    _Remedy(r"not have (a )?grad_fn|not require grad|differentiated Tensors", _declare("create_graph")),
    _Remedy(r"dense gradient", _declare("sparse")),
    _Remedy(r"closure|'NoneType' object is not callable", _declare("closure")),
    _Remedy(r"'dict' object|(is|got|not) (a )?dict\b", _without_decay),
    _Remedy(r"values to unpack|cannot unpack|0-d tensor|'Parameter' object has no attribute", _BY_NAME),
    _Remedy(r"'(generator|list)' object has no attribute '(named_)?(parameters|modules)'", _wrap("model, lr=lr")),
    _Remedy(r"has no hyper-parameter 'lr'", _wrap("model.parameters()")),
    _Remedy(r"only supports? (2D|2-D|two-dim|matri)", _matrices),
)


def _form(value: object) -> Any:
    """What kind of thing a value is: two numbers have one form, and so have two lists of as many numbers."""
    if isinstance(value, list | tuple):
        return [_form(item) for item in value]
    return "number" if is_number(value) else type(value).__name__
