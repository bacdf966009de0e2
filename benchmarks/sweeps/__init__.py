"""One sweep of a hundred runs, as written for others: a plain script, benchopt and Lightning."""

OPTIMIZERS = ("sgd", "momentum", "rmsprop", "adam")
RATES = tuple(10 ** (i / 2 - 1) for i in range(5))
SEEDS = range(5)
STEPS = 1000
