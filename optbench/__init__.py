"""optbench: fair, tuned, seeded comparisons of deep-learning optimizers.

For plugins: the hooks' marker `hookimpl`, and what hooks yield. `Optimizer` with its search spaces (`LogUniform`,
`LogitUniform`, `Uniform`, `Choice`; any of them is a `Space`), `WeightDecayMode` and `Invariance`; `Model`; `Dataset`
with `RemoteFile`, `Split`, `Splits`; `Task` with `Target` and `TestFunction`; `Schedule`, `Loss`, `Metric`;
`SuiteSource`, `Diagnostic`; `Reporter`, which is given a `Report`; `Executor` with `ExecutionContext`, `Place`,
`LocalExecutor`, `Node`, `Slot` and `ThisProcess`. What their functions are given: `RunSpec`, and `RunRecord` with
`RunStatus`, `Evaluation`, `Final` and `Costs`. What helps to write them: `parameter_groups`, `is_plain`.

For notebooks: `load_suite`, `SuiteFile`, `run`, `Finished`, `load_results`, `plot`, `report`; `compare`, which returns
what is `Compared`; `load_registry` and its `Registry` say what plugins provide, and `build_optimizer` builds one of
them as a run does.

For tests there is `optbench.testing`. Mistakes are exceptions under `OptbenchError`: `UsageError`, `SuiteError`,
`PluginError`, `DataUnavailable`, `ResultsError`.

Import the package, not the names: `optbench.Optimizer` is no `torch.optim.Optimizer`, and `optbench.Dataset` no
`torch.utils.data.Dataset`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from optbench.components.component import is_plain
from optbench.components.dataset import Dataset, RemoteFile, Split, Splits
from optbench.components.diagnostic import Diagnostic
from optbench.components.executor import Executor
from optbench.components.function import TestFunction
from optbench.components.loss import Loss
from optbench.components.metric import Metric
from optbench.components.model import Model
from optbench.components.optimizer import Invariance, Optimizer, WeightDecayMode
from optbench.components.reporter import Reporter
from optbench.components.schedule import Schedule
from optbench.components.spaces import Choice, LogitUniform, LogUniform, Space, Uniform
from optbench.components.task import Target, Task
from optbench.errors import DataUnavailable, OptbenchError, PluginError, ResultsError, SuiteError, UsageError
from optbench.lazy import lazy_names
from optbench.registry.hookspecs import SuiteSource, hookimpl

if TYPE_CHECKING:
    from optbench.execution.local import LocalExecutor
    from optbench.execution.node import Node
    from optbench.execution.process import ThisProcess
    from optbench.execution.slot import Slot
    from optbench.registry.discovery import load_registry
    from optbench.registry.registry import Registry
    from optbench.reporting.report import Report
    from optbench.runs.context import ExecutionContext, Place
    from optbench.runs.record import Costs, Evaluation, Final, RunRecord, RunStatus
    from optbench.runs.spec import RunSpec
    from optbench.session import Compared, Finished, compare, load_results, load_suite, plot, report, run
    from optbench.suite.schema import SuiteFile
    from optbench.training.optimizers import build_optimizer
    from optbench.training.parameters import parameter_groups

__all__ = [
    "Choice",
    "Compared",
    "Costs",
    "DataUnavailable",
    "Dataset",
    "Diagnostic",
    "Evaluation",
    "ExecutionContext",
    "Executor",
    "Final",
    "Finished",
    "Invariance",
    "LocalExecutor",
    "LogUniform",
    "LogitUniform",
    "Loss",
    "Metric",
    "Model",
    "Node",
    "OptbenchError",
    "Optimizer",
    "Place",
    "PluginError",
    "Registry",
    "RemoteFile",
    "Report",
    "Reporter",
    "ResultsError",
    "RunRecord",
    "RunSpec",
    "RunStatus",
    "Schedule",
    "Slot",
    "Space",
    "Split",
    "Splits",
    "SuiteError",
    "SuiteFile",
    "SuiteSource",
    "Target",
    "Task",
    "TestFunction",
    "ThisProcess",
    "Uniform",
    "UsageError",
    "WeightDecayMode",
    "build_optimizer",
    "compare",
    "hookimpl",
    "is_plain",
    "load_registry",
    "load_results",
    "load_suite",
    "parameter_groups",
    "plot",
    "report",
    "run",
]

__getattr__ = lazy_names(
    __name__,
    {
        "Compared": "optbench.session",
        "Costs": "optbench.runs.record",
        "Evaluation": "optbench.runs.record",
        "ExecutionContext": "optbench.runs.context",
        "Final": "optbench.runs.record",
        "Finished": "optbench.session",
        "LocalExecutor": "optbench.execution.local",
        "Node": "optbench.execution.node",
        "Place": "optbench.runs.context",
        "Registry": "optbench.registry.registry",
        "Report": "optbench.reporting.report",
        "RunRecord": "optbench.runs.record",
        "RunSpec": "optbench.runs.spec",
        "RunStatus": "optbench.runs.record",
        "Slot": "optbench.execution.slot",
        "SuiteFile": "optbench.suite.schema",
        "ThisProcess": "optbench.execution.process",
        "build_optimizer": "optbench.training.optimizers",
        "compare": "optbench.session",
        "load_registry": "optbench.registry.discovery",
        "load_results": "optbench.session",
        "load_suite": "optbench.session",
        "parameter_groups": "optbench.training.parameters",
        "plot": "optbench.session",
        "report": "optbench.session",
        "run": "optbench.session",
    },
)


def __dir__() -> list[str]:
    return __all__
