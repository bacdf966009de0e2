"""`Model`: what a task trains."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from optbench.components.component import Build, check_component


@dataclass(frozen=True, kw_only=True)
class Model:
    """A model that tasks can name.

    `build(input_shape, outputs, **options)` returns a `torch.nn.Module`. `input_shape` is the
    shape of one example (no batch axis; a tuple of shapes where there are several inputs, which the model gets as
    arguments), `outputs` the number of classes, of regression targets, or the size of the vocabulary. The model returns
    its logits, or several things of which the task's `output` names the logits. `options` holds every option with its
    default.
    """

    name: str
    build: Build
    options: Mapping[str, Any] = field(default_factory=dict)
    reference: str = ""
    description: str = ""
    revision: int = 1

    def __post_init__(self) -> None:
        check_component(self, self.options)
