"""`Model`: what a task trains."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from optbench.components.component import Build, check_component


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
        check_component(self, self.options)
