"""Where a run happened: versions, machine, device, plugins, commit."""

from __future__ import annotations

import hashlib
import os
import platform
import subprocess
from functools import cache
from importlib.metadata import requires
from pathlib import Path
from typing import Any

from optbench.registry.discovery import version_of
from optbench.registry.requirements import required
from optbench.runs.context import ExecutionContext
from optbench.runs.machine import FINGERPRINTED


def capture_environment(device_name: str, threads: int, context: ExecutionContext) -> dict[str, Any]:
    """Describe this process's environment, with the plugins in use and the libraries that these require.

    `machine` is the fingerprint within which seconds compare.
    """
    environment: dict[str, Any] = {
        "optbench": version_of("optbench"),
        "python": platform.python_version(),
        "torch": version_of("torch"),
        "numpy": version_of("numpy"),
        "platform": platform.platform(terse=True),
        "cpu": cpu_model(),
        "cores": os.cpu_count(),
        "device_name": device_name,
        "threads": threads,
        "plugins": {name: version_of(name) for name in context.distributions or ()},
        "libraries": _required(context.distributions or ()),
        "git_commit": context.commit,
    }
    facts = "|".join(str(environment[key]) for key in FINGERPRINTED)
    return environment | {"machine": hashlib.sha256(facts.encode()).hexdigest()[:8]}


def comparable_versions(distributions: tuple[str, ...]) -> dict[str, str]:
    """Return the versions of what must be the same wherever the runs of a campaign happen.

    Python counts without its patch level, and the others without their build, as in `2.13.0+cpu`.
    """
    names = ("optbench", "torch", "numpy", *distributions)
    found = {name: version_of(name) for name in names} | _required(distributions)
    python = ".".join(platform.python_version_tuple()[:2])
    return {"Python": python} | {name: version.partition("+")[0] for name, version in found.items()}


@cache
def _required(plugins: tuple[str, ...]) -> dict[str, str]:
    """Return the versions of what some distributions require."""
    names = {name for plugin in plugins for name in required(requires(plugin) or ())}
    return {name: version_of(name) for name in sorted(names - {"optbench", "torch", "numpy"})}


@cache
def cpu_model() -> str:
    """Name of the processor, as the operating system gives it."""
    if platform.system() == "Darwin":
        return _output_of("sysctl", "-n", "machdep.cpu.brand_string") or platform.processor()
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


def git_commit(folder: Path) -> str:
    """Commit of the repository around `folder`, marked `+changes` where files differ; "" outside of one."""
    commit = _output_of("git", "-C", str(folder), "rev-parse", "--short=12", "HEAD")
    dirty = commit and _output_of("git", "-C", str(folder), "status", "--porcelain", "--untracked-files=no")
    return f"{commit}+changes" if dirty else commit


def _output_of(*command: str) -> str:
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=5, check=True)
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout.strip()
