"""One training run as data: what is to be done, what came of it, and how it ended."""
