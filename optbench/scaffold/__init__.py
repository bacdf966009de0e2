"""A plugin distribution of one's own, written from templates: it works at once, and is there to be edited."""
