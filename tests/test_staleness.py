"""Results are those of the code and the data at hand: what became stale is kept, named with its cause, and left out."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import optbench
from optbench.errors import SuiteError
from optbench.landscape import landscape
from optbench.observers import LoggingObserver
from optbench.options import parse_options
from optbench.plan import Plan, prepare
from optbench.registry.discovery import load_registry
from optbench.repeat import why_different
from optbench.runs.record import RunRecord, RunStatus
from optbench.runs.spec import RunSpec
from optbench.session import Finished
from tests.runs.test_spec import SPEC

PLUGIN = """
import optbench

@optbench.hookimpl
def optbench_optimizers():
    yield optbench.Optimizer(name="own-sgd", build="stale_rules:Opt", lr_ref=0.05)

@optbench.hookimpl
def optbench_datasets():
    yield optbench.Dataset(name="own-points", build="stale_data:build")

@optbench.hookimpl
def optbench_models():
    yield optbench.Model(name="own-line", build="stale_net:build", options={"bias": True})
"""
FILES = {
    "stale_plugin.py": PLUGIN,
    "stale_rules.py": """
from stale_base import SCALE
import torch

class Opt(torch.optim.SGD):
    def step(self, closure=None):
        for group in self.param_groups:
            for p in group["params"]:
                p.grad.mul_(SCALE)
        return super().step(closure)
""",
    "stale_base.py": "SCALE = 1.0\n",
    "stale_data.py": """
from pathlib import Path
import numpy as np
import torch
from optbench import Split, Splits

def build(files):
    x = torch.from_numpy(np.load(Path(__file__).with_name("points.npy")))
    splits = [Split(x[i::3], 2 * x[i::3]) for i in range(3)]
    return Splits(*splits, outputs=1)
""",
    "stale_net.py": """
from torch import nn

def build(input_shape, outputs, bias):
    return nn.Linear(*input_shape, outputs, bias=bias)
""",
    "stale_loss.py": "def loss(outputs, targets):\n    return (outputs - targets).square().mean()\n",
    "stale_augment.py": "def augment(inputs):\n    return inputs\n",
    "stale_schedule.py": "def halved(steps, warmup_steps):\n    return lambda step: 1.0 if step < steps / 2 else 0.5\n",
    "stale_metric.py": "import torch\ndef far(o, t):\n    return torch.tensor([[(o - t).abs().sum()], [len(t)]])\n",
    "stale_factors.py": "def factors(model):\n    return {'weight': 2.0}\n",
    "stale_optimum.py": "def least(splits, model):\n    return 0.0\n",
}
SUITE = """
name = "own"
protocol = { name = "defaults", report_seeds = [1000, 1001] }
optimizers = ["own-sgd", "adam"]
[[tasks]]
name = "fit"
model = "own-line"
dataset = "own-points"
loss = "stale_loss:loss"
augmentation = "stale_augment:augment"
optimum = "stale_optimum:least"
metrics = ["loss", "stale_metric:far"]
schedule = "stale_schedule:halved"
lr_factors = "stale_factors:factors"
steps = 6
batch_size = 4
evaluations = 2
"""


class Observer(LoggingObserver):
    def __init__(self) -> None:
        self.notes: list[str] = []
        self.recorded = 0

    def note(self, line: str) -> None:
        self.notes.append(line)

    def progressed(self, record: RunRecord | None, outlook: Any) -> None:
        self.recorded += record is not None


class Project:
    """A user's folder with code, data, a suite, and a plugin file that names them."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.suite, self.results = folder, folder / "suite.toml", folder / "results"
        for name, text in (FILES | {"suite.toml": SUITE}).items():
            self.write(name, text)
        self.points(1.0)

    def write(self, name: str, text: str) -> None:
        (self.folder / name).write_text(text)

    def edit(self, name: str, old: str, new: str) -> None:
        text = (self.folder / name).read_text()
        assert old in text
        self.write(name, text.replace(old, new))

    def points(self, scale: float) -> None:
        import numpy as np

        values = np.random.default_rng(0).normal(size=(30, 1), scale=scale)
        np.save(self.folder / "points.npy", values.astype(np.float32))

    def options(self, **given: Any) -> dict[str, Any]:
        plugins = [self.folder / "stale_plugin.py"]
        return {"results": self.results, "devices": ["cpu"], "plugins": plugins} | given

    def run(self, **given: Any) -> tuple[Finished, Observer]:
        observer = Observer()
        return optbench.run(self.suite, observer, **self.options(**given)), observer

    def plan(self, **given: Any) -> tuple[Plan, list[str]]:
        observer = Observer()
        forget(self.folder)
        return prepare(self.suite, parse_options(self.options(**given)), observer, download=False), observer.notes

    def run_ids(self) -> dict[str, str]:
        plan, _ = self.plan()
        return {cell.entry.name: cell.spec({"lr": 0.05}, 1000, "report").run_id for cell in plan.suite.cells()}


def forget(folder: Path) -> None:
    """Take modules in a folder out of this process, as a new one is without them."""
    for name, module in list(sys.modules.items()):
        if str(folder) in (getattr(module, "__file__", None) or ""):
            del sys.modules[name]


@pytest.fixture
def project(tmp_path: Path, no_figures: None) -> Iterator[Project]:
    path = list(sys.path)
    yield Project(tmp_path)
    forget(tmp_path)
    sys.path[:] = path


def losses(results: Path) -> pd.DataFrame:
    frame = optbench.load_results(results).drop_duplicates("run_id")
    return frame.set_index(["optimizer", "seed"]).sort_index()[["final_test_loss", "final_step"]]


def test_edited_code_and_data_give_the_numbers_of_a_fresh_folder(project: Project) -> None:
    """The scenario of the issue: whatever the results folder holds, the numbers are those of the code at hand."""
    finished, _ = project.run()
    edits: list[tuple[Callable[[], None], str, int]] = [
        (lambda: project.edit("stale_base.py", "1.0", "0.5"), "2 older records are ignored: stale_base.py changed", 2),
        (lambda: project.points(3.0), "4 older records are ignored: data set 'own-points' changed", 4),
    ]
    for edit, line, count in edits:
        before = losses(finished.folder)
        edit()
        forget(project.folder)
        finished, observer = project.run()
        assert line in observer.notes
        assert observer.recorded == count
        assert line in project_notes(finished)
        fresh, _ = project.run(results=project.folder / "fresh" / str(count))
        pd.testing.assert_frame_equal(losses(finished.folder), losses(fresh.folder))
        assert not losses(finished.folder).equals(before)
    assert len(list(project.results.rglob("runs/**/*.json"))) == 4 + 2 + 4
    assert not any(project.plan()[0].campaign.outlook().left.values())


def project_notes(finished: Finished) -> tuple[str, ...]:
    from optbench.store.load import read_results

    return read_results([finished.folder]).sources[0].notes


@pytest.mark.parametrize(
    ("name", "entries"),
    [
        ("stale_rules.py", {"own-sgd"}),
        ("stale_base.py", {"own-sgd"}),
        ("stale_data.py", {"own-sgd", "adam"}),
        ("stale_net.py", {"own-sgd", "adam"}),
        ("stale_loss.py", {"own-sgd", "adam"}),
        ("stale_augment.py", {"own-sgd", "adam"}),
        ("stale_optimum.py", {"own-sgd", "adam"}),
        ("stale_metric.py", {"own-sgd", "adam"}),
        ("stale_schedule.py", {"own-sgd", "adam"}),
        ("stale_factors.py", {"own-sgd", "adam"}),
        ("stale_plugin.py", {"own-sgd", "adam"}),
    ],
)
def test_each_file_that_a_run_leads_to_is_part_of_its_identity(project: Project, name: str, entries: set[str]) -> None:
    before = project.run_ids()
    project.edit(name, "\n", "\n# edited\n")
    after = project.run_ids()
    assert {entry for entry in before if before[entry] != after[entry]} == entries


def test_unchanged_code_keeps_its_identity_in_another_folder(project: Project, tmp_path: Path) -> None:
    before = project.run_ids()
    forget(tmp_path)
    sys.path[:] = [folder for folder in sys.path if folder != str(tmp_path)]
    (tmp_path / "copy").mkdir()
    assert Project(tmp_path / "copy").run_ids() == before
    spec, *_ = (cell.spec({"lr": 0.05}, 1000, "report") for cell in project.plan()[0].suite.cells())
    of_task = {"model", "dataset", "loss", "augmentation", "optimum", "metric stale_metric:far"}
    assert spec.sources.keys() == of_task | {"schedule", "lr_factors", "optimizer"}
    assert spec.sources["optimizer"].keys() == {"stale_plugin.py", "stale_rules.py", "stale_base.py"}
    assert str(tmp_path) not in spec.model_dump_json()


def test_a_plugin_file_that_is_edited_in_a_notebook_is_read_again(project: Project) -> None:
    def rate() -> float:
        registry = load_registry([project.folder / "stale_plugin.py"])
        return float(registry.optimizers["own-sgd"].component.lr_ref)

    assert rate() == 0.05
    module = sys.modules["stale_plugin"]
    assert rate() == 0.05
    assert sys.modules["stale_plugin"] is module
    project.edit("stale_plugin.py", "lr_ref=0.05", "lr_ref=0.125")
    assert rate() == 0.125


def test_a_changed_default_in_a_declaration_is_a_change(project: Project) -> None:
    """The defaults of a model's options stand in no record."""
    before = project.run_ids()
    project.edit("stale_plugin.py", '"bias": True', '"bias": False')
    assert project.run_ids().keys() == before.keys()
    assert not set(project.run_ids().values()) & set(before.values())


@pytest.mark.parametrize(
    ("edit", "line"),
    [
        (("suite.toml", "steps = 6", "steps = 8"),
         "4 older records are ignored: task 'fit': steps changed from 6 to 8"),
        (("suite.toml", "batch_size = 4", 'batch_size = "full"'),
         "4 older records are ignored: task 'fit': batch_size changed from 4 to full"),
        (("suite.toml", '"adam"]', '{ name = "adam", fixed = { eps = 1e-6 } }]'),
         "2 older records are ignored: optimizer 'adam': eps changed from 1e-08 to 1e-06"),
        (("suite.toml", '"adam"]', '{ name = "adam", optimizer = "sgd" }]'),
         "2 older records are ignored: optimizer 'adam' is sgd now (was adam)"),
        (("suite.toml", '"adam"]', '{ name = "adam", schedule = "warmup-cosine" }]'),
         "2 older records are ignored: optimizer 'adam': schedule changed from stale_schedule:halved to warmup-cosine"),
        (("stale_plugin.py", "lr_ref=0.05", "lr_ref=0.05, revision=2"),
         "4 older records are ignored: stale_plugin.py changed"),
        (("stale_rules.py", "from stale_base import SCALE", "SCALE = 1.0"),
         "2 older records are ignored: stale_rules.py changed"),
    ],
)  # fmt: skip
def test_the_cause_is_said_in_a_dry_run_too(
    project: Project, recorded: Callable[[Project], None], edit: tuple[str, str, str], line: str
) -> None:
    recorded(project)
    project.edit(*edit)
    plan, notes = project.plan()
    assert notes == [line]
    assert all(left for left in plan.campaign.outlook().left.values())


@pytest.fixture
def recorded() -> Callable[[Project], None]:
    """Put records of all runs there are into the results folder, without training anything."""

    def record(project: Project) -> None:
        plan, _ = project.plan()
        plan.store.open(plan.whole, extend=False)
        for cell in plan.suite.cells():
            for seed in (1000, 1001):
                spec = cell.spec(cell.entry.start, seed, "report")
                plan.store.add(RunRecord(run_id=spec.run_id, spec=spec, status=RunStatus.COMPLETED))

    return record


def test_a_run_of_one_optimizer_leaves_out_the_others_stale_results(
    project: Project, recorded: Callable[[Project], None]
) -> None:
    recorded(project)
    project.edit("stale_base.py", "1.0", "0.5")
    forget(project.folder)
    finished, observer = project.run(optimizers=["adam"])
    assert observer.notes == ["2 older records are ignored: stale_base.py changed"]
    assert observer.recorded == 0
    frame = optbench.load_results(finished.folder)
    assert set(frame.optimizer) == {"adam"}
    assert "2 older records are ignored: stale_base.py changed" in project_notes(finished)


def test_records_that_a_suite_does_not_ask_for_are_not_called_stale(
    project: Project, recorded: Callable[[Project], None]
) -> None:
    recorded(project)
    project.edit("suite.toml", "report_seeds = [1000, 1001]", "report_seeds = [1000]")
    project.edit("suite.toml", '["own-sgd", "adam"]', '["adam"]')
    forget(project.folder)
    finished, observer = project.run(devices=())  # not narrowed: the suite as it stands
    line = f"3 records in {finished.folder / 'runs'} are not part of this suite and ignored"
    assert observer.notes == [line]
    assert line in project_notes(finished)


def test_data_that_cannot_be_built_is_said_once(project: Project) -> None:
    project.edit("stale_data.py", "x = torch", "raise ValueError('no such luck')\n    x = torch")
    with pytest.raises(SuiteError) as caught:
        project.plan()
    (line,) = caught.value.problems
    assert line.startswith(
        "task 'fit' cannot run: data set 'own-points' raised ValueError: no such luck (stale_data.py"
    )


@pytest.mark.parametrize("change", ["code", "data"])
def test_code_and_data_that_change_while_runs_are_made_make_no_record_of_what_they_were(
    project: Project, change: str
) -> None:
    plan, _ = project.plan()
    (spec, *_) = (cell.spec({"lr": 0.05}, 1000, "report") for cell in plan.suite.cells())
    if change == "code":
        project.edit("stale_base.py", "1.0", "0.5")
    else:
        project.points(3.0)
    with optbench.LocalExecutor(plan.context) as executor:
        ((record,),) = (future.result() for future in executor.submit([[spec]]))
    assert record.status == "failed"
    what = "stale_base.py changed" if change == "code" else "data set 'own-points' is not what it was"
    assert what in record.reason
    assert "this campaign began" in record.reason


def test_a_process_that_has_imported_code_makes_no_runs_with_what_it_became(project: Project, tmp_path: Path) -> None:
    """As with an executor in a notebook's own process, which a debugger can look into."""
    slots: list[optbench.RunRecord] = []
    for edit in (None, ("stale_base.py", "1.0", "0.5")):
        if edit:
            project.edit(*edit)
        plan, _ = project.plan()
        (spec, *_) = (cell.spec({"lr": 0.05}, 1000, "report") for cell in plan.suite.cells())
        slots += optbench.Slot(optbench.Place("cpu", "a processor"), plan.context, optbench.ThisProcess()).run([spec])
    assert [record.status for record in slots] == ["completed", "failed"]
    assert "stale_base.py changed after this process imported it; start a new one" in slots[1].reason


def test_a_data_set_that_is_another_one_each_time_is_said_to_be(project: Project) -> None:
    project.edit("stale_data.py", "x = torch", "noise = np.random.default_rng().normal()\n    x = noise * torch")
    table = optbench.load_results(project.run(optimizers=["adam"])[0].folder)
    assert table.reason.str.contains("another one each time that it is built").all()


def test_landscape_says_what_changed_since_a_run_was_recorded(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("optbench.landscape._write", lambda *_: None)  # pictures take most of the time
    finished, _ = project.run(optimizers=["own-sgd"])
    run_id = optbench.load_results(finished.folder).run_id.iloc[0]
    plugins = [project.folder / "stale_plugin.py"]
    assert landscape(finished.folder, run_id, points=3, plugins=plugins).differs == ""
    project.edit("stale_base.py", "1.0", "0.5")
    forget(project.folder)
    assert landscape(finished.folder, run_id, points=3, plugins=plugins).differs == "stale_base.py changed"


def test_what_a_repeated_run_may_differ_by_is_its_code_then_its_versions_then_its_machine() -> None:
    environment = {"torch": "2.9", "plugins": {"lion": "1"}, "device_name": "A", "cpu": "B", "platform": "C"}
    record = RunRecord(run_id="0", spec=SPEC, status=RunStatus.COMPLETED, environment=environment)

    def words(now: RunSpec = SPEC, **changes: object) -> str:
        return why_different(record, now, environment | changes)

    newer = SPEC.model_copy(update={"data_checksum": "1"})
    assert words(newer, torch="2.10") == "data set 'diabetes' changed"
    assert words(torch="2.10", cpu="other") == "torch 2.9 made it, this is torch 2.10"
    assert words(plugins={"lion": "2"}) == "lion 1 made it, this is lion 2"
    assert words(device_name="other") == "another device: A made it, this is other"
    assert words(cpu="other") == "another processor: B made it, this is other"
    assert words().endswith("it is not deterministic")
