"""What docs/security.md promises, line by line: results, suites and records of strangers are data."""

from __future__ import annotations

import csv
import io
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

import optbench
from optbench.cli.main import main
from optbench.errors import ResultsError
from optbench.execution.campaign import Campaign
from optbench.registry.discovery import load_registry
from optbench.reporting.as_csv import as_csv
from optbench.reporting.write import write_report
from optbench.runs.contours import contours_of
from optbench.runs.record import RunRecord, RunStatus
from optbench.store.load import read_results
from optbench.store.store import Store
from optbench.suite.suite import Suite
from tests.support.folders import ENVIRONMENT, SUITE, made_up_record, make_folder, submit
from tests.support.platforms import posix_only

HTML = '<script>alert(1)</script><img src=x onerror="alert(2)">'
LATEX = r"\input{/etc/passwd}\immediate\write18{id}$\frac{"
FORMULA = "=cmd|' /C calc'!A0"
ESCAPES = "\x1b]0;owned\x07\x1b[2J\x9b31m\u202e"
NAMED = "evil:function"
"""An import string; importing its module fails the test."""


def hostile_folder(root: Path, payload: str) -> Store:
    """Make a results folder with a payload wherever its suite and its records may hold any text."""
    tasks = tuple(
        planned.model_copy(
            update={
                "task": planned.task.model_copy(update=dict.fromkeys(("description", "reference", "model"), payload)),
                "instead_of": payload,
                "data_checksum": payload,
            }
        )
        for planned in SUITE.tasks
    )
    texts = dict.fromkeys(("description", "reference", "distribution", "weight_decay_mode", "schedule"), payload)
    entries = tuple(
        entry.model_copy(update=texts | {"changed": (payload,), "hyperparameters": {payload: payload}})
        for entry in SUITE.optimizers
    )
    lists = {"notes": (payload,), "left_out": (payload,)}
    suite = SUITE.model_copy(update={"description": payload, "tasks": tasks, "optimizers": entries} | lists)
    store = Store(root)
    store.open(suite, extend=False)
    for record in Campaign(suite.protocol, suite.cells(), {}).run(submit):
        store.add(_hostile(record, payload))
    assert not [note for note in read_results([root]).sources[0].notes if "unreadable" in note]
    return store


def _hostile(record: RunRecord, payload: str) -> RunRecord:
    texts = {name: payload for name, value in ENVIRONMENT.items() if isinstance(value, str) and name != "machine"}
    tables: dict[str, Any] = {"plugins": {payload: payload}, "plugin_notes": [payload], payload: payload}
    failed = {"status": RunStatus.FAILED, "final": None} if record.spec.seed == 1001 else {}
    points = tuple(
        point.model_copy(update={"diagnostics": {**point.diagnostics, payload: 1.0}}) for point in record.evaluations
    )
    said = {"reason": payload, "error": payload, "notes": (payload,), "started": payload, "evaluations": points}
    return record.model_copy(update=said | failed | {"environment": ENVIRONMENT | texts | tables})


@pytest.fixture
def command(capfd: pytest.CaptureFixture[str]) -> Callable[..., str]:
    """Run a command and return all that it told."""

    def run(*arguments: str | Path) -> str:
        with pytest.raises(SystemExit):
            main([str(argument) for argument in arguments])
        output = capfd.readouterr()
        return output.out + output.err

    return run


@pytest.fixture
def evil(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A module that can be imported, and must not be."""
    (tmp_path / "evil.py").write_text("raise SystemExit('imported')\n")
    monkeypatch.syspath_prepend(tmp_path)
    yield
    assert "evil" not in sys.modules


def naming(suite: Suite) -> Suite:
    """The suite with a function of a module in each field that takes one."""
    tasks = tuple(
        planned.model_copy(
            update={
                "task": planned.task.model_copy(
                    update=dict.fromkeys(("optimum", "augmentation", "lr_factors", "loss", "schedule"), NAMED)
                    | {"test_function": SUITE.tasks[0].task.test_function.model_copy(update={"function": NAMED})}
                )
            }
        )
        for planned in suite.tasks
    )
    named = dict.fromkeys(("component", "schedule", "lr_factors"), NAMED)
    return suite.model_copy(
        update={"tasks": tasks, "optimizers": tuple(entry.model_copy(update=named) for entry in suite.optimizers)}
    )


@pytest.mark.usefixtures("evil", "no_figures")
def test_reading_and_reporting_import_nothing_that_suite_or_records_name(
    tmp_path: Path, command: Callable[..., str]
) -> None:
    store = make_folder(tmp_path / "s", naming(SUITE), timed=True)
    run_id = store.paths()[0].stem
    assert "Report: " in command("report", store.root)
    assert "Traceback" not in command("show", run_id, "--results", store.root)
    command("compare", f"{store.root}:sgd", f"{store.root}:adam")
    command("power", store.root)
    optbench.load_results(store.root)
    Store(store.root).joined(SUITE.model_copy(update={"optimizers": ()}), extend=True)


def test_contours_are_numbers_in_the_folder_and_a_report_without_them_calls_nothing(tmp_path: Path) -> None:
    store = make_folder(tmp_path / "s")
    assert read_results([store.root]).contours == {}
    (store.contours / "surface.json").parent.mkdir()
    (store.contours / "surface.json").write_text(
        '{"function": {"function": "evil:f", "window": [[0, 1]]}, "values": []}'
    )
    (source,) = read_results([store.root]).sources
    assert [note for note in source.notes if note.startswith("contours surface.json are left out: ")]


def test_the_page_shows_markup_as_text(tmp_path: Path, no_figures: None) -> None:
    text = optbench.report(hostile_folder(tmp_path / "s", HTML).root, formats=("svg",)).read_text()
    assert "&lt;script&gt;alert(1)" in text
    assert "<script>alert" not in text
    assert "<img src=x" not in text


def test_latex_shows_commands_as_text(tmp_path: Path, no_figures: None) -> None:
    store = hostile_folder(tmp_path / "s", LATEX)
    latex = load_registry().reporters["latex"].component
    write_report(read_results([store.root]), tmp_path / "out", ("svg",), [latex])
    written = "".join(path.read_text() for path in (tmp_path / "out").rglob("*.tex"))
    assert r"\textbackslash{}input\textbraceleft{}" in written
    assert r"\input{/etc" not in written and r"\write18" not in written


def test_no_text_in_a_csv_file_is_a_formula(tmp_path: Path, no_figures: None) -> None:
    store = hostile_folder(tmp_path / "s", FORMULA)
    optbench.report(store.root, formats=("svg",))
    files = sorted((store.root / "report").rglob("*.csv"))
    cells = [cell for file in files for row in csv.reader(io.StringIO(file.read_text())) for cell in row]
    assert f"'{FORMULA}" in cells
    assert [cell for cell in cells if cell.startswith(("=", "@"))] == []


@pytest.mark.parametrize(
    ("content", "written"),
    [
        ({"a": ["=1+1"]}, "a\n'=1+1\n"),
        ({"=a": ["+1+1", "@x", "-x", "\tx"]}, "'=a\n'+1+1\n'@x\n'-x\n'\tx\n"),
        ({"a": [-0.5]}, "a\n-0.5\n"),
        ({"a": ["-0.5", "plain", None]}, 'a\n-0.5\nplain\n""\n'),
    ],
)
def test_numbers_stay_numbers_and_formulas_become_texts(content: Mapping[str, Any], written: str) -> None:
    import pandas as pd

    assert as_csv(pd.DataFrame(content)) == written


def test_a_terminal_shows_control_characters_and_does_not_obey_them(
    tmp_path: Path, command: Callable[..., str], no_figures: None
) -> None:
    store = hostile_folder(tmp_path / "s", ESCAPES)
    log = tmp_path / "log"
    for arguments in (
        ("report", store.root, "--log-file", log),
        ("show", store.paths()[-1].stem, "--results", store.root),
        ("show", ESCAPES, "--results", store.root),
        ("report", store.root, "--json"),
    ):
        told = command(*arguments)
        assert told
        assert not {*told} & {*"\x1b\x07\x9b\u202e"}, arguments
    assert not {*log.read_text()} & {*"\x1b\x07\x9b\u202e"}


@posix_only
@pytest.mark.parametrize("link", ["runs/surface", "timings", "contours", "attempts", "report", "report/tables"])
def test_nothing_is_written_through_a_link_that_leads_out_of_the_folder(
    link: str, tmp_path: Path, no_figures: None
) -> None:
    store, outside = make_folder(tmp_path / "s"), tmp_path / "outside"
    outside.mkdir()
    path = store.root / link
    if path.exists():
        path.rename(tmp_path / "before")
    path.parent.mkdir(exist_ok=True)
    path.symlink_to(outside)
    record = made_up_record(next(SUITE.cells()).spec({"lr": 0.5}, 7, "tune"))
    attempts: dict[str, Callable[[], object]] = {
        "runs/surface": lambda: store.add(record),
        "timings": lambda: make_folder(tmp_path / "s", timed=True),
        "contours": lambda: store.add_contours("surface", _any_contours()),
        "attempts": lambda: store.set_aside(store.paths()[0]),
    }
    with pytest.raises(ResultsError, match="a link leads out of that folder"):
        attempts.get(link, lambda: optbench.report(store.root, formats=("svg",)))()
    assert list(outside.iterdir()) == []


def _any_contours() -> Any:
    function = SUITE.tasks[0].task.test_function
    assert function is not None
    return contours_of(function)


@pytest.mark.parametrize("name", ["../../elsewhere", "/etc/x", "a/b", ".", ""])
def test_names_that_could_be_paths_are_refused_when_they_are_read(name: str, tmp_path: Path) -> None:
    store = make_folder(tmp_path / "s")
    store.manifest.write_text(store.manifest.read_text().replace('"name": "sgd"', f'"name": "{name}"'))
    with pytest.raises(ResultsError, match="damaged or of another version"):
        store.suite()
