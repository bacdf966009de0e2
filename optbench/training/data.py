"""Splits as runs have them: what a data set builds, converted as `Splits` says, on a device, kept for the next run."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

from optbench.components.component import Build, resolve
from optbench.components.dataset import Dataset, Split, Splits
from optbench.components.loss import Targets
from optbench.components.task import Task
from optbench.data.files import locate
from optbench.errors import DataUnavailable, UsageError
from optbench.training.blame import blamed

NAMES = ("train", "validation", "test")


class Dtypes(NamedTuple):
    """What the numbers of a tensor become."""

    real: torch.dtype
    whole: torch.dtype
    boolean: torch.dtype


def build_splits(
    dataset: Dataset, task: Task, targets: Targets, folders: Sequence[Path], device: torch.device
) -> Splits:
    """Build a task's data on a device, in its precision, for a loss that takes such targets.

    It is kept for the next run in this process.

    Raises `DataUnavailable` where files are missing, and `UsageError` for what the build raises and for what it returns
    that cannot be splits.
    """
    files = locate(dataset, folders)
    for file in dataset.files:
        if file.path not in files:
            raise DataUnavailable(f"data set {dataset.name!r}: {file.path} is not there or damaged")
    call = _Call(dataset.name, dataset.build, files, {**dataset.options, **task.dataset_options})
    kept = _kept(call, device, *_dtypes(task, targets))
    if versions(kept.splits) != kept.versions:  # the run before changed them in place
        _kept.cache_clear()
        kept = _kept(call, device, *_dtypes(task, targets))
    return kept.splits


def versions(splits: Splits) -> tuple[int, ...]:
    """Return how often each tensor of the splits was changed in place, also through views of it."""
    return tuple(
        tensor._version for split in parts(splits).values() for tensor in (*several(split.inputs), split.targets)
    )


def refuse_changes(splits: Splits, before: tuple[int, ...]) -> None:
    """Raise `UsageError` where splits have other `versions` than before."""
    if versions(splits) != before:
        raise UsageError(
            "the task's model, augmentation or loss changes its data in place, and with it what later evaluations see; "
            "write x / 255, not x.div_(255)"
        )


def refuse_empty(splits: Splits) -> None:
    """Raise `UsageError` for a split without examples."""
    for name, split in parts(splits).items():
        if not len(split):
            raise UsageError(f"its {name} split is empty; give it an example at least")


def parts(splits: Splits) -> dict[str, Split]:
    """Return the three splits by their names."""
    return {name: getattr(splits, name) for name in NAMES}


def several(inputs: Tensor | tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    """Return the tensors that a model is called with: one, or a tuple of several."""
    return inputs if isinstance(inputs, tuple) else (inputs,)


def dtype_of(task: Task) -> torch.dtype:
    """Return the type of a task's weights and real inputs."""
    return torch.float64 if task.precision == "float64" else torch.float32


def _dtypes(task: Task, targets: Targets) -> tuple[Dtypes, Dtypes]:
    """The types of a task's inputs and targets."""
    real = dtype_of(task)
    return Dtypes(real, torch.int64, real), Dtypes(real, *[real if targets == "values" else torch.int64] * 2)


class _Call:
    """A data set's build with its arguments, equal to another one with the same arguments."""

    def __init__(self, name: str, build: Build, files: Mapping[str, Path], options: Mapping[str, Any]) -> None:
        self._name, self._build, self._files, self._options = name, build, files, options
        self._key = repr((name, sorted(files.items()), sorted(options.items())))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Call) and self._key == other._key

    def __hash__(self) -> int:
        return hash(self._key)

    def __call__(self, convert: Callable[[Splits], Splits]) -> Splits:
        owner = f"data set {self._name!r}"
        with blamed(owner, self._build):
            built = resolve(self._build)(self._files, **self._options)
        try:
            return convert(built)
        except ValueError as error:
            raise UsageError(f"{owner}: {error}") from error


class _Kept(NamedTuple):
    splits: Splits
    versions: tuple[int, ...]


@lru_cache(maxsize=8)
def _kept(call: _Call, device: torch.device, inputs: Dtypes, targets: Dtypes) -> _Kept:
    splits = call(lambda built: convert(built, device, inputs, targets))
    return _Kept(splits, versions(splits))


def convert(built: Any, device: torch.device, inputs: Dtypes, targets: Dtypes) -> Splits:
    """Return splits as runs have them, made of what a build returned; raises `ValueError` where that is none."""
    splits = as_tensors(built, device, inputs, targets)
    for mistake in _mistakes(splits):
        raise ValueError(mistake)
    return splits


def as_tensors(built: Any, device: torch.device, inputs: Dtypes, targets: Dtypes) -> Splits:
    """Return splits of tensors, whatever their shapes are; raises `ValueError` for what is no splits of numbers."""
    if not isinstance(built, Splits):
        raise ValueError(f"build returned {type(built).__name__}, not optbench.Splits")
    for name, split in parts(built).items():
        if not isinstance(split, Split):
            raise ValueError(f"{name} is {type(split).__name__}, not optbench.Split")
    if not (isinstance(built.outputs, int | np.integer) and built.outputs > 0):
        raise ValueError(f"outputs={built.outputs!r} must be a positive integer")
    train, validation, test = (
        Split(
            _inputs(split.inputs, f"{name} inputs", device, inputs),
            _tensor(split.targets, f"{name} targets", device, targets),
        )
        for name, split in parts(built).items()
    )
    return Splits(train, validation, test, outputs=int(built.outputs))


def _mistakes(splits: Splits) -> Iterator[str]:
    for name, split in parts(splits).items():
        for tensor, of_train in zip(several(split.inputs), several(splits.train.inputs), strict=True):
            if len(tensor) != len(split.targets):
                yield f"{name} has {len(tensor)} inputs and {len(split.targets)} targets; give as many of each"
            if len(tensor) and tensor.shape[1:] != of_train.shape[1:]:
                shape, expected = tuple(tensor.shape[1:]), tuple(of_train.shape[1:])
                yield f"an input of {name} has the shape {shape}, one of train {expected}; give all the same"


def _inputs(value: Any, what: str, device: torch.device, dtypes: Dtypes) -> Any:
    """Convert inputs, or a tuple of several."""
    if isinstance(value, tuple):
        return tuple(_tensor(part, what, device, dtypes) for part in value)
    return _tensor(value, what, device, dtypes)


def _tensor(value: Any, what: str, device: torch.device, dtypes: Dtypes) -> Tensor:
    """Convert a tensor, an array or a list; overlapping windows of a text stay views of one copy of it."""
    tensor = value.detach() if isinstance(value, Tensor) else _from_array(value, what)
    if tensor.layout is not torch.strided:
        raise ValueError(f"{what} are sparse; give dense ones, tensor.to_dense()")
    if not tensor.ndim:
        raise ValueError(f"{what} are a single number; give examples along the first axis")
    if tensor.is_inference():
        tensor = tensor.clone()  # one that counts its versions
    dtype = _dtype(tensor.dtype, dtypes)
    held = tensor.untyped_storage().nbytes() // tensor.element_size()
    if tensor.numel() <= held or (dtype, device) == (tensor.dtype, tensor.device):
        return tensor.to(device=device, dtype=dtype)
    storage = torch.empty(0, dtype=tensor.dtype).set_(tensor.untyped_storage())
    return storage.to(device, dtype).as_strided(tensor.shape, tensor.stride(), tensor.storage_offset())


def _dtype(found: torch.dtype, dtypes: Dtypes) -> torch.dtype:
    if found.is_complex:
        return dtypes.real.to_complex()
    if found.is_floating_point:
        return dtypes.real
    return dtypes.boolean if found is torch.bool else dtypes.whole


def _from_array(value: Any, what: str) -> Tensor:
    try:
        array = np.asarray(value)
        if array.dtype.kind not in "biufc":
            raise ValueError(f"they are of the type {array.dtype}")
        if not array.dtype.isnative or any(stride < 0 for stride in array.strides):
            array = np.ascontiguousarray(array, array.dtype.newbyteorder("="))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of arrays that are not writable: nobody writes into them
            return torch.from_numpy(array)
    except (ValueError, TypeError, RuntimeError) as error:
        raise ValueError(f"{what} are no numbers of one shape: {str(error).splitlines()[0]}") from error
