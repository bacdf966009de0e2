"""Versions that are mixed in one report are said, with whose runs they made."""

from __future__ import annotations

from optbench.runs.record import RunRecord, RunStatus
from optbench.store.mixture import mixed_versions
from tests.runs.test_spec import SPEC


def made(optimizer: str, torch: str, **versions: str) -> RunRecord:
    return RunRecord(
        run_id="0",
        spec=SPEC.model_copy(update={"optimizer": optimizer}),
        status=RunStatus.COMPLETED,
        environment={"torch": torch, "libraries": versions},
    )


def test_one_version_of_each_package_is_not_worth_a_word() -> None:
    assert not list(mixed_versions([made("adam", "2.9"), made("sgd", "2.9", lion="1.0"), made("sgd", "2.9")]))


def test_it_is_said_whose_runs_the_rarer_versions_made() -> None:
    records = [*3 * [made("adam", "2.9")], *2 * [made("sgd", "2.10", lion="1")], made("lion", "2.10", lion="2")]
    records.append(made("sgd", "2.9", lion="1"))
    assert list(mixed_versions(records)) == [
        "runs were made with different versions of torch: 2.9 (4 runs), 2.10 (3: sgd and lion on t)",
        "runs were made with different versions of lion: 1 (3 runs), 2 (1: lion on t)",
    ]


def test_a_run_that_says_nothing_of_its_versions_says_nothing_of_mixtures() -> None:
    nothing = RunRecord(run_id="0", spec=SPEC, status=RunStatus.CRASHED)
    assert not list(mixed_versions([nothing, made("adam", "2.9")]))
