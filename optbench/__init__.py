"""optbench: fair, tuned, seeded comparisons of deep-learning optimizers.

For plugins: the components `Optimizer`, `Model`, `Dataset` (with `RemoteFile`, `Split`, `Splits`), `Task` (with
`Target` and `TestFunction`), the search spaces, `Diagnostic`, `Executor` (with `ExecutionContext`, `Place`,
`LocalExecutor`, `Slot` and `ThisProcess`), `Reporter`, and `hookimpl`. For notebooks: `load_suite`, `run`,
`load_results`, `report`.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from optbench.components.dataset import Dataset, RemoteFile, Split, Splits
from optbench.components.diagnostic import Diagnostic
from optbench.components.executor import Executor
from optbench.components.function import TestFunction
from optbench.components.model import Model
from optbench.components.optimizer import Optimizer
from optbench.components.reporter import Reporter
from optbench.components.spaces import Choice, LogitUniform, LogUniform, Uniform
from optbench.components.task import Target, Task
from optbench.errors import DataUnavailable, OptbenchError, PluginError, ResultsError, SuiteError, UsageError
from optbench.registry.hookspecs import SuiteSource, hookimpl

if TYPE_CHECKING:
    from optbench.execution.local import LocalExecutor
    from optbench.execution.process import ThisProcess
    from optbench.execution.slot import Slot
    from optbench.runs.context import ExecutionContext, Place
    from optbench.session import load_results, load_suite, report, run
    from optbench.training.parameters import parameter_groups

__all__ = [
    "Choice",
    "DataUnavailable",
    "Dataset",
    "Diagnostic",
    "ExecutionContext",
    "Executor",
    "LocalExecutor",
    "LogUniform",
    "LogitUniform",
    "Model",
    "OptbenchError",
    "Optimizer",
    "Place",
    "PluginError",
    "RemoteFile",
    "Reporter",
    "ResultsError",
    "Slot",
    "Split",
    "Splits",
    "SuiteError",
    "SuiteSource",
    "Target",
    "Task",
    "TestFunction",
    "ThisProcess",
    "Uniform",
    "UsageError",
    "hookimpl",
    "load_results",
    "load_suite",
    "parameter_groups",
    "report",
    "run",
]

# Imported when first used, so that `import optbench` (each plugin does it) stays light.
_LAZY = {
    "ExecutionContext": "optbench.runs.context",
    "Place": "optbench.runs.context",
    "LocalExecutor": "optbench.execution.local",
    "Slot": "optbench.execution.slot",
    "ThisProcess": "optbench.execution.process",
    "load_results": "optbench.session",
    "load_suite": "optbench.session",
    "parameter_groups": "optbench.training.parameters",
    "report": "optbench.session",
    "run": "optbench.session",
}


def __getattr__(name: str) -> Any:
    if name in _LAZY:
        return getattr(import_module(_LAZY[name]), name)
    raise AttributeError(f"module 'optbench' has no attribute {name!r}")
