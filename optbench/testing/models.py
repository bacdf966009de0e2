"""The checks of models, on inputs of a task that uses the model or, where there is none, on inputs that it takes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from optbench.components.component import resolve
from optbench.components.model import Model
from optbench.errors import DataUnavailable
from optbench.registry.registry import Registry
from optbench.testing.check import NotApplicable, Violation, check
from optbench.testing.trial import distance, finite
from optbench.training.data import build_splits
from optbench.training.seeding import seed_everything

EXAMPLES = 8
GENERIC = ((16,), (1, 28, 28), (3, 32, 32), (12, 8))
"""Shapes of one example that a model is tried with where no task uses it; then tokens."""
GENERIC_OUTPUTS = 10


@dataclass(frozen=True)
class ModelCase:
    """A model with inputs `[8, ...]` that it takes, and how many outputs it is asked for."""

    component: Model
    inputs: Tensor
    outputs: int
    options: Mapping[str, Any]

    def build(self, seed: int = 0) -> nn.Module:
        """Build the model with this seed for its initial weights."""
        seed_everything(seed)
        model = resolve(self.component.build)(tuple(self.inputs.shape[1:]), self.outputs, **self.options)
        if not isinstance(model, nn.Module):
            raise Violation(f"build returns {type(model).__name__}")
        return model


def model_case(component: Model, registry: Registry, folders: Sequence[Path]) -> ModelCase:
    """Find inputs for a model; raises `Violation` where none are found that it takes.

    Raises `NotApplicable` where the data of a task that uses it is not on this machine and nothing else fits.
    """
    refusals: list[str] = []
    missing: list[str] = []
    for case in _cases(component, registry, folders, missing):
        try:
            case.build().eval()(case.inputs)
        except Exception as error:
            refusals.append(f"{tuple(case.inputs.shape[1:])} {case.inputs.dtype}: {type(error).__name__}: {error}")
        else:
            return case
    if missing:
        raise NotApplicable(f"data set {missing[0]!r} is not on this machine, and none of the usual inputs fits it")
    raise Violation(f"no task that uses it, and none of the usual inputs, fits it; it said {refusals[0]}")


def _cases(component: Model, registry: Registry, folders: Sequence[Path], missing: list[str]) -> Iterator[ModelCase]:
    for provided in registry.tasks.values():
        task = provided.component
        if task.model == component.name and task.dataset in registry.datasets:
            dataset = registry.datasets[task.dataset].component
            try:
                single = task.model_copy(update={"precision": "float32"})
                targets = registry.loss(task.loss).component.targets
                splits = build_splits(dataset, single, targets, folders, torch.device("cpu"))
            except DataUnavailable:
                missing.append(dataset.name)
                continue
            options = {**component.options, **task.model_options}
            yield ModelCase(component, splits.train.inputs[:EXAMPLES], splits.outputs, options)
    generator = torch.Generator().manual_seed(0)
    for shape in GENERIC:
        yield ModelCase(
            component, torch.randn(EXAMPLES, *shape, generator=generator), GENERIC_OUTPUTS, component.options
        )
    tokens = torch.randint(GENERIC_OUTPUTS, (EXAMPLES, 16), generator=generator)
    yield ModelCase(component, tokens, GENERIC_OUTPUTS, component.options)


@check("builds", why="A run casts to the task's precision; other types and NaN would fail in every run.")
def builds(case: ModelCase) -> None:
    """It builds a module with finite, trainable parameters in float32."""
    parameters = dict(case.build().named_parameters())
    if not any(p.requires_grad for p in parameters.values()):
        raise Violation("it has no trainable parameter")
    for name, parameter in parameters.items():
        if parameter.dtype != torch.float32 or not finite([parameter.detach()]):
            raise Violation(f"parameter {name} is {parameter.dtype}, finite: {finite([parameter.detach()])}")


@check("outputs", why="Losses and metrics take one row of outputs for each example.")
def gives_an_output_for_each_example(case: ModelCase) -> None:
    """Its output is finite and has one row for each example."""
    outputs = case.build()(case.inputs)
    if not torch.is_tensor(outputs) or outputs.shape[:1] != case.inputs.shape[:1]:
        raise Violation(f"for {len(case.inputs)} examples it gives {getattr(outputs, 'shape', type(outputs).__name__)}")
    if not finite([outputs.detach()]):
        raise Violation("its output is not finite")


@check("determinism", why="Every optimizer has to start from the same weights.")
def is_deterministic(case: ModelCase) -> None:
    """The same seed gives the same weights bit for bit, and in evaluation mode the same output twice."""
    model, again = case.build(seed=1), case.build(seed=1)
    if apart := distance(list(model.state_dict().values()), list(again.state_dict().values())):
        raise Violation(f"two builds with one seed differ by up to {apart:.3g}")
    with torch.no_grad():
        first, second = (model.eval()(case.inputs) for _ in range(2))
    if apart := distance([first], [second]):
        raise Violation(f"in evaluation mode two outputs differ by up to {apart:.3g}")


@check("examples-apart", why="A validation loss that depends on the size of the batches is no property of the weights.")
def treats_each_example_alone(case: ModelCase) -> None:
    """In evaluation mode an example's output does not depend on the others of its batch."""
    model = case.build().eval()
    with torch.no_grad():
        together, alone = model(case.inputs)[:1], model(case.inputs[:1])
    if (apart := distance([together], [alone])) > 1e-4 * max(1.0, float(together.abs().max())):
        raise Violation(f"alone, an example's output differs by up to {apart:.3g}")


@check("gradients", why="A parameter that no gradient reaches is not trained, and counts as if it were.")
def gradients_reach_every_parameter(case: ModelCase) -> None:
    """Every trainable parameter gets a finite gradient."""
    model = case.build().train()
    model(case.inputs).square().mean().backward()
    for name, parameter in model.named_parameters():
        if parameter.requires_grad and (parameter.grad is None or not finite([parameter.grad])):
            raise Violation(f"parameter {name} has the gradient {parameter.grad if parameter.grad is None else 'NaN'}")


@check("state-dict", why="Weights that count, the best or the last ones, are kept and restored by state_dict.")
def is_restored_by_its_state_dict(case: ModelCase) -> None:
    """Another instance that loads its `state_dict` gives the same outputs."""
    model, other = case.build(seed=1).eval(), case.build(seed=2).eval()
    other.load_state_dict(model.state_dict())
    with torch.no_grad():
        apart = distance([model(case.inputs)], [other(case.inputs)])
    if apart:
        raise Violation(f"outputs differ by up to {apart:.3g}")


@check("float64", why="A task may ask for double precision.")
def works_in_double_precision(case: ModelCase) -> None:
    """Cast to float64 it takes float64 inputs and gives float64 outputs, near those of float32."""
    model = case.build().eval()
    inputs = case.inputs.double() if case.inputs.is_floating_point() else case.inputs
    with torch.no_grad():
        single, double = model(case.inputs), model.double()(inputs)
    if double.dtype != torch.float64:
        raise Violation(f"its output is {double.dtype}")
    if (apart := distance([single], [double])) > 1e-3 * max(1.0, float(single.abs().max())):
        raise Violation(f"outputs in float32 and float64 differ by up to {apart:.3g}")


CHECKS = (
    builds,
    gives_an_output_for_each_example,
    is_deterministic,
    treats_each_example_alone,
    gradients_reach_every_parameter,
    is_restored_by_its_state_dict,
    works_in_double_precision,
)
