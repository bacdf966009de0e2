"""Whole campaigns: every planned run becomes a record, whatever happens in between."""

from __future__ import annotations

import errno
import json
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import optbench
from optbench.analysis.analysis import analyse
from optbench.errors import DataUnavailable, ResultsError, UsageError
from optbench.observers import LoggingObserver
from optbench.options import Options
from optbench.plan import prepare
from optbench.runs.record import RunRecord
from optbench.session import Finished
from optbench.store.frame import COLUMNS
from optbench.store.load import read_results
from tests.conftest import FAULTY, SUPPORT, TINY
from tests.support.platforms import posix_only

# What differs between two runs of the same experiment: clocks, its process's memory, and when it was.
CLOCKS = [
    "side_by_side",
    *(column for column in COLUMNS if column.endswith("_seconds")),
    "peak_resident_bytes",
    "resident_growth_bytes",
    "started",
]


class Stop(Exception):
    """Raised by an observer to interrupt a campaign."""


class Observer(LoggingObserver):
    def __init__(self, stop_after: int | None = None) -> None:
        self.notes: list[str] = []
        self.recorded: list[str] = []
        self._stop_after = stop_after

    def note(self, line: str) -> None:
        self.notes.append(line)

    def progressed(self, record: Any, outlook: Any) -> None:
        if record is not None:
            self.recorded.append(record.run_id)
        if self._stop_after is not None and len(self.recorded) >= self._stop_after:
            raise Stop


@pytest.fixture
def run(tmp_path: Path, no_figures: None) -> Callable[..., Finished]:
    """Carry out a suite on the CPU."""

    def run_here(suite: Any, observer: Observer | None = None, **options: Any) -> Finished:
        given: dict[str, Any] = {"results": tmp_path / "results", "devices": ["cpu"]} | options
        return optbench.run(suite, observer, **given)

    return run_here


def runs(folder: Path) -> pd.DataFrame:
    return optbench.load_results(folder).drop_duplicates("run_id").set_index("run_id")


def without_clocks(folder: Path) -> pd.DataFrame:
    frame = optbench.load_results(folder).drop(columns=["source", *CLOCKS])
    return frame.sort_values(["run_id", "step"]).reset_index(drop=True)


DRAWN = """
name = "drawn"
[protocol]
name = "qmc"
trials = 2
studies = 2
finalists = 1
tune = ["lr", "weight_decay"]
tune_seeds = [0, 1]
report_seeds = [1000, 1001]
[[tasks]]
name = "tiny-regression"
task = "linear-regression"
steps = 20
evaluations = 3
[[optimizers]]
name = "bare"
optimizer = "torch.optim:AdamW"
lr_ref = 1e-2
space = { weight_decay = { low = 1e-4, high = 1, scale = "log" } }
"""


def test_a_suite_that_tunes_two_hyperparameters_is_complete_once_it_has_run(
    write_suite: Callable[[str], Path], run: Callable[..., Finished]
) -> None:
    suite = write_suite(DRAWN)
    finished = run(suite)
    table = runs(finished.folder)
    assert table.groupby("phase").size().to_dict() == {"report": 2, "tune": 2 * (2 + 1)}
    settings = [json.loads(setting) for setting in table.setting]
    assert all(setting.keys() == {"lr", "weight_decay"} for setting in settings)
    assert table[table.phase == "report"].chosen.all()
    assert table[table.phase == "report"].setting.nunique() == 2  # the winners of two studies
    again = Observer()
    run(suite, again)
    assert (again.recorded, again.notes) == ([], [])


def test_a_suite_becomes_records_and_a_report(tiny: Path, run: Callable[..., Finished]) -> None:
    finished = run(tiny)
    table = runs(finished.folder)
    # Per optimizer: three rates, the best two with the second seed, two report seeds; more where a grid was extended.
    assert len(table) == sum(finished.statuses.values()) >= 2 * (3 + 2 + 2)
    assert set(table.status) <= {"completed", "diverged"}
    assert finished.broken == 0
    assert finished.page.read_text().startswith("<!")
    report = table[table.phase == "report"]
    assert report.groupby("optimizer").seed.apply(set).tolist() == [{1000, 1001}] * 2
    assert report.final_test_metric.notna().all()
    assert table[table.phase == "tune"].final_test_metric.isna().all()


def test_the_state_of_an_optimizer_is_counted_exactly(tiny: Path, run: Callable[..., Finished]) -> None:
    """In float32 momentum keeps 4 bytes per parameter and Adam 8; a bias of one element counts like any other."""
    table = runs(run(tiny).folder).query("status == 'completed'")
    ratio = table.optimizer_state_bytes / table.parameter_bytes
    assert set(ratio[table.optimizer == "momentum"]) == {1.0}
    assert set(ratio[table.optimizer == "adam"]) == {2.0}


def test_every_optimizer_starts_from_the_same_weights_and_sees_the_same_batches(
    tiny: Path, run: Callable[..., Finished]
) -> None:
    frame = optbench.load_results(run(tiny).folder)
    start = frame[frame.step == 0]
    assert start.groupby("seed").validation_loss.nunique().eq(1).all()


def test_a_control_is_tuned_and_reported_with_seeds_of_its_own(tiny: Path, run: Callable[..., Finished]) -> None:
    finished = run(tiny, control=True)
    table = runs(finished.folder)
    assert set(table.optimizer) == {"momentum", "adam", "momentum-control"}
    own, control = (set(table.seed[table.optimizer == name]) for name in ("momentum", "momentum-control"))
    assert control == {seed + 1_000_000 for seed in own}
    assert "noise floor" in finished.written.summary


def test_running_again_does_nothing_and_changes_nothing(tiny: Path, run: Callable[..., Finished]) -> None:
    finished = run(tiny)
    before = {path: path.read_bytes() for path in finished.folder.rglob("*.json")}
    observer = Observer()
    run(tiny, observer)
    assert observer.recorded == []
    assert {path: path.read_bytes() for path in finished.folder.rglob("*.json")} == before


def test_an_interrupted_campaign_continues_to_the_same_tables(
    tiny: Path, run: Callable[..., Finished], tmp_path: Path
) -> None:
    whole = run(tiny, results=tmp_path / "whole")
    for stop_after in (1, 4, 6):
        with pytest.raises(Stop):
            run(tiny, Observer(stop_after))
    parted = run(tiny)
    pd.testing.assert_frame_equal(without_clocks(parted.folder), without_clocks(whole.folder))


def test_more_report_seeds_run_only_what_is_missing(tiny: Path, run: Callable[..., Finished]) -> None:
    few = runs(run(tiny).folder)
    more = runs(run(tiny, report_seeds=4).folder)
    added = more.loc[more.index.difference(few.index)]
    assert set(few.index) <= set(more.index) and set(added["phase"]) == {"report"}
    assert few["started"].equals(more.loc[few.index, "started"]), "what was recorded is not run again"
    assert (more[more["phase"] == "report"].groupby("optimizer")["seed"].nunique() == 4).all()


def test_the_number_of_workers_changes_nothing(tiny: Path, run: Callable[..., Finished], tmp_path: Path) -> None:
    one, three = run(tiny, results=tmp_path / "1", jobs=1), run(tiny, results=tmp_path / "3", jobs=3)
    pd.testing.assert_frame_equal(without_clocks(one.folder), without_clocks(three.folder))


@posix_only
def test_whatever_one_optimizer_does_the_others_are_untouched(
    tiny: Path, run: Callable[..., Finished], tmp_path: Path
) -> None:
    alone = run(tiny, results=tmp_path / "alone", optimizers=["adam"])
    faults = ["raises", "exits", "nan", "segfaults", "hard-exits", "hangs", "holds-the-gil", "out-of-memory",
              "pollutes"]  # fmt: skip
    plugins = [FAULTY, SUPPORT / "plugin_that_fails_at_import.py"]
    observer = Observer()
    finished = run(tiny, observer, optimizers=[*faults, "adam"], plugins=plugins, timeout=6)
    table = runs(finished.folder)

    together = without_clocks(finished.folder).query("optimizer == 'adam'").reset_index(drop=True)
    pd.testing.assert_frame_equal(together, without_clocks(alone.folder))
    statuses = table[table.phase == "tune"].groupby("optimizer").status.agg(set).to_dict()
    assert statuses.pop("pollutes") <= {"completed", "diverged"}
    assert statuses == {
        "adam": {"completed"},
        "raises": {"failed"},
        "exits": {"failed"},
        "nan": {"diverged"},
        "segfaults": {"crashed"},
        "hard-exits": {"crashed"},
        "hangs": {"timeout"},
        "holds-the-gil": {"timeout"},
        "out-of-memory": {"out_of_memory"},
    }
    broken = table[~table.status.isin(["completed", "diverged"])]
    assert broken.reason.str.len().gt(0).all()
    reasons = table[table.phase == "tune"].groupby("optimizer").reason.first()
    assert reasons["raises"] == "ValueError: the fourth step is beyond me"
    assert "SIGSEGV" in reasons["segfaults"]
    assert "status 3" in reasons["hard-exits"]
    assert set(table[(table.phase == "report") & table.optimizer.isin(broken.optimizer)].status) == {"skipped"}
    assert len(table) == sum(finished.statuses.values())
    assert finished.broken == 7 * 3
    assert any("plugin_that_fails_at_import.py is not used" in note for note in observer.notes)
    page = finished.page.read_text()
    for name in faults:
        assert name in page


OPTIMIZERS_OF_MY_OWN = """
import os
import torch

class Needs(torch.optim.SGD):
    def __init__(self, params, ess, lr=0.1):
        super().__init__(params, lr)

class Dies(torch.optim.SGD):
    def step(self, closure=None):
        os._exit(3)

class Stubborn(torch.optim.SGD):
    def __init__(self, params, lr=0.01):
        super().__init__(params, lr)
        self.rate = lr

    def step(self, closure=None):
        for group in self.param_groups:
            group["lr"] = self.rate
        super().step()
"""


def test_entries_that_cannot_be_used_are_refused_all_at_once_before_anything_runs(
    write_suite: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "entered.py").write_text(OPTIMIZERS_OF_MY_OWN)
    monkeypatch.syspath_prepend(tmp_path)
    entries = """
        [[optimizers]]
        name = "adamw"
        fixed = { betas = 0.9 }
        [[optimizers]]
        name = "typo"
        optimizer = "torch.optim:AdamW"
        fixed = { betass = [0.9, 0.99] }
        [[optimizers]]
        name = "Needs"
        optimizer = "entered:Needs"
        [[optimizers]]
        name = "Dies"
        optimizer = "entered:Dies"
        [[optimizers]]
        name = "not-an-optimizer"
        [[optimizers]]
        name = "fails-at-import"
    """
    options = Options(results=tmp_path / "results", devices=["cpu"], plugins=[FAULTY])
    with pytest.raises(UsageError) as caught:
        prepare(write_suite(TINY + entries), options, Observer(), download=False)
    assert [line.removeprefix(f"{tmp_path}/suite.toml: ") for line in str(caught.value).splitlines()] == [
        "optimizer 'adamw': betas = 0.9: TypeError: 'float' object is not subscriptable "
        "(give betas as it is by default: [0.9, 0.999])",
        "optimizer 'typo': torch.optim:AdamW has no hyper-parameter 'betass'; did you mean 'betas'?",
        "optimizer 'Needs': entered:Needs needs ess: give it in a suite, fixed = { ess = … }, "
        "or in a plugin's optbench.Optimizer, defaults={'ess': …}",
        "optimizer 'Dies': its process exited with status 3, in its first steps on a small model",
        "optimizer 'not-an-optimizer': build returned str, which has no param_groups",
        "optimizer 'fails-at-import': RuntimeError: this module cannot be imported",
    ]
    assert not (tmp_path / "results").exists()


def test_entries_are_tried_even_if_no_task_of_the_suite_can_run(
    write_suite: Callable[[str], Path], tmp_path: Path
) -> None:
    suite = """
        name = "all-wrong"
        tasks = [{ name = "quadratic", model_options = { dimm = 3 } }]
        optimizers = [{ name = "adam", fixed = { betas = 0.9 } }, { name = "sgdd" }]
    """
    options = Options(results=tmp_path / "results", devices=["cpu"])
    with pytest.raises(UsageError) as caught:
        prepare(write_suite(suite), options, Observer(), download=False)
    told = [line.removeprefix(f"{tmp_path}/suite.toml: ") for line in str(caught.value).splitlines()]
    assert len(told) == 3
    assert any("model_options.dimm: quadratic has no such option" in line for line in told)
    assert any("'sgdd'" in line and "did you mean 'sgd'?" in line for line in told)
    assert any(line.startswith("optimizer 'adam': betas = 0.9: TypeError") for line in told)


def test_an_optimizer_that_keeps_its_rate_to_itself_is_noted_in_the_plan_and_in_its_records(
    write_suite: Callable[[str], Path], run: Callable[..., Finished], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "stubborn.py").write_text(OPTIMIZERS_OF_MY_OWN)
    monkeypatch.syspath_prepend(tmp_path)
    suite = write_suite(TINY.replace("steps = 20", 'steps = 20\nschedule = "warmup-cosine"'))
    observer = Observer()
    finished = run(suite, observer, optimizers=["stubborn:Stubborn", "adam"])
    note = (
        "optimizer 'Stubborn' does not follow the schedule warmup-cosine: "
        "its steps do not depend on its groups' lr; runs use its rate throughout"
    )
    assert observer.notes == [note]
    for path in (finished.folder / "runs").rglob("*.json"):
        record = RunRecord.model_validate_json(path.read_text())
        assert record.notes == ((note,) if record.spec.optimizer == "Stubborn" else ())


def test_a_bare_class_is_entered_with_the_hyper_parameters_of_its_signature(
    write_suite: Callable[[str], Path], tmp_path: Path
) -> None:
    text = (
        TINY
        + """
        [[optimizers]]
        name = "bare"
        optimizer = "torch.optim:AdamW"
        [[optimizers]]
        name = "changed"
        optimizer = "torch.optim:AdamW"
        fixed = { weight_decay = 0.1, eps = 1e-8 }
    """
    )
    options = Options(results=tmp_path / "results", devices=["cpu"])
    *_, bare, changed = prepare(write_suite(text), options, Observer()).suite.optimizers
    assert bare.hyperparameters == {"betas": [0.9, 0.999], "eps": 1e-8, "weight_decay": 0.01, "amsgrad": False}
    assert bare.changed == ()
    assert changed.hyperparameters == bare.hyperparameters | {"weight_decay": 0.1}
    assert changed.changed == ("weight_decay = 0.1 instead of 0.01",)


def test_a_run_that_dies_keeps_the_curve_it_had(tiny: Path, run: Callable[..., Finished]) -> None:
    finished = run(tiny, optimizers=["segfaults"], plugins=[FAULTY])
    frame = optbench.load_results(finished.folder)
    assert set(frame[frame.status == "crashed"].step) == {0}
    records = [path.read_text() for path in (finished.folder / "runs").glob("*/segfaults/*.json")]
    assert sum("Segmentation fault" in record for record in records) == 3


def test_a_class_of_the_users_own_needs_no_packaging(
    tiny: Path, run: Callable[..., Finished], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "my_lion.py").write_text((SUPPORT / "lion.py").read_text())
    monkeypatch.syspath_prepend(tmp_path)
    finished = run(tiny, optimizers=["my_lion:Lion", "adam"])
    table = runs(finished.folder)
    assert set(table.optimizer) == {"Lion", "adam"}
    assert set(table[table.optimizer == "Lion"].status) == {"completed"}
    # Its grid is centred on the default of its own signature.
    assert {1e-5, 1e-4, 1e-3} <= set(table[table.optimizer == "Lion"].lr)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("no_such_module_anywhere:Lion", "there is no module 'no_such_module_anywhere'"),
        ("torch.optim:Adm", "unknown attribute of torch.optim 'Adm'; did you mean 'Adam'?"),
    ],
)
def test_an_import_string_that_leads_nowhere_is_the_users_mistake(
    name: str, message: str, tiny: Path, run: Callable[..., Finished]
) -> None:
    with pytest.raises(UsageError) as caught:
        run(tiny, optimizers=[name])
    assert message in str(caught.value)


def test_a_narrowed_run_extends_the_campaign_and_the_full_one_counts_what_it_does_not_ask_for(
    tiny: Path, run: Callable[..., Finished]
) -> None:
    run(tiny)
    finished = run(tiny, optimizers=["sgd"])
    assert set(runs(finished.folder).optimizer) == {"momentum", "adam", "sgd"}
    observer = Observer()
    finished = run(tiny, observer, devices=())
    assert set(runs(finished.folder).optimizer) == {"momentum", "adam"}
    left_alone = len(list((finished.folder / "runs").glob("*/sgd/*.json")))
    (note,) = observer.notes
    assert note.startswith(f"{left_alone} records in ")
    assert note.endswith("are not part of this suite and ignored")


def test_a_damaged_record_is_set_aside_said_in_one_line_and_run_again(tiny: Path, run: Callable[..., Finished]) -> None:
    finished = run(tiny)
    before = without_clocks(finished.folder)
    path = min((finished.folder / "runs").glob("*/adam/*.json"))
    path.write_text(path.read_text()[:100])
    observer = Observer()
    run(tiny, observer)
    assert observer.recorded == [path.stem]
    assert len(observer.notes) == 1
    assert "set aside" in observer.notes[0]
    assert "\n" not in observer.notes[0]
    pd.testing.assert_frame_equal(without_clocks(finished.folder), before)


def test_retry_runs_the_records_of_a_status_again_and_keeps_the_old_ones(
    tiny: Path, run: Callable[..., Finished]
) -> None:
    run(tiny, optimizers=["raises"], plugins=[FAULTY])
    observer = Observer()
    finished = run(tiny, observer, optimizers=["raises"], plugins=[FAULTY], retry=["failed", "skipped"])
    assert len(observer.recorded) == 5
    assert len(list((finished.folder / "attempts").rglob("*.json"))) == 5


def test_retry_leaves_other_optimizers_alone(tiny: Path, run: Callable[..., Finished]) -> None:
    run(tiny, optimizers=["raises"], plugins=[FAULTY])
    finished = run(tiny, optimizers=["adam"], plugins=[FAULTY], retry=["failed"])
    assert not (finished.folder / "attempts").exists()


def test_editing_my_optimizer_makes_its_old_runs_stale(
    tiny: Path, run: Callable[..., Finished], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    source = (SUPPORT / "lion.py").read_text()
    (tmp_path / "edited_lion.py").write_text(source)
    monkeypatch.syspath_prepend(tmp_path)
    before = set(runs(run(tiny, optimizers=["edited_lion:Lion"]).folder).index)
    (tmp_path / "edited_lion.py").write_text(source + "# changed\n")
    after = set(runs(run(tiny, optimizers=["edited_lion:Lion"]).folder).index)
    assert before
    assert not before & after


def test_two_classes_of_one_name_are_told_apart(tiny: Path, run: Callable[..., Finished]) -> None:
    finished = run(tiny, optimizers=["torch.optim:SGD", "torch.optim.sgd:SGD"])
    assert set(runs(finished.folder).optimizer) == {"torch.optim.SGD", "torch.optim.sgd.SGD"}


@pytest.mark.parametrize(
    "options",
    [{"profile": "smok"}, {"timeout": -1}, {"timeout": float("nan")}, {"retry": ["Failed"]}, {"optimizers": "adam"},
     {"jobs": 0}, {"optimisers": ["adam"]}],
)  # fmt: skip
def test_a_wrong_option_is_the_users_mistake_in_one_line(
    options: dict[str, Any], tiny: Path, run: Callable[..., Finished]
) -> None:
    with pytest.raises(UsageError, match=rf"^option {next(iter(options))}: [^\n]+$"):
        run(tiny, **options)


def test_two_tasks_with_one_fallback_run_it_once(
    write_suite: Callable[[str], Path], run: Callable[..., Finished], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def unreachable(file: Any, folder: Any) -> None:
        raise DataUnavailable("mirror: cannot be reached")

    monkeypatch.setattr("optbench.data.files.download", unreachable)
    monkeypatch.setenv("OPTBENCH_DATA", str(tmp_path / "empty"))
    suite = write_suite(
        """
        name = "twice"
        protocol = { name = "defaults", report_seeds = [1000] }
        tasks = [
            { name = "mnist-cnn", fallback = "linear-regression" },
            { name = "shakespeare-transformer", fallback = "linear-regression" },
            "linear-regression",
        ]
        optimizers = ["sgd"]
        """
    )
    assert set(runs(run(suite, Observer(), profile="smoke").folder).task) == {"linear-regression"}


def test_what_goes_wrong_outside_of_the_training_is_a_record_too(
    tiny: Path, run: Callable[..., Finished], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "odd_optimizers.py").write_text(
        "import sys, torch\n"
        "class ClosesStdout(torch.optim.SGD):\n"
        "    def step(self, closure=None):\n"
        "        sys.stdout.close()\n"
        "        return super().step(closure)\n"
        "class KnotsItsState(torch.optim.SGD):\n"
        "    def step(self, closure=None):\n"
        "        self.state[self.param_groups[0]['params'][0]]['knot'] = self.state\n"
        "        return super().step(closure)\n"
        "class SaysTheUnsayable(torch.optim.SGD):\n"
        "    steps = 0\n"
        "    def step(self, closure=None):\n"
        "        self.steps += 1\n"
        "        if self.steps > 3:\n"
        "            raise ValueError('\\udcff')\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    names = ["ClosesStdout", "KnotsItsState", "SaysTheUnsayable"]
    finished = run(tiny, optimizers=[f"odd_optimizers:{name}" for name in names])
    table = runs(finished.folder)
    assert set(table.optimizer) == set(names)
    assert set(table[table.optimizer == "SaysTheUnsayable"].status) == {"failed", "skipped"}
    assert set(table[table.optimizer == "KnotsItsState"].status) <= {"completed", "diverged"}


def test_a_disk_that_fills_up_stops_the_campaign_and_loses_nothing_recorded(
    tiny: Path, run: Callable[..., Finished], monkeypatch: pytest.MonkeyPatch
) -> None:
    fsync, calls = os.fsync, []

    def fills_up(descriptor: int) -> None:
        calls.append(descriptor)
        if len(calls) > 4:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", fills_up)
    observer = Observer()
    with pytest.raises(ResultsError, match="No space left on device"):
        run(tiny, observer)
    monkeypatch.setattr(os, "fsync", fsync)
    again = Observer()
    run(tiny, again)
    assert len(observer.recorded) == 3
    assert not set(observer.recorded) & set(again.recorded)


def test_a_fallback_runs_under_its_own_name_where_data_cannot_be_had(
    write_suite: Callable[[str], Path], run: Callable[..., Finished], monkeypatch: pytest.MonkeyPatch
) -> None:
    def unreachable(file: Any, folder: Any) -> None:
        raise DataUnavailable("mirror: cannot be reached")

    monkeypatch.setattr("optbench.data.files.download", unreachable)
    monkeypatch.setenv("OPTBENCH_DATA", str(write_suite("").parent / "empty"))
    text = TINY.replace('name = "tiny-regression"\ntask = "linear-regression"', 'name = "mnist-cnn"\n{fallback}')
    with pytest.raises(UsageError, match=r"task 'mnist-cnn' cannot run: data set 'mnist'"):
        run(write_suite(text.format(fallback="")))
    suite = write_suite(text.format(fallback='fallback = "linear-regression"') + "# shortened\n")
    observer = Observer()
    finished = run(suite, observer, profile="smoke", optimizers=["adam"])
    assert set(runs(finished.folder).task) == {"linear-regression"}
    (note,) = observer.notes
    assert note.startswith("mnist-cnn: data set 'mnist'")
    assert note.endswith("its fallback linear-regression runs instead")
    assert "mnist-cnn" in finished.page.read_text()


def test_the_standard_suites_fallbacks_need_no_network(
    run: Callable[..., Finished], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def unreachable(file: Any, folder: Any) -> None:
        raise DataUnavailable("mirror: cannot be reached")

    monkeypatch.setattr("optbench.data.files.download", unreachable)
    monkeypatch.setenv("OPTBENCH_DATA", str(tmp_path / "empty"))
    finished = run("suites/standard", Observer(), profile="smoke", optimizers=["sgd"])
    tasks = {"quadratic", "linear-regression", "digits-cnn", "markov-transformer"}
    assert set(runs(finished.folder).task) == tasks


def test_a_loaded_suite_runs_like_its_file(tiny: Path, run: Callable[..., Finished], tmp_path: Path) -> None:
    loaded = optbench.load_suite(tiny)
    assert [item.name for item in loaded.optimizers] == ["momentum", "adam"]
    one, other = run(loaded, results=tmp_path / "loaded"), run(tiny, results=tmp_path / "file")
    assert set(runs(one.folder).index) == set(runs(other.folder).index)


def test_a_dry_plan_writes_nothing(tiny: Path, tmp_path: Path) -> None:
    options = Options(results=tmp_path / "results", devices=["cpu"])
    plan = prepare(tiny, options, Observer(), download=False)
    assert not (tmp_path / "results").exists()
    assert sum(plan.campaign.outlook().expected.values()) == 2 * (3 + 2 + 2)
    assert plan.campaign.most() == 2 * (3 + 2 + 2) + 2 * (1 + 2)


def test_several_results_folders_are_set_side_by_side(tiny: Path, run: Callable[..., Finished], tmp_path: Path) -> None:
    folders = [run(tiny, results=tmp_path / name, optimizers=["adam"]).folder for name in ("before", "after")]
    frame = optbench.load_results(*folders)
    assert set(frame.source) == {"before/tiny", "after/tiny"}
    page = optbench.report(*folders, out=tmp_path / "both", formats=("svg",))
    assert "before/tiny" in page.read_text()
    assert "after/tiny" in page.read_text()
    assert "Partial: suite tiny without momentum." in page.read_text()


def test_a_script_without_a_main_guard_runs_once(tiny: Path, tmp_path: Path) -> None:
    import subprocess
    import sys

    script = tmp_path / "script.py"
    script.write_text(
        "import optbench\n"
        f"done = optbench.run({str(tiny)!r}, results={str(tmp_path / 'r')!r}, optimizers=['adam'], devices=['cpu'])\n"
        "print('runs', sum(done.statuses.values()))\n"
    )
    done = subprocess.run([sys.executable, script], capture_output=True, text=True, check=True, timeout=100)
    assert done.stdout.startswith("runs ")
    assert len(done.stdout.splitlines()) == 1


def test_options_that_are_impossible_are_refused_before_anything_runs(
    write_suite: Callable[[str], Path], run: Callable[..., Finished], tmp_path: Path
) -> None:
    suite = write_suite(
        """
        name = "impossible"
        tasks = [
            { name = "a", task = "digits-cnn", model_options = { padding = 0 } },
            { name = "b", task = "quadratic", dataset_options = { dimension = 3 } },
            { name = "c", task = "booth", model_options = { function = "beale" } },
            "linear-regression",
        ]
        optimizers = ["sgd"]
        """
    )
    with pytest.raises(UsageError) as raised:
        run(suite)
    *lines, contours = (line.removeprefix(f"{suite}: ") for line in str(raised.value).splitlines())
    assert lines == [
        "task 'a' cannot run: lenet: padding=0 leaves nothing of the image; use padding=2",
        "task 'b' cannot run: quadratic: 100 eigenvalues do not fit samples of shape (3,)",
    ]
    assert re.fullmatch(
        r"task 'c' cannot run: at \[.*\] the test function optbench.builtin.formulas:booth is .*, "
        "the training loss .*; set its test function, window and minima to those of its model",
        contours,
    )
    assert not (tmp_path / "results").exists()


ELSEWHERE = """
from concurrent.futures import Future

import optbench


class Elsewhere(optbench.LocalExecutor):
    places = {"cpu": [optbench.Place("cpu", "a processor")], "cuda": [optbench.Place("cpu", "a GPU")]}

    def submit(self, groups):
        for group in groups:
            future, (place,) = Future(), self.places[group[0].device]
            future.set_result(optbench.Slot(place, self.context, optbench.ThisProcess()).run(group))
            yield future


@optbench.hookimpl
def optbench_executors():
    yield optbench.Executor(name="elsewhere", build=Elsewhere, description="A processor and a GPU, by name.")
"""


def test_two_kinds_of_devices_in_one_campaign_are_tuned_and_reported_apart(
    tiny: Path, run: Callable[..., Finished], tmp_path: Path
) -> None:
    """The GPU is one by name only, so that its losses have to be those of the processor, bit for bit."""
    (tmp_path / "elsewhere.py").write_text(ELSEWHERE)
    plugins = [str(tmp_path / "elsewhere.py")]
    finished = run(tiny, plugins=plugins, executor="elsewhere", optimizers=["adam"])
    analysis = analyse(read_results([finished.folder]))
    table = analysis.runs
    assert table.groupby("device").machine.nunique().to_dict() == {"cpu": 1, "cuda": 1}
    assert table.machine.nunique() == 2
    there, here = (table[table.device == kind].sort_values(["phase", "lr", "seed"]) for kind in ("cuda", "cpu"))
    assert not set(there.run_id) & set(here.run_id)
    assert there.final_validation_loss.tolist() == here.final_validation_loss.tolist()
    assert [condition.label for condition in analysis.conditions] == ["cpu", "cuda"]
    for cells in (analysis.quality, analysis.costs, analysis.tuned, analysis.fit):
        assert sorted(cells.device) == ["cpu", "cuda"]
    seconds = analysis.costs.set_index("device").train_seconds
    for kind, of_kind in (("cpu", here), ("cuda", there)):
        own = of_kind[of_kind["is_report"]].total_train_seconds.median()
        assert seconds[kind] == pytest.approx(own, nan_ok=True)  # side by side they have none
    assert len(analysis.verdicts) == 2
