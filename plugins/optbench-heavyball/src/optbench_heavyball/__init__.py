"""The optimizers of heavyball for optbench."""
