"""Numbers from tidy frames: cells, intervals, ranks, targets. No drawing, no files."""
