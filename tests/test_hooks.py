"""docs/hooks: a page for each hook, true to the code, and its example carried out."""

from __future__ import annotations

import importlib
import inspect
import json
import math
import os
import re
import shlex
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from types import ModuleType
from typing import Any

import click
import pandas as pd
import pytest
import torch

import optbench
from optbench.cli.main import main
from optbench.cli.main import optbench as command_line
from optbench.registry import hookspecs
from optbench.runs.record import RunRecord
from tests.execution.test_local import what_was_measured

ROOT = Path(optbench.__file__).parent.parent
FOLDER = ROOT / "docs" / "hooks"
if not FOLDER.is_dir():
    pytest.skip("needs a checkout", allow_module_level=True)
SPECS = {name: spec for name, spec in vars(hookspecs).items() if name.startswith("optbench_")}
SUITE = """
name = "small"
optimizers = ["adam"]
[protocol]
name = "defaults"
report_seeds = [1000, 1001]
[[tasks]]
name = "small-quadratic"
task = "quadratic"
steps = 160
"""


@dataclass(frozen=True)
class Page:
    """What docs say of a hook."""

    hook: str
    text: str

    @property
    def files(self) -> dict[str, str]:
        """The example's files by name: a block's first line is a comment with it."""
        blocks = re.findall(r"^```(?:python|toml)\n# (\S+)\n(.*?)^```$", self.text, re.MULTILINE | re.DOTALL)
        return {name: f"# {name}\n{code}" for name, code in blocks}

    @property
    def commands(self) -> list[str]:
        """Every call of optbench on the page, the example's own first."""
        (block,) = re.findall(r"^```sh\n(.*?)^```$", self.text, re.MULTILINE | re.DOTALL)
        inline = re.findall(r"`(optbench [^`]*)`", self.text.replace("\n", " "))
        return [*block.splitlines(), *inline]

    @property
    def plugin(self) -> str:
        """Name of the example's module."""
        return next(name for name in self.files if name.endswith(".py")).removesuffix(".py")

    def paragraph(self, title: str) -> str:
        """The paragraph that begins with a bold title."""
        (found,) = re.findall(rf"^\*\*{title}\.\*\* (.*?)\n\n", self.text, re.MULTILINE | re.DOTALL)
        return " ".join(found.split())


PAGES = {path.stem: Page(path.stem, path.read_text(encoding="utf-8")) for path in sorted(FOLDER.glob("optbench_*.md"))}


# The pages are complete and true.


def test_every_hook_has_a_page_and_every_page_a_hook() -> None:
    assert set(PAGES) == set(SPECS)


def test_the_table_of_the_readme_links_every_page() -> None:
    rows = re.findall(r"^\| \[`(\w+)`\]\((\w+)\.md\) \|", (FOLDER / "README.md").read_text(), re.MULTILINE)
    assert dict(rows) == {hook: hook for hook in SPECS}
    assert len(rows) == len(SPECS)


@pytest.mark.parametrize("page", PAGES.values(), ids=PAGES)
def test_a_page_has_its_title_one_sentence_and_the_signature_of_the_code(page: Page) -> None:
    title, sentence, *_ = page.text.split("\n\n")
    assert title == f"# {page.hook}"
    assert re.fullmatch(r"[A-Z][^.]*\.", sentence)
    signature = str(inspect.signature(SPECS[page.hook])).replace("'", "")
    assert page.paragraph("Signature") == f"`{page.hook}{signature}`"


@pytest.mark.parametrize("page", PAGES.values(), ids=PAGES)
def test_a_page_has_a_paragraph_on_failure_and_an_example_that_implements_the_hook(page: Page) -> None:
    assert len(page.paragraph("Failure")) > 80
    (code,) = (code for name, code in page.files.items() if name.endswith(".py"))
    assert re.search(rf"^@optbench\.hookimpl\ndef {page.hook}\(", code, re.MULTILINE)


@pytest.mark.parametrize("page", PAGES.values(), ids=PAGES)
def test_every_command_and_option_on_a_page_exists(page: Page) -> None:
    for line in page.commands:
        name, *words = shlex.split(line)[1:]
        command = command_line.get_command(click.Context(command_line), name)
        assert command is not None, name
        options = {option for parameter in command.params for option in parameter.opts}
        assert {word for word in words if word.startswith("-")} <= options


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.md")), ids=lambda path: path.stem)
def test_every_link_leads_somewhere(path: Path) -> None:
    for target in re.findall(r"\]\(\s*([^)\s]+?)\s*\)", path.read_text(encoding="utf-8")):
        file, _, anchor = target.partition("#")
        there = path.parent.joinpath(file)
        assert there.exists(), target
        titles = re.findall(r"^#+ (.*)$", there.read_text(), re.MULTILINE) if anchor else []
        assert not anchor or anchor in {title.lower().replace(" ", "-") for title in titles}, target


def test_a_hook_is_called_in_the_processes_that_its_page_names(folder: Path, run: Callable[..., Any]) -> None:
    log = folder / "calls.txt"
    (folder / "all_hooks.py").write_text(
        "import os, optbench\n"
        "def note(hook):\n"
        f"    with open({str(log)!r}, 'a') as log:\n"
        "        log.write(f'{hook} {os.getpid()}\\n')\n"
        "    return {}\n" + "".join(f"@optbench.hookimpl\ndef {hook}():\n    return note({hook!r})\n" for hook in SPECS)
    )
    finished = run("small.toml", plugins=["all_hooks.py"])
    calls = Counter(tuple(line.split()) for line in log.read_text().splitlines())
    coordinator = str(os.getpid())
    where: dict[str, set[str]] = defaultdict(set)
    for (hook, process), times in calls.items():
        where[hook].add("coordinator" if process == coordinator else "worker")
        assert process == coordinator or times == 1
    words = {
        frozenset({"coordinator"}): "Coordinator, once for each run",
        frozenset({"worker"}): "Workers, once in each",
        frozenset({"coordinator", "worker"}): "Coordinator and workers, in each when it loads its plugins",
    }
    for hook, page in PAGES.items():
        assert page.paragraph("Process").startswith(words[frozenset(where[hook])]), hook
    assert calls["optbench_run_finished", coordinator] == sum(finished.statuses.values())


# The examples work.


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The current folder, with a small suite; what plugin files leave in this process is undone."""
    (tmp_path / "small.toml").write_text(SUITE, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    threads = torch.get_num_threads()
    yield tmp_path
    torch.set_num_threads(threads)
    for name, module in list(sys.modules.items()):
        if tmp_path in Path(getattr(module, "__file__", None) or "/").parents:
            del sys.modules[name]


@pytest.fixture
def run(no_figures: None) -> Callable[..., Any]:
    def run_here(suite: str, observer: Any = None, **options: Any) -> Any:
        given: dict[str, Any] = {"devices": ["cpu"], "jobs": 1} | options
        return optbench.run(suite, observer, **given)

    return run_here


@pytest.fixture
def example(folder: Path, no_figures: None, capsys: pytest.CaptureFixture[str]) -> Callable[..., Path]:
    """Write the example of a hook's page, carry its command out, and return the results folder.

    It is the page's own command, but for the standard suite, in whose place comes a small one.
    """

    def carry_out(hook: str, *more: str) -> Path:
        for name, code in PAGES[hook].files.items():
            Path(name).write_text(code, encoding="utf-8")
        words = shlex.split(PAGES[hook].commands[0])[1:]
        words = ["small.toml" if word == "suites/standard" else word for word in words]
        with pytest.raises(SystemExit) as ended:
            main([*words, "--device", "cpu", "--jobs", "1", *more])
        output = capsys.readouterr()
        assert ended.value.code == 0, output.err
        (page,) = re.findall(r"^Report: (.*)$", output.out, re.MULTILINE)
        return Path(page).parent.parent

    return carry_out


def module_of(hook: str) -> ModuleType:
    return importlib.import_module(PAGES[hook].plugin)


def records(results: Path) -> dict[str, RunRecord]:
    return {path.stem: RunRecord.model_validate_json(path.read_bytes()) for path in results.glob("runs/*/*/*.json")}


def all_completed(results: Path) -> list[RunRecord]:
    found = list(records(results).values())
    assert found
    assert {record.status for record in found} == {"completed"}
    return found


def test_the_optimizer_runs_and_does_what_its_formula_says(example: Callable[..., Path]) -> None:
    found = all_completed(example("optbench_optimizers"))
    assert {record.spec.optimizer for record in found} == {"signum", "adam"}
    weight = torch.tensor([1.0, -1.0], requires_grad=True)
    optimizer = module_of("optbench_optimizers").Signum([weight], lr=0.1, momentum=0.5)
    for gradient, expected in (([4.0, -2.0], [0.9, -0.9]), ([-1.0, 3.0], [0.8, -1.0]), ([-1.0, 0.0], [0.9, -1.1])):
        weight.grad = torch.tensor(gradient)
        optimizer.step()  # means: (2, -1), (0.5, 1), (-0.25, 0.5)
        torch.testing.assert_close(weight.data, torch.tensor(expected))


def test_the_model_runs_and_has_the_parameters_that_it_should(example: Callable[..., Path]) -> None:
    found = all_completed(example("optbench_models"))
    assert {record.spec.task.name for record in found} == {"digits-all-conv"}
    convolutions = [(1, 16, 9), (16, 16, 9), (16, 32, 9), (32, 32, 9), (32, 10, 1)]
    size = sum((inputs * kernel + 1) * outputs for inputs, outputs, kernel in convolutions)
    assert {record.costs.parameters for record in found} == {size}


def test_the_data_set_runs_and_no_line_divides_it(example: Callable[..., Path]) -> None:
    from sklearn.linear_model import LogisticRegression
    from sklearn.neighbors import KNeighborsClassifier

    all_completed(example("optbench_datasets"))
    splits = module_of("optbench_datasets").build({}, examples=2000, noise=0.2, seed=0)
    assert [len(split) for split in (splits.train, splits.validation, splits.test)] == [1200, 400, 400]
    torch.testing.assert_close(splits.train.inputs.mean(0), torch.zeros(2), atol=1e-6, rtol=0)
    torch.testing.assert_close(splits.train.inputs.std(0, correction=0), torch.ones(2))
    assert splits.train.targets.bincount().tolist() == [600, 600]
    x, y = splits.train.inputs.numpy(), splits.train.targets.numpy()
    by_line, by_neighbours = (
        model.fit(x, y).score(splits.test.inputs.numpy(), splits.test.targets.numpy())
        for model in (LogisticRegression(), KNeighborsClassifier(15))
    )
    assert by_line < 0.9 < 0.94 < by_neighbours


def test_the_task_runs_and_its_target_is_what_it_says(example: Callable[..., Path]) -> None:
    from sklearn.neighbors import KNeighborsClassifier

    from optbench.builtin.datasets.digits import build

    results = example("optbench_tasks")
    (target,) = all_completed(results)[0].spec.task.targets
    assert set(pd.read_csv(results / "report/tables/targets.csv").target) == {target.name}
    splits = build({}, split_seed=0, examples=1079)
    neighbour = KNeighborsClassifier(1).fit(splits.train.inputs.flatten(1), splits.train.targets)
    score = neighbour.score(splits.validation.inputs.flatten(1), splits.validation.targets)
    assert target.value == pytest.approx(score, abs=5e-4)


def test_the_schedule_runs_for_its_entry_and_is_torchs_warm_restarts(example: Callable[..., Path]) -> None:
    found = all_completed(example("optbench_schedules"))
    schedules = {record.spec.optimizer: record.spec.schedule for record in found}
    assert schedules == {"adam": "warmup-cosine", "adam-restarts": "warm-restarts"}
    factor = module_of("optbench_schedules").warm_restarts(80, 4)
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1.0)
    torchs = torch.optim.lr_scheduler.CosineAnnealingWarmRestarts(optimizer, T_0=20)
    for step in range(80):
        assert factor(step) == pytest.approx(optimizer.param_groups[0]["lr"], rel=1e-9)
        optimizer.step()
        torchs.step()


def test_the_loss_runs_and_is_cross_entropy_where_nothing_is_sure(example: Callable[..., Path]) -> None:
    (record,) = all_completed(example("optbench_losses"))
    assert record.spec.task.loss == "focal"
    focal, targets = module_of("optbench_losses").focal, torch.arange(3)
    assert focal(torch.zeros(3, 4), targets).item() == pytest.approx((1 - 1 / 4) ** 2 * math.log(4))


def test_the_metric_is_recorded_beside_the_one_that_selects_and_is_scikit_learns(example: Callable[..., Path]) -> None:
    from sklearn.metrics import balanced_accuracy_score

    results = example("optbench_metrics")
    (record,) = all_completed(results)
    assert record.final is not None
    (measured,) = record.final.further_metrics.items()
    frame = optbench.load_results(results)
    assert measured[0] == "balanced_accuracy"
    assert set(frame["final_test_metric:balanced_accuracy"]) == {measured[1].test}
    module = module_of("optbench_metrics")
    outputs, targets = torch.randn(40, 4), torch.arange(40) % 4
    expected = balanced_accuracy_score(targets, outputs.argmax(1))
    assert module.balanced(module.hits(outputs, targets).double()) == pytest.approx(expected)


def test_the_suite_runs_under_its_name(example: Callable[..., Path]) -> None:
    results = example("optbench_suites")
    assert results == Path("results/nightly")
    ran = {(record.spec.task.name, record.spec.optimizer, record.spec.seed) for record in all_completed(results)}
    tasks, optimizers = ("quadratic", "linear-regression"), ("momentum", "adam")
    assert ran == {(task, name, seed) for task in tasks for name in optimizers for seed in (1000, 1001, 1002)}


def test_the_diagnostic_is_what_the_weights_say(example: Callable[..., Path]) -> None:
    from optbench.registry.discovery import load_registry
    from optbench.training.build import build_training
    from optbench.training.clock import Clock
    from optbench.training.loop import train
    from optbench.training.seeding import seed_everything, seeds_for
    from optbench.training.state import TrainingState

    results = example("optbench_diagnostics")
    frame = optbench.load_results(results).sort_values("step")
    columns = [name for name in map(str, frame) if name.startswith("diagnostic:")]
    for record in all_completed(results):
        torch.set_num_threads(record.spec.task.threads)
        replayed = build_training(record.spec, load_registry(), (), torch.device("cpu"))
        seed_everything(seeds_for(record.spec.task.name, record.spec.seed).forward)
        weights: list[dict[str, list[Any]]] = []

        def remember(point: Any, training: Any = replayed, weights: Any = weights) -> None:
            layers: dict[str, list[Any]] = defaultdict(list)
            for name, parameter in training.model.named_parameters():
                for layer in (name.rpartition(".")[0] or "model", "all"):
                    layers[layer] += parameter.detach().double().flatten().tolist()
            weights.append(layers)

        train(replayed, TrainingState(Clock(torch.device("cpu"))), remember)
        rows = frame[frame.run_id == record.run_id]
        assert len(rows) == len(weights) >= 3
        assert {f"diagnostic:update-ratio.{layer}" for layer in weights[0]} == set(columns)
        for layer in weights[0]:
            expected = [math.nan] + [
                math.dist(now[layer], before[layer]) / math.hypot(*now[layer]) for before, now in pairwise(weights)
            ]
            seen = rows[f"diagnostic:update-ratio.{layer}"].tolist()
            assert seen == pytest.approx(expected, rel=1e-5, nan_ok=True)
            assert min(expected[1:]) > 1e-3


def test_runs_of_the_inline_executor_are_those_of_the_local_one_bit_for_bit(
    example: Callable[..., Path], run: Callable[..., Any]
) -> None:
    inline = records(example("optbench_executors", "-t", "small-quadratic"))
    options = {"profile": "smoke", "optimizers": ["adam"], "tasks": ["quadratic", "small-quadratic"]}
    local = records(run("small.toml", results="local", **options).folder)
    assert inline.keys() == local.keys()
    for run_id, record in inline.items():
        assert what_was_measured(record) == what_was_measured(local[run_id])
    assert sys.modules["inline"].__file__ == str(Path("inline.py").resolve())


def test_the_inline_executor_really_is_in_this_process(example: Callable[..., Path], folder: Path) -> None:
    (folder / "mine.py").write_text(
        "import os, torch\n"
        "class Mine(torch.optim.SGD):\n"
        "    steps = 0\n"
        "    def step(self, closure=None):\n"
        "        self.steps += 1\n"
        "        if self.steps > 3:\n"
        "            raise ValueError(f'in process {os.getpid()}')\n"
    )
    with pytest.raises(AssertionError):  # a run that fails is exit code 1
        example("optbench_executors", "-o", "mine:Mine")
    failed = [record for record in records(Path("results/small-smoke")).values() if record.status == "failed"]
    assert failed
    assert {record.reason for record in failed} == {f"ValueError: in process {os.getpid()}"}


def test_the_log_has_a_line_for_each_record(example: Callable[..., Path], monkeypatch: pytest.MonkeyPatch) -> None:
    results = example("optbench_run_finished")
    lines = [json.loads(line) for line in Path("runs.jsonl").read_text().splitlines()]
    found = records(results)
    assert [line["run"] for line in lines] == [f"{n}/{len(found)}" for n in range(1, len(found) + 1)]
    for line in lines:
        record = found.pop(line["run_id"])
        assert (line["task"], line["optimizer"]) == (record.spec.task.name, record.spec.optimizer)
        assert (line["lr"], line["seed"], line["phase"]) == (record.spec.lr, record.spec.seed, record.spec.phase)
        assert (line["status"], line["reason"]) == (record.status, record.reason)
        assert record.final is not None
        assert line["validation_loss"] == record.final.validation_loss
        assert line["train_seconds"] == record.costs.train_seconds
    assert found == {}

    monkeypatch.setenv("OPTBENCH_LOG", "elsewhere.jsonl")
    example("optbench_run_finished", "-o", "momentum")
    assert [json.loads(line)["optimizer"] for line in Path("elsewhere.jsonl").read_text().splitlines()] == [
        "momentum"
    ] * 2
    assert len(Path("runs.jsonl").read_text().splitlines()) == len(lines)


def test_what_slurm_says_is_in_every_record_and_on_the_page(folder: Path) -> None:
    page = PAGES["optbench_environment"]
    for name, code in page.files.items():
        Path(name).write_text(code, encoding="utf-8")
    (shown,) = re.findall(r"```json\n(.*?)```", page.text, re.DOTALL)
    says = json.loads(f"{{{shown}}}")
    slurm = {"SLURM_JOB_ID": "4711", "SLURMD_NODENAME": "gpu-07", "SLURM_JOB_GPUS": "3"}
    command = page.commands[0].replace("suites/standard", "small.toml").removeprefix("optbench ")
    subprocess.run(
        [sys.executable, "-m", "optbench", *shlex.split(command), "--device", "cpu", "--jobs", "1"],
        env=os.environ | slurm | {"PYTHONPATH": str(ROOT)},
        check=True,
        capture_output=True,
    )
    results = Path("results/small-smoke")
    for record in all_completed(results):
        assert {"said_by_plugins": record.environment["said_by_plugins"]} == says
        assert "plugin_notes" not in record.environment
    text = (results / "report/index.html").read_text()
    assert "4711" in text
    assert "gpu-07" in text


# The report in Markdown.


def test_the_report_in_markdown_has_the_numbers_and_the_findings_of_the_page(example: Callable[..., Path]) -> None:
    results = example("optbench_reporters", "-o", "adam", "-o", "momentum")
    text = (results / "report/report.md").read_text(encoding="utf-8")
    cells = pd.read_csv(results / "report/tables/main-result.csv").set_index("optimizer")
    for name, row in cells.iterrows():
        digits = max(1 - math.floor(math.log10(row["half_width"])), 0)
        shown = f"{row['mean']:.{digits}f} ± {row['half_width']:.{digits}f}"
        (line,) = (line for line in text.splitlines() if line.startswith(f"| {name} | "))
        assert (f"**{shown}**" if row["best"] else f" {shown}") in line
    assert "- **small-quadratic**: " in text
    assert {line.count(" | ") for line in text.splitlines() if line.startswith("|")} == {2}


# What the pages say of failure is so.


class Notes:
    """An observer that keeps what it is told."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.runs: list[str] = []

    def note(self, line: str) -> None:
        self.lines.append(line)

    def planned(self, runs: int, workers: int, seconds: float | None, of_one: Mapping[str, float]) -> None: ...

    def progressed(self, record: Any, outlook: Any) -> None:
        if record is not None:
            self.runs.append(record.run_id)


def write_plugin(name: str, hook: str, body: str, arguments: str = "") -> str:
    Path(f"{name}.py").write_text(
        f"import optbench\ncalls = []\n@optbench.hookimpl\ndef {hook}({arguments}):\n    {body}\n", encoding="utf-8"
    )
    return f"{name}.py"


def test_a_listener_that_fails_is_noted_once_and_no_record_is_lost(folder: Path, run: Callable[..., Any]) -> None:
    hook = "optbench_run_finished"
    fails = write_plugin(
        "fails", hook, "calls.append(done)\n    if done == 2: raise ValueError('full')", "record, done, total"
    )
    works = write_plugin("works", hook, "calls.append(record.run_id)", "record")
    observer = Notes()
    finished = run("small.toml", observer, plugins=[fails, works], optimizers=["adam", "sgd"])
    assert observer.lines == [
        "plugin fails.py: optbench_run_finished failed and is not called again: ValueError('full')"
    ]
    assert sys.modules["fails"].calls == [1, 2]
    assert sys.modules["works"].calls == observer.runs
    assert records(finished.folder).keys() == set(observer.runs)
    assert len(observer.runs) == 4


def test_runs_recorded_earlier_are_not_told_again(folder: Path, run: Callable[..., Any]) -> None:
    works = write_plugin("works", "optbench_run_finished", "calls.append((done, total))", "done, total")
    run("small.toml", optimizers=["adam"])
    run("small.toml", optimizers=["adam", "sgd"], plugins=[works])
    assert sys.modules["works"].calls == [(3, 4), (4, 4)]


def test_what_an_environment_hook_does_wrong_is_noted_and_the_runs_are_as_they_would_have_been(
    folder: Path, run: Callable[..., Any]
) -> None:
    hook = "optbench_environment"
    wrong = {
        "raises": "raise LookupError('no driver')",
        "exits": "raise SystemExit(3)",
        "returns_text": "return 'driver 570'",
        "returns_nothing": "return None",
    }
    right = {"says": "return {'driver': 570, 'unsayable': '\\udcff'}", "has_nothing_to_say": "return {}"}
    plugins = [write_plugin(name, hook, body) for name, body in (wrong | right).items()]
    before = records(run("small.toml", results="without").folder)
    after = records(run("small.toml", plugins=plugins).folder)
    assert after.keys() == before.keys()
    for run_id, record in after.items():
        assert what_was_measured(record) == what_was_measured(before[run_id])
        assert record.environment["said_by_plugins"] == {"says.py": {"driver": "570", "unsayable": "?"}}
        notes = record.environment["plugin_notes"]
        assert sorted(note.partition(":")[0] for note in notes) == sorted(f"plugin {name}.py" for name in wrong)
        assert all("\n" not in note for note in notes)


def test_a_reporter_that_fails_is_named_and_the_page_is_there(
    folder: Path, run: Callable[..., Any], capsys: pytest.CaptureFixture[str]
) -> None:
    Path("reporters.py").write_text(
        "import optbench\n"
        "def writes(report, folder):\n"
        "    (folder / 'tables.txt').write_text(' '.join(table.name for table in report.tables))\n"
        "def fails(report, folder):\n"
        "    raise KeyError('no such table')\n"
        "@optbench.hookimpl\n"
        "def optbench_reporters():\n"
        "    yield optbench.Reporter(name='writes', build=writes)\n"
        "    yield optbench.Reporter(name='fails', build='reporters:fails')\n"
        "    yield optbench.Reporter(name='lost', build='no_such_module_anywhere:write')\n"
    )
    with pytest.raises(optbench.PluginError, match=r"^reporter 'fails' failed: KeyError\('no such table'\); .*report$"):
        run("small.toml", plugins=["reporters.py"], reporters=["writes", "fails"])
    report = Path("results/small/report")
    assert (report / "index.html").read_text().startswith("<!")
    assert (report / "tables.txt").read_text().startswith("main-result ")
    assert all_completed(Path("results/small"))

    with pytest.raises(SystemExit) as ended:
        main(["report", "results/small", "--plugin", "reporters.py", "--reporter", "lost", "--out", "again"])
    (line,) = capsys.readouterr().err.splitlines()
    assert ended.value.code == 2
    assert line.startswith("optbench: reporter 'lost' failed: ModuleNotFoundError")
    assert Path("again/index.html").is_file()


@pytest.mark.parametrize(
    ("option", "name", "message"),
    [
        ("--executor", "locla", "unknown executor 'locla'; did you mean 'local'?"),
        ("--diagnostic", "gradient-nrom", "unknown diagnostic 'gradient-nrom'; did you mean 'gradient-norm'?"),
        ("--reporter", "latxe", "unknown reporter 'latxe'; did you mean 'latex'?"),
    ],
)
def test_an_unknown_name_is_one_line_before_anything_runs(
    option: str, name: str, message: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["run", "small.toml", option, name])
    assert ended.value.code == 2
    assert capsys.readouterr().err.splitlines() == [f"optbench: {message}"]
    assert not Path("results").exists()


def test_an_executor_that_cannot_be_used_is_one_line_and_nothing_is_written(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("no_context.py").write_text(
        "import optbench\n"
        "@optbench.hookimpl\n"
        "def optbench_executors():\n"
        "    yield optbench.Executor(name='none', build=lambda work: object())\n"
    )
    with pytest.raises(SystemExit) as ended:
        main(["run", "small.toml", "--plugin", "no_context.py", "--executor", "none"])
    assert ended.value.code == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("optbench: executor 'none' cannot be used: TypeError: ")
    assert line.endswith("object' object does not support the context manager protocol")
    assert not Path("results").exists()


@pytest.mark.slow
@pytest.mark.parametrize(
    "hook",
    [f"optbench_{kind}" for kind in ("optimizers", "models", "datasets", "schedules", "losses", "metrics")],
)
def test_the_example_conforms(hook: str, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name, code in PAGES[hook].files.items():
        Path(name).write_text(code, encoding="utf-8")
    (line,) = (line for line in PAGES[hook].commands if line.startswith("optbench check"))
    with pytest.raises(SystemExit) as ended:
        main(shlex.split(line)[1:])
    assert ended.value.code == 0, capsys.readouterr().out
