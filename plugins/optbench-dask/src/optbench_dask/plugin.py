"""The hook that provides the executor; Dask is imported when a campaign chooses it."""

from __future__ import annotations

from collections.abc import Iterator

import optbench


@optbench.hookimpl
def optbench_executors() -> Iterator[optbench.Executor]:
    """Provide `dask`."""
    yield optbench.Executor(
        name="dask",
        build="optbench_dask.executor:DaskExecutor",
        options={"address": "", "cluster": "", "cluster_options": {}, "workers": 0, "resources": {}},
        argument="address",
        description="The workers of a Dask cluster: SLURM, SSH, Kubernetes, or a scheduler of your own.",
    )
