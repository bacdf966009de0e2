"""Where the targets of the standard tasks come from."""

from __future__ import annotations

ADAMW = "median of adamw's report runs on the evaluation examples, optbench run suites/standard, 2026-11-23"
ADAMW_HALFWAY = f"{ADAMW}, at half of the steps"
