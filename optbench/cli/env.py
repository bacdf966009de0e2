"""`optbench env`: what a bug report, or a methods section, needs to know about this machine."""

from __future__ import annotations

import click

from optbench.cli.output import Output, json_option
from optbench.data.folders import data_folders
from optbench.execution.devices import usable_cores
from optbench.execution.environment import capture_environment
from optbench.execution.process import WorkerProcess
from optbench.registry.discovery import load_registry
from optbench.runs.context import ExecutionContext


@click.command()
@json_option
def env(output: Output) -> None:
    """Show versions, devices and folders as optbench sees them."""
    worker = WorkerProcess()
    try:
        hardware = worker.call("optbench.execution.queries:hardware")
    finally:
        worker.close()
    registry = load_registry()
    context = ExecutionContext(distributions=registry.distributions)
    captured = capture_environment(hardware["cpu"][0], 1, context)
    versions = {key: value for key, value in captured.items() if key not in ("device_name", "threads", "machine")}
    for key, value in versions.items():
        if value:
            output.show(f"{key}: {value}")
    output.show(f"usable cores: {usable_cores()}")
    for kind, names in hardware.items():
        output.show(f"{kind}: {', '.join(names) or 'none'}")
    output.show(f"data folders: {', '.join(map(str, data_folders()))}")
    rest = {"usable_cores": usable_cores(), "devices": hardware, "data_folders": data_folders()}
    output.document(versions | rest)
    for problem in registry.problems:
        output.note(problem)
