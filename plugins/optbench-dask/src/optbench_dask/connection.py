"""How the coordinator finds its scheduler: at an address, or by starting a cluster."""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

import dask
import optbench
from distributed import Client

PATIENCE = 20.0
"""Seconds that a scheduler has to answer, or to come back."""


def connected(address: str, cluster: str, cluster_options: Mapping[str, Any], workers: int) -> Client:
    """Return a client of the scheduler at an address, or of the cluster that an import string names.

    Without either it is the scheduler that Dask's own configuration names. Raises `UsageError` where there is none.
    """
    if address and cluster:
        raise optbench.UsageError(f"address = {address!r} and cluster = {cluster!r} exclude each other; give one")
    if cluster:
        return _client(_cluster(cluster, json.dumps(cluster_options), workers), cluster)
    address = address or dask.config.get("scheduler-address", None) or ""
    if not address:
        raise optbench.UsageError(
            "it needs the address of a scheduler, --executor dask:tcp://HOST:8786, or a TOML file that names a cluster"
        )
    return _client(_read(Path(address)) if address.endswith(".json") else address, address)


def _read(scheduler_file: Path) -> str:
    """Return the address in the file that `dask scheduler --scheduler-file` writes."""
    try:
        return str(json.loads(scheduler_file.read_text(encoding="utf-8"))["address"])
    except (OSError, ValueError, LookupError) as error:
        raise optbench.UsageError(f"no scheduler has written {str(scheduler_file)!r}") from error


def _client(target: Any, name: str) -> Client:
    try:
        return Client(target, timeout=PATIENCE, set_as_default=False)
    except (OSError, ValueError) as error:
        reason = "" if isinstance(error, TimeoutError) else f" ({str(error).splitlines()[0]})"
        raise optbench.UsageError(f"no scheduler answers at {name!r}{reason}") from error


@functools.cache
def _cluster(name: str, options: str, workers: int) -> Any:
    """Start a cluster, once in this process; Dask ends it with the process."""
    module, _, attribute = name.partition(":")
    try:
        found = getattr(import_module(module), attribute)
    except (ImportError, AttributeError, ValueError) as error:
        raise optbench.UsageError(
            f"cluster {name!r} cannot be imported: {error}; it is 'module:Class', such as 'distributed:LocalCluster'"
        ) from error
    try:
        cluster = found(**json.loads(options))
    except Exception as error:
        text = (str(error).splitlines() or [""])[0]
        raise optbench.UsageError(f"cluster {name!r} does not start: {type(error).__name__}: {text}") from error
    if workers:
        cluster.scale(workers)
    return cluster
