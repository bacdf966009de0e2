from __future__ import annotations

import pytest

from optbench.analysis.analysis import Analysis, analyse
from tests.support.campaign import Folder, campaign


@pytest.fixture(scope="session")
def analysis() -> Analysis:
    """Three tasks and four optimizers under one condition; tests replace what they are about."""
    return analyse(campaign(Folder(protocol="defaults", report_seeds=(1000, 1001), crashing=frozenset())))
