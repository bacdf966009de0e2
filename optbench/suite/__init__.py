"""Suites: the file's schema, loading, resolving, and the protocol."""
