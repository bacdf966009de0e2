"""Runs of optbench on a Dask cluster."""
