"""The checks of data sets."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import torch

from optbench.components.component import resolve
from optbench.components.dataset import Dataset, Split, Splits
from optbench.data.files import locate
from optbench.testing.check import NotApplicable, Violation, check
from optbench.training.content import content_of, tensors_of
from optbench.training.data import Dtypes, as_tensors, several
from optbench.training.seeding import seed_everything
from optbench.training.transcripts import IGNORED

SHARED = 0.05
"""Share of a split's examples that may be in another one as well: real data has duplicates, a leak has more."""

INPUTS = Dtypes(torch.float32, torch.int64, torch.float32)
TARGETS = Dtypes(torch.float32, torch.int64, torch.int64)
"""What numbers become where the task asks for no other precision; targets are those of a loss of classes."""


@dataclass(frozen=True)
class DatasetCase:
    """A data set with its files on this machine."""

    component: Dataset
    files: dict[str, Path]

    def build(self, seed: int = 0) -> Splits:
        """Build it, the global random generators being at `seed`, and convert it to tensors as runs do."""
        seed_everything(seed)
        built = resolve(self.component.build)(self.files, **self.component.options)
        try:
            return as_tensors(built, torch.device("cpu"), INPUTS, TARGETS)
        except ValueError as error:
            raise Violation(str(error)) from error


def dataset_case(component: Dataset, folders: tuple[Path, ...]) -> DatasetCase:
    """Find a data set's files; raises `NotApplicable` where one is not on this machine."""
    files = locate(component, folders)
    for file in component.files:
        if file.path not in files:
            raise NotApplicable(f"{file.path} is not on this machine")
    return DatasetCase(component, files)


@check("builds", why="Runs convert tensors, arrays and lists of numbers; anything else is refused.")
def builds(case: DatasetCase) -> None:
    """It builds three splits of finite numbers that are not empty, with a target for each input."""
    splits = case.build()
    for name, split in _splits(splits):
        if not len(split) or len(split) != len(split.targets):
            raise Violation(f"{name} has {len(split)} inputs and {len(split.targets)} targets")
        shape = Splits(split, split, split, splits.outputs).input_shape
        if shape != splits.input_shape:
            raise Violation(f"{name} has inputs of shape {shape}, train of {splits.input_shape}")
    for name, tensor in tensors_of(splits):
        if (tensor.is_floating_point() or tensor.is_complex()) and not torch.isfinite(tensor).all():
            raise Violation(f"{name} is not finite")


@check("determinism", why="Runs of one campaign build the data set in many processes and must see the same.")
def is_deterministic(case: DatasetCase) -> None:
    """It builds the same splits whatever the state of the global random generators is."""
    for (name, first), (_, second) in zip(tensors_of(case.build(0)), tensors_of(case.build(1)), strict=True):
        if not torch.equal(first, second):
            raise Violation(f"two builds differ in {name}")


@check("disjoint-splits", why="Examples that were trained on make validation and test look better than they are.")
def splits_are_disjoint(case: DatasetCase) -> None:
    """No more than 5 % of the validation and test examples, duplicates in the data, are in another split too."""
    rows = {name: list(_digests(split)) for name, split in _splits(case.build())}
    for name, others in (("validation", ("train",)), ("test", ("train", "validation"))):
        elsewhere = {row for other in others for row in rows[other]}
        shared = sum(row in elsewhere for row in rows[name])
        if shared > SHARED * len(rows[name]):
            raise Violation(f"{shared} of {len(rows[name])} {name} examples are in {' or '.join(others)} too")


@check("classes", why="A class beyond the outputs crashes the loss; one that is never trained cannot be learnt.")
def classes_fit_the_outputs(case: DatasetCase) -> None:
    """Classes and tokens, ignored targets (-100) apart, lie in 0 … outputs - 1; each class is in the training split."""
    splits = case.build()
    integers = {name: split.targets for name, split in _splits(splits) if not split.targets.is_floating_point()}
    if not integers:
        raise NotApplicable("its targets are real numbers")
    expected = set(range(splits.outputs))
    found = {name: set(torch.unique(targets).tolist()) - {IGNORED} for name, targets in integers.items()}
    for name, classes in found.items():
        if not classes <= expected:
            extent = f"{min(classes)} … {max(classes)}"
            raise Violation(f"{name} has targets {extent} for {splits.outputs} outputs")
    missing = expected - found["train"]
    if splits.train.targets.ndim == 1 and missing:
        raise Violation(f"classes {sorted(missing)} are not in the training split")


@check("content", why="Results on data that has changed since must not be compared with earlier ones.")
def content_is_as_declared(case: DatasetCase) -> None:
    """The checksum of its splits is the declared one."""
    if not case.component.content:
        raise NotApplicable("it declares no content")
    found = content_of(case.build())
    if found != case.component.content:
        raise Violation(f"it declares content={case.component.content!r} and has {found!r}")


def _splits(splits: Splits) -> Iterator[tuple[str, Split]]:
    yield from (("train", splits.train), ("validation", splits.validation), ("test", splits.test))


def _digests(split: Split) -> Iterator[bytes]:
    for example in zip(*(tensor.numpy() for tensor in (*several(split.inputs), split.targets)), strict=True):
        yield hashlib.blake2b(b"".join(part.tobytes() for part in example), digest_size=12).digest()


CHECKS = (builds, is_deterministic, splits_are_disjoint, classes_fit_the_outputs, content_is_as_declared)
