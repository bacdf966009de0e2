"""The schedule-free optimizers of Defazio et al. for optbench."""
