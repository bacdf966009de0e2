"""The optimizers of the package pytorch-optimizer as an optbench plugin."""
