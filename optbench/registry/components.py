"""The components that plugins provide: an optimizer, a model, a data set (a `Task` combines two of them).

A component is a named value. What it builds is said by `build`: a callable, or its import string
`"package.module:name"`, which is resolved only in the worker that runs it, so that listing components
imports neither torch nor anybody's library.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from typing import TYPE_CHECKING, Any, Literal, get_args

from optbench.errors import PluginError, UnknownName
from optbench.registry.spaces import Space

if TYPE_CHECKING:
    import torch

Build = str | Callable[..., Any]
WeightDecayMode = Literal["none", "l2", "decoupled_lr", "decoupled"]
NAME_PATTERN = r"^[A-Za-z0-9][A-Za-z0-9._+-]*$"
NAME = re.compile(NAME_PATTERN)
IMPORT_STRING = re.compile(r"^[A-Za-z_][\w.]*:[A-Za-z_][\w.]*$")


@dataclass(frozen=True, kw_only=True)
class Optimizer:
    """An optimizer that suites can name.

    `build` is a `torch.optim.Optimizer` class or its import string, called as
    `build(params, **hyperparameters)`, or a function called as
    `build(model, *, total_steps, **hyperparameters)`, for methods that tell parameters apart by name or
    rank, or depend on the horizon. The hyper-parameters are `defaults` with `lr` added.

    `lr_ref` is the learning rate that its authors recommend as a start: the default of the `defaults`
    protocol and the centre of the `lr-grid`. `space` says what the other protocols may tune.
    `weight_decay_mode` says what `weight_decay` means: `l2` adds it to the gradient, `decoupled_lr` shrinks
    weights by `1 - lr * weight_decay` (torch's AdamW), `decoupled` by `1 - weight_decay`, `none` has none.
    With `closure=True` the training loop calls `optimizer.step(closure)`.
    `revision` is raised by the author when behaviour changes: recorded runs of older revisions become stale.
    """

    name: str
    build: Build
    lr_ref: float
    defaults: Mapping[str, Any] = field(default_factory=dict)
    space: Mapping[str, Space] = field(default_factory=dict)
    weight_decay_mode: WeightDecayMode = "none"
    closure: bool = False
    reference: str = ""
    description: str = ""
    revision: int = 1

    def __post_init__(self) -> None:
        _check_common(self)
        if not self.lr_ref > 0:
            raise PluginError(f"optimizer {self.name!r}: lr_ref={self.lr_ref!r} must be positive")
        if "lr" in self.defaults:
            raise PluginError(f"optimizer {self.name!r}: give the learning rate as lr_ref, not in defaults")
        if self.weight_decay_mode not in get_args(WeightDecayMode):
            raise PluginError(
                f"optimizer {self.name!r}: weight_decay_mode={self.weight_decay_mode!r} "
                f"must be one of {', '.join(get_args(WeightDecayMode))}"
            )
        for key in self.space:
            if key != "lr" and key not in self.defaults:
                raise PluginError(f"optimizer {self.name!r}: space has {key!r}, which is not among its defaults")


@dataclass(frozen=True, kw_only=True)
class Model:
    """A model that tasks can name.

    `build(input_shape, outputs, **options)` returns a `torch.nn.Module` in float32. `input_shape` is the
    shape of one example (no batch axis), `outputs` the number of classes, of regression targets, or the
    size of the vocabulary. `options` holds every option with its default.
    """

    name: str
    build: Build
    options: Mapping[str, Any] = field(default_factory=dict)
    reference: str = ""
    description: str = ""
    revision: int = 1

    def __post_init__(self) -> None:
        _check_common(self)


@dataclass(frozen=True, kw_only=True)
class RemoteFile:
    """A file that a data set needs: found in a data folder under `path`, or downloaded from a mirror.

    `path` is relative to the data folder, `urls` are complete addresses tried in order, `sha256` is the
    checksum of the file as downloaded.
    """

    path: str
    sha256: str
    urls: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Dataset:
    """A data set that tasks can name.

    `build(files, **options)` returns `Splits`; `files` maps each declared file's `path` to where it lies
    on this machine, verified. A data set that is generated or ships with a library declares no files.
    """

    name: str
    build: Build
    options: Mapping[str, Any] = field(default_factory=dict)
    files: tuple[RemoteFile, ...] = ()
    reference: str = ""
    description: str = ""
    revision: int = 1

    def __post_init__(self) -> None:
        _check_common(self)


@dataclass(frozen=True)
class Split:
    """Examples along the first axis: `inputs` of shape `[N, ...]` and `targets` of shape `[N, ...]`."""

    inputs: torch.Tensor
    targets: torch.Tensor

    def __len__(self) -> int:
        return len(self.inputs)


@dataclass(frozen=True)
class Splits:
    """What a data set builds. Inputs that are real numbers come as float32, tokens and classes as int64."""

    train: Split
    validation: Split
    test: Split
    outputs: int

    @property
    def input_shape(self) -> tuple[int, ...]:
        """Shape of one example."""
        return tuple(self.train.inputs.shape[1:])


Component = Optimizer | Model | Dataset


def resolve(build: Build, owner: str = "") -> Callable[..., Any]:
    """Return the callable that `build` names; import strings are `"package.module:attribute"`.

    Raises whatever the import raises, and `UnknownName` where the module lacks the attribute.
    """
    if callable(build):
        return build
    module_name, _, attribute = build.partition(":")
    found: Any = import_module(module_name)
    for part in attribute.split("."):
        if not hasattr(found, part):
            raise UnknownName(f"attribute of {module_name}", part, [n for n in dir(found) if n[0] != "_"])
        found = getattr(found, part)
    if not callable(found):
        raise PluginError(f"{owner or build}: {build!r} is {found!r}, which cannot be called")
    return found  # type: ignore[no-any-return]


def is_plain(value: object) -> bool:
    """Whether a value survives a round trip through JSON: what a record can hold and a `run_id` can hash."""
    try:
        json.dumps(value, allow_nan=False)
    except (TypeError, ValueError):
        return False
    return True


def _check_common(component: Component) -> None:
    kind = type(component).__name__.lower()
    if not isinstance(component.name, str) or not NAME.match(component.name):
        raise PluginError(f"{kind} name {component.name!r}: use letters, digits and . _ + - only")
    if not (callable(component.build) or (isinstance(component.build, str) and IMPORT_STRING.match(component.build))):
        raise PluginError(f"{kind} {component.name!r}: build={component.build!r} is neither callable nor 'module:name'")
    for key, value in (component.defaults if isinstance(component, Optimizer) else component.options).items():
        if not is_plain(value):
            raise PluginError(f"{kind} {component.name!r}: {key}={value!r} is not plain data (finite numbers, text, …)")
