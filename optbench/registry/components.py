"""The components that plugins provide: an optimizer, a model, a data set (a `Task` combines two of them).

A component is a named value. What it builds is said by `build`: a callable, or its import string
`"package.module:name"`, which is resolved only in the worker that runs it, so that listing components
imports neither torch nor anybody's library.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from typing import TYPE_CHECKING, Any, Literal, Protocol, get_args

from optbench.errors import PluginError, UnknownName
from optbench.registry.spaces import LogUniform, Space, is_number

if TYPE_CHECKING:
    import torch

Build = str | Callable[..., Any]
WeightDecayMode = Literal["none", "l2", "decoupled_lr", "decoupled"]
Invariance = Literal["scale", "rotation"]
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
    With `closure=True` the training loop calls `optimizer.step(closure)`; the closure zeroes the gradients, computes
    them and returns the loss. With `create_graph=True` the gradients keep their graph, for Hessian-vector products.
    With `sparse=True` it takes sparse gradients only.

    What follows is declared for the conformance kit (`optbench check`). `update_rule` is the import string of the
    textbook update, `(weights, gradients, *, lr, **defaults) -> weights after each step` in numpy. `state_bytes` is
    the size of the state in bytes per float32 weight of a matrix (AdamW: 8). `invariances`: `scale` says that
    multiplying the loss by a constant changes nothing, `rotation` that rotated weights take rotated steps. `limits`
    lists checks that it does not pass, each with the reason.
    `revision` is raised by the author when behaviour changes: recorded runs of older revisions become stale.
    """

    name: str
    build: Build
    lr_ref: float
    defaults: Mapping[str, Any] = field(default_factory=dict)
    space: Mapping[str, Space] = field(default_factory=dict)
    weight_decay_mode: WeightDecayMode = "none"
    closure: bool = False
    create_graph: bool = False
    sparse: bool = False
    update_rule: str | None = None
    state_bytes: float | None = None
    invariances: tuple[Invariance, ...] = ()
    limits: Mapping[str, str] = field(default_factory=dict)
    reference: str = ""
    description: str = ""
    revision: int = 1

    def __post_init__(self) -> None:
        _check_common(self)
        for mistake in (*_mistakes_in_hyperparameters(self), *_mistakes_in_claims(self)):
            raise PluginError(f"optimizer {self.name!r}: {mistake}")


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

    `path` is relative to the data folder, `urls` are complete addresses tried in order (none where the file can only be
    put there by hand), `checksum` is that of the file
    as downloaded, after the name of its algorithm: `sha256:440fcabf…`, or `md5:…` where nothing better is published.
    """

    path: str
    checksum: str
    urls: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Dataset:
    """A data set that tasks can name.

    `build(files, **options)` returns `Splits`; `files` maps each declared file's `path` to where it lies
    on this machine, verified. A data set that is generated or ships with a library declares no files.
    `content` is the checksum of its splits that `optbench check` verifies (and prints, where it is another one).
    """

    name: str
    build: Build
    options: Mapping[str, Any] = field(default_factory=dict)
    files: tuple[RemoteFile, ...] = ()
    content: str = ""
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


class Named(Protocol):
    """Whatever a plugin provides under a name, with the code behind it."""

    @property
    def name(self) -> str:
        """What suites and options call it."""

    @property
    def build(self) -> Build:
        """What is called to have it, or its import string."""


def check_named(named: Named) -> None:
    """Raise `PluginError` for a name that cannot be one, or a `build` that can be neither called nor imported."""
    kind = type(named).__name__.lower()
    if not isinstance(named.name, str) or not NAME.match(named.name):
        raise PluginError(f"{kind} name {named.name!r}: use letters, digits and . _ + - only")
    if not (callable(named.build) or _is_import_string(named.build)):
        raise PluginError(f"{kind} {named.name!r}: build={named.build!r} is neither callable nor 'module:name'")


def _check_common(component: Component) -> None:
    check_named(component)
    for mistake in _mistakes_in_arguments(component):
        raise PluginError(f"{type(component).__name__.lower()} {component.name!r}: {mistake}")


def _mistakes_in_arguments(component: Component) -> Iterator[str]:
    argument = "hyper-parameter" if isinstance(component, Optimizer) else "option"
    for key, value in (component.defaults if isinstance(component, Optimizer) else component.options).items():
        if not (isinstance(key, str) and key.isidentifier()):
            yield f"{argument} {key!r} cannot be the name of an argument: use letters, digits and _ only"
        if not is_plain(value):
            yield f"{key}={value!r} is not plain data (finite numbers, text, …)"


def _mistakes_in_hyperparameters(optimizer: Optimizer) -> Iterator[str]:
    if not (is_number(optimizer.lr_ref) and optimizer.lr_ref > 0):
        yield f"lr_ref={optimizer.lr_ref!r} must be positive"
    if "lr" in optimizer.defaults:
        yield "give the learning rate as lr_ref, not in defaults"
    if optimizer.weight_decay_mode not in get_args(WeightDecayMode):
        modes = ", ".join(get_args(WeightDecayMode))
        yield f"weight_decay_mode={optimizer.weight_decay_mode!r} must be one of {modes}"
    start = {"lr": optimizer.lr_ref, **optimizer.defaults}
    for key, space in optimizer.space.items():
        if key not in start:
            yield f"space has {key!r}, which is not among its defaults"
        elif not isinstance(space, Space):
            yield f"space[{key!r}]={space!r} is no LogUniform, LogitUniform, Uniform or Choice"
        elif not space.contains(start[key]) and not _switched_off(start[key], space):
            yield f"{'lr_ref' if key == 'lr' else key}={start[key]!r} lies outside space[{key!r}], {space!r}"


def _switched_off(value: object, space: Space) -> bool:
    """Whether a value is a zero that a logarithmic scale cannot hold: weight decay is often off until it is tuned."""
    return isinstance(space, LogUniform) and is_number(value) and value == 0


def _mistakes_in_claims(optimizer: Optimizer) -> Iterator[str]:
    """Yield what is wrong with what is declared for the conformance kit."""
    if optimizer.update_rule is not None and not _is_import_string(optimizer.update_rule):
        yield f"update_rule={optimizer.update_rule!r} is no import string (module:function)"
    if optimizer.state_bytes is not None and not (is_number(optimizer.state_bytes) and optimizer.state_bytes >= 0):
        yield f"state_bytes={optimizer.state_bytes!r} must be at least 0"
    if not set(optimizer.invariances) <= set(get_args(Invariance)):
        yield f"invariances={optimizer.invariances!r} must be among {', '.join(get_args(Invariance))}"
    for check, reason in optimizer.limits.items():
        if not (isinstance(reason, str) and reason.strip()):
            yield f"limits[{check!r}]={reason!r} must say why it does not pass this check"


def _is_import_string(value: object) -> bool:
    return isinstance(value, str) and IMPORT_STRING.match(value) is not None
