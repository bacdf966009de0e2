"""The results folder: records, environment, and the tidy frame."""
