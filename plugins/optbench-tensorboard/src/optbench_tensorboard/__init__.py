"""Finished runs of optbench for TensorBoard."""
