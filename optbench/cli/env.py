"""`optbench env`: what a bug report, or a methods section, needs to know about this machine."""

from __future__ import annotations

import click


@click.command()
def env() -> None:
    """Show versions, devices and folders as optbench sees them."""
    from optbench.data.folders import data_folders
    from optbench.engine.devices import usable_cores
    from optbench.engine.isolation import Isolate
    from optbench.registry.discovery import load_registry
    from optbench.store.environment import capture_environment

    worker = Isolate()
    try:
        hardware = worker.call("optbench.engine.worker:hardware")
    finally:
        worker.close()
    registry = load_registry()
    for key, value in capture_environment(hardware["cpu"][0], 1, "", registry.distributions).items():
        if value and key not in ("device_name", "threads", "machine"):
            click.echo(f"{key}: {value}")
    click.echo(f"usable cores: {usable_cores()}")
    for kind, names in hardware.items():
        click.echo(f"{kind}: {', '.join(names) or 'none'}")
    click.echo(f"data folders: {', '.join(map(str, data_folders()))}")
    for problem in registry.problems:
        click.echo(f"optbench: {problem}", err=True)
