"""`Dataset`: what a task is trained on; the files it needs, and the splits that it builds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from optbench.components.component import Build, check_component

if TYPE_CHECKING:
    import torch


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
