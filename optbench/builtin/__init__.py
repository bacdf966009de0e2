"""optbench's own optimizers, models, data sets and tasks: provided through the same hooks as anyone's."""
