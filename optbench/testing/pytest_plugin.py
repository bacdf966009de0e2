"""The fixture `conformance` and the marker `optbench`: the kit in a plugin author's own tests."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from optbench.runs.context import ExecutionContext
    from optbench.testing.check import Finding


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker."""
    config.addinivalue_line(
        "markers",
        "optbench(*names): examine these components, or all of these distributions, through the fixture `conformance`",
    )


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Make one test of each component and check that the marker names."""
    if "conformance" not in metafunc.fixturenames:
        return
    marker = metafunc.definition.get_closest_marker("optbench")
    if marker is None or not marker.args:
        raise pytest.UsageError(
            f"{metafunc.definition.nodeid}: the fixture `conformance` needs the names to examine: "
            '@pytest.mark.optbench("my-distribution")'
        )
    from optbench.errors import UnknownName
    from optbench.testing.components import examined
    from optbench.testing.examination import CHECKS

    try:
        components = list(examined(marker.args, _context().registry()))
    except UnknownName as error:
        raise pytest.UsageError(f"{metafunc.definition.nodeid}: {error}") from error
    cases = [(kind, name, check.name) for kind, name in components for check in CHECKS[kind]]
    metafunc.parametrize("conformance", cases, ids=[":".join(case) for case in cases], indirect=True)


@pytest.fixture
def conformance(request: pytest.FixtureRequest) -> Callable[[], None]:
    """A function that applies the check: fails, skips, or marks a declared limit as an expected failure."""
    kind, name, check = request.param

    def apply() -> None:
        from optbench.testing.examination import examine_one

        __tracebackhide__ = True
        _report(examine_one(kind, name, check, _context()))

    return apply


def _report(finding: Finding) -> None:
    from optbench.testing.check import Outcome

    __tracebackhide__ = True
    if finding.outcome is Outcome.FAILED:
        pytest.fail(str(finding), pytrace=False)
    if finding.outcome is Outcome.LIMIT:
        pytest.xfail(f"declared limit: {finding.seen}")
    if finding.outcome in (Outcome.NOT_APPLICABLE, Outcome.NOT_EXAMINED):
        pytest.skip(finding.seen)


def _context() -> ExecutionContext:
    from optbench.data.folders import data_folders
    from optbench.runs.context import ExecutionContext

    return ExecutionContext(folders=tuple(data_folders()))
