"""What tests of execution share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import torch


@pytest.fixture(autouse=True)
def threads_as_before() -> Iterator[None]:
    """Runs that are carried out in this process set the number of threads, as a worker does."""
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)
