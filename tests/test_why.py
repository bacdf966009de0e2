"""`optbench why`: each part of a run's identity that has changed, and nothing where none has."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from optbench.cli.main import optbench as command
from optbench.errors import UsageError
from optbench.store.store import Store
from optbench.suite.suite import Suite
from optbench.why import why
from tests.support.folders import make_folder


@pytest.fixture(autouse=True)
def _data_is_what_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    """No worker: what is in the folder was never trained."""
    monkeypatch.setattr("optbench.why.WorkerProcess.call", lambda *args, **given: "0")


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return make_folder(tmp_path / "made-up")


def run_of(store: Store, task: str = "surface", optimizer: str = "sgd", phase: str = "tune") -> str:
    found = store.records(lambda path, reason: pytest.fail(reason)).values()
    return next(
        r.run_id for r in found if (r.spec.task.name, r.spec.optimizer, r.spec.phase) == (task, optimizer, phase)
    )


def changed(store: Store, change: Callable[[dict[str, Any]], object]) -> None:
    content = json.loads(store.manifest.read_bytes())
    change(content)
    store.manifest.write_text(Suite.model_validate_json(json.dumps(content)).model_dump_json())


def test_a_run_that_is_asked_for_as_it_is_is_up_to_date(store: Store) -> None:
    found = why(run_of(store)[:8], store.root)
    assert found.up_to_date
    assert found.sentences == (f"run {run_of(store)} is up to date: optbench run takes it as it is",)


def test_all_that_changed_is_named(store: Store) -> None:
    def change(suite: dict[str, Any]) -> None:
        suite["tasks"][0]["task"] |= {"steps": 40, "batch_size": 32}
        suite["optimizers"][0]["hyperparameters"]["momentum"] = 0.8

    changed(store, change)
    found = why(run_of(store), store.root)
    assert found.causes == (
        "task 'surface': steps changed from 20 to 40",
        "task 'surface': batch_size changed from 64 to 32",
        "optimizer 'sgd': momentum changed from 0.9 to 0.8",
    )
    assert not found.up_to_date
    assert why(run_of(store, "digits", "adam"), store.root).up_to_date


def test_data_that_is_another_here_is_named(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("optbench.why.WorkerProcess.call", lambda *args, **given: "1")
    assert why(run_of(store), store.root).causes == ("data set 'quadratic' changed",)


def test_code_that_no_plugin_provides_here_is_named(store: Store) -> None:
    changed(store, lambda suite: suite["optimizers"][0].update(component="nobodys"))
    (missing, *others) = why(run_of(store), store.root).causes
    assert missing.startswith("a plugin is missing: unknown optimizer 'nobodys'")
    assert others == ["optimizer 'sgd' is nobodys now (was sgd)"]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda suite: suite["optimizers"].pop(0), "it has no optimizer 'sgd'"),
        (lambda suite: suite["tasks"].pop(0), "it has no task 'surface'"),
        (lambda suite: suite["protocol"].update(tune_seeds=[5]), "its protocol has no tune run with seed 0"),
        (lambda suite: suite["optimizers"][0].update(lr_ref=0.7), "its protocol asks for no tune run with seed 0 and"),
    ],
)
def test_a_run_that_its_suite_does_not_ask_for_is_not_called_stale(
    store: Store, change: Callable[[dict[str, Any]], object], reason: str
) -> None:
    changed(store, change)
    found = why(run_of(store), store.root)
    assert found.causes == ()
    assert found.unasked.startswith(reason)


def test_a_run_that_is_not_there_is_one_line(store: Store) -> None:
    with pytest.raises(UsageError, match="unknown run 'zzzz'"):
        why("zzzz", store.root)


def test_programs_read_it_as_json(store: Store) -> None:
    changed(store, lambda suite: suite["tasks"][0]["task"].update(steps=40))
    done = CliRunner().invoke(command, ["why", run_of(store), "--results", str(store.root), "--json"])
    content = json.loads(done.output)
    assert content["causes"] == ["task 'surface': steps changed from 20 to 40"]
    assert not content["up_to_date"]
