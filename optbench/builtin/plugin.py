"""The hooks through which optbench provides its own components."""

from __future__ import annotations

from collections.abc import Iterable

from optbench import (
    Dataset,
    Diagnostic,
    Executor,
    Loss,
    Metric,
    Model,
    Optimizer,
    Reporter,
    Schedule,
    SuiteSource,
    Task,
    hookimpl,
)
from optbench.builtin.datasets import DATASETS
from optbench.builtin.losses import LOSSES
from optbench.builtin.metrics import METRICS
from optbench.builtin.models import MODELS
from optbench.builtin.optimizers import OPTIMIZERS
from optbench.builtin.schedules import SCHEDULES
from optbench.builtin.suites import SUITES
from optbench.builtin.tasks import TASKS


@hookimpl
def optbench_optimizers() -> Iterable[Optimizer]:
    """Every optimizer of `torch.optim`, under the names that papers use."""
    return OPTIMIZERS


@hookimpl
def optbench_models() -> Iterable[Model]:
    """The models of our tasks."""
    return MODELS


@hookimpl
def optbench_datasets() -> Iterable[Dataset]:
    """The data sets of our tasks."""
    return DATASETS


@hookimpl
def optbench_tasks() -> Iterable[Task]:
    """Our tasks: convex ones, test functions, image classifiers, lessons, language models and speech."""
    return TASKS


@hookimpl
def optbench_schedules() -> Iterable[Schedule]:
    """The schedules that papers use most."""
    return SCHEDULES


@hookimpl
def optbench_losses() -> Iterable[Loss]:
    """The losses of our tasks."""
    return LOSSES


@hookimpl
def optbench_metrics() -> Iterable[Metric]:
    """What classifiers, regressions, language models and speech are judged by."""
    return METRICS


@hookimpl
def optbench_suites() -> Iterable[SuiteSource]:
    """The suites that come with optbench."""
    return SUITES


@hookimpl
def optbench_diagnostics() -> Iterable[Diagnostic]:
    """The size of the gradient, each layer's part in it, how many weights are zero, and where the parameters are."""
    yield Diagnostic(
        name="gradient-norm",
        build="optbench.builtin.diagnostics:gradient_norm",
        description="Euclidean norm of the last step's gradient, of the whole model and of each of its layers.",
    )
    yield Diagnostic(
        name="layers",
        build="optbench.builtin.diagnostics:Layers",
        description="Root mean square of each layer's gradient, and of its update over its weights: a report reads "
        "vanishing and exploding gradients from it.",
    )
    yield Diagnostic(
        name="sparsity",
        build="optbench.builtin.diagnostics:sparsity",
        description="Share of the weights that are within 1e-3 of zero.",
    )
    yield Diagnostic(
        name="path",
        build="optbench.builtin.diagnostics:path",
        description="The parameters of a model that has one or two, x and y; nothing of larger ones.",
    )


@hookimpl
def optbench_executors() -> Iterable[Executor]:
    """This machine."""
    yield Executor(
        name="local",
        build="optbench.execution.local:LocalExecutor",
        description="This machine: as many runs at a time as there are cores, or GPUs, each in its own process.",
    )


@hookimpl
def optbench_reporters() -> Iterable[Reporter]:
    """For papers."""
    yield Reporter(
        name="latex",
        build="optbench.reporting.latex.document:write_latex",
        description="A LaTeX document with tables, figures, setup and bibliography, and its parts for a paper: latex/.",
    )
