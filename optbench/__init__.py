"""optbench: fair, tuned, seeded comparisons of deep-learning optimizers.

For plugins: the components `Optimizer`, `Model`, `Dataset` (with `RemoteFile`, `Split`, `Splits`), `Task` (with
`Target` and `Landscape`), the search spaces, `Diagnostic`, `Executor` (with `Work`), `Reporter`, and `hookimpl`. For
notebooks: `load_suite`, `run`, `load_results`, `report`.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from optbench.errors import DataUnavailable, OptbenchError, PluginError, ResultsError, SuiteError, UsageError
from optbench.registry.components import Dataset, Model, Optimizer, RemoteFile, Split, Splits
from optbench.registry.extensions import Diagnostic, Executor, Reporter
from optbench.registry.hookspecs import SuiteSource, hookimpl
from optbench.registry.landscape import Landscape
from optbench.registry.spaces import Choice, LogitUniform, LogUniform, Uniform
from optbench.registry.task import Target, Task

if TYPE_CHECKING:
    from optbench.engine.executor import Work
    from optbench.engine.parameters import parameter_groups
    from optbench.session import load_results, load_suite, report, run

__all__ = [
    "Choice",
    "DataUnavailable",
    "Dataset",
    "Diagnostic",
    "Executor",
    "Landscape",
    "LogUniform",
    "LogitUniform",
    "Model",
    "OptbenchError",
    "Optimizer",
    "PluginError",
    "RemoteFile",
    "Reporter",
    "ResultsError",
    "Split",
    "Splits",
    "SuiteError",
    "SuiteSource",
    "Target",
    "Task",
    "Uniform",
    "UsageError",
    "Work",
    "hookimpl",
    "load_results",
    "load_suite",
    "parameter_groups",
    "report",
    "run",
]

# Imported when first used, so that `import optbench` (each plugin does it) stays light.
_LAZY = {
    "Work": "optbench.engine.executor",
    "load_results": "optbench.session",
    "load_suite": "optbench.session",
    "parameter_groups": "optbench.engine.parameters",
    "report": "optbench.session",
    "run": "optbench.session",
}


def __getattr__(name: str) -> Any:
    if name in _LAZY:
        return getattr(import_module(_LAZY[name]), name)
    raise AttributeError(f"module 'optbench' has no attribute {name!r}")
