"""`optbench env`: what a bug report, or a methods section, needs to know about this machine."""

from __future__ import annotations

import click

from optbench.data.folders import data_folders
from optbench.execution.devices import usable_cores
from optbench.execution.environment import capture_environment
from optbench.execution.process import WorkerProcess
from optbench.registry.discovery import load_registry
from optbench.runs.context import ExecutionContext


@click.command()
def env() -> None:
    """Show versions, devices and folders as optbench sees them."""
    worker = WorkerProcess()
    try:
        hardware = worker.call("optbench.execution.queries:hardware")
    finally:
        worker.close()
    registry = load_registry()
    context = ExecutionContext(distributions=registry.distributions)
    for key, value in capture_environment(hardware["cpu"][0], 1, context).items():
        if value and key not in ("device_name", "threads", "machine"):
            click.echo(f"{key}: {value}")
    click.echo(f"usable cores: {usable_cores()}")
    for kind, names in hardware.items():
        click.echo(f"{kind}: {', '.join(names) or 'none'}")
    click.echo(f"data folders: {', '.join(map(str, data_folders()))}")
    for problem in registry.problems:
        click.echo(f"optbench: {problem}", err=True)
