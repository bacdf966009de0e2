import pytest

from optbench.analysis.analysis import Analysis, analyse
from tests.support.campaign import Folder, campaign


@pytest.fixture(scope="session")
def analysis() -> Analysis:
    return analyse(campaign())


@pytest.fixture(scope="session")
def two_conditions() -> Analysis:
    return analyse(campaign(Folder(), Folder(label="other", devices=("cuda",), machine="d4e5f6", speed=3)))
