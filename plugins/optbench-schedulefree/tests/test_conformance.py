"""The conformance kit; what is not passed is declared in the table, with its reason."""

from __future__ import annotations

from collections.abc import Callable

import pytest


@pytest.mark.optbench("optbench-schedulefree")
def test_conforms(conformance: Callable[[], None]) -> None:
    conformance()
