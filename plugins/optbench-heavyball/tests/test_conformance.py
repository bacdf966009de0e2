"""The conformance kit; what is not passed is declared in `limits.toml`, with its reason."""

from __future__ import annotations

from collections.abc import Callable

import pytest


@pytest.mark.optbench("optbench-heavyball")
@pytest.mark.filterwarnings("ignore::UserWarning:heavyball")
def test_conforms(conformance: Callable[[], None]) -> None:
    conformance()
