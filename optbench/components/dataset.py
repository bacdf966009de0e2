"""`Dataset`: what a task is trained on; the files it needs, and the splits that it builds."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

from optbench.components.component import Build, check_component

if TYPE_CHECKING:
    import torch

Inputs: TypeAlias = Any
"""What a model is called with: a tensor, or a tuple of several, which it gets as so many arguments."""


def mapped(function: Callable[[torch.Tensor], Any], inputs: Inputs) -> Any:
    """Apply a function to the inputs, or to each of several."""
    return tuple(map(function, inputs)) if isinstance(inputs, tuple) else function(inputs)


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
    `content` is the checksum of its splits that `optbench check` verifies (and prints, where it is another one). It
    pins what runs were made with where there are no files.
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
        check_component(self, self.options)


@dataclass(frozen=True)
class Split:
    """Examples along the first axis: `inputs` of shape `[N, ...]`, or a tuple of such; `targets` of shape `[N, ...]`.

    Tensors, numpy arrays or lists; `Splits` says what becomes of them. A run has tensors.

    A model of several inputs is called as `model(*inputs)`.
    """

    inputs: Inputs
    targets: torch.Tensor

    def __len__(self) -> int:
        return len(self.inputs[0] if isinstance(self.inputs, tuple) else self.inputs)

    def take(self, index: slice | torch.Tensor) -> Split:
        """Return the examples that a slice or a tensor of indices `[M]` chooses, in that order."""
        return Split(mapped(lambda part: part[index], self.inputs), self.targets[index])


@dataclass(frozen=True)
class Splits:
    """What a data set builds: three splits, none of them empty, and the number of a model's `outputs`.

    Models and losses see tensors on the run's device: real numbers in the task's precision (float32, where it asks for
    no other), tokens and classes in int64. What comes in another form is converted, once:

    - arrays and lists to tensors; views stay views, so that overlapping windows of a text take no memory;
    - real numbers of any width to the task's precision, complex ones likewise;
    - inputs that are whole numbers of any width to int64, for they are tokens, and booleans to 0.0 and 1.0. Images as
      whole numbers are thereby refused where a layer multiplies them: give `images / 255`;
    - targets of a loss of values (`mse`, `binary_cross_entropy`, …) to real numbers, whatever they are. Those of other
      losses stay whole numbers, booleans too: classes 0 … outputs - 1, and -100 where there is none. With
      `cross_entropy` real numbers of the shape `[..., outputs]` are the probabilities of each class.

    Refused before anything runs, in a line: splits that are empty or not finite, classes that the model has no output
    for, inputs of several shapes, unequal numbers of inputs and targets, and what are no numbers.
    """

    train: Split
    validation: Split
    test: Split
    outputs: int

    @property
    def input_shape(self) -> tuple[int, ...] | tuple[tuple[int, ...], ...]:
        """Shape of one example; of several inputs a tuple of shapes."""
        shape: tuple[Any, ...] = mapped(lambda part: tuple(part.shape[1:]), self.train.inputs)
        return shape
