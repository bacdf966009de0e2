from __future__ import annotations

from collections.abc import Callable

import pytest


@pytest.mark.optbench("optbench-sklearn-data")
def test_conforms(conformance: Callable[[], None]) -> None:
    conformance()
