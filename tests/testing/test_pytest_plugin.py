"""The fixture `conformance` in a plugin author's own tests."""

from __future__ import annotations

from collections.abc import Callable

import pytest

pytest_plugins = ["pytester"]

CONFORMING = """
import pytest

@pytest.mark.optbench({names})
def test_conforms(conformance):
    conformance()
"""


@pytest.fixture
def run(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Callable[..., pytest.RunResult]:
    monkeypatch.delenv("PYTEST_ADDOPTS", raising=False)

    def with_names(names: str, *options: str) -> pytest.RunResult:
        pytester.makepyfile(CONFORMING.format(names=names))
        return pytester.runpytest_subprocess("-p", "no:xdist", "-p", "no:cacheprovider", "-rsx", *options)

    return with_names


def test_each_check_of_each_component_is_a_test(run: Callable[..., pytest.RunResult]) -> None:
    result = run("'rprop'", "-v")
    outcomes = result.parseoutcomes()
    assert outcomes.pop("xfailed") == 3
    assert outcomes["skipped"] >= 2
    assert set(outcomes) == {"passed", "skipped"}
    result.stdout.fnmatch_lines(["*test_conforms?optimizer:rprop:state-dict? PASSED*"])
    result.stdout.fnmatch_lines(["*declared limit: lr is the first step size only*"])


def test_what_is_not_examined_is_skipped_with_the_declaration_that_it_needs(
    run: Callable[..., pytest.RunResult],
) -> None:
    result = run("'adafactor'", "-k", "update-rule")
    assert result.parseoutcomes()["skipped"] == 1
    result.stdout.fnmatch_lines(["*its update rule: declare update_rule=*"])


def test_names_to_examine_are_asked_for(run: Callable[..., pytest.RunResult]) -> None:
    result = run("")
    assert result.ret != 0
    result.stdout.fnmatch_lines(["*the fixture `conformance` needs the names to examine*"])


def test_an_unknown_name_is_named_with_the_closest(run: Callable[..., pytest.RunResult]) -> None:
    result = run("'adamm'")
    result.stdout.fnmatch_lines(["*unknown component or distribution 'adamm'; did you mean 'adam'?*"])
