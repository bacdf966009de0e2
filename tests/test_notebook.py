"""What notebooks rely on: the notebook of the docs, bars, classes from cells, and what `help` says."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbclient
import nbformat
import pytest
import torch

import optbench
from optbench import progress
from optbench.components.component import resolve
from optbench.errors import UsageError
from optbench.execution.campaign import Outlook
from optbench.observers import LoggingObserver
from optbench.options import parse_options
from optbench.plan import prepare
from optbench.progress import BarObserver
from optbench.reporting.drawings import TITLES
from optbench.store.frame import COLUMNS

NOTEBOOK = Path(optbench.__file__).parent.parent / "docs" / "notebook.ipynb"


def outputs(notebook: Any) -> list[dict[str, Any]]:
    """What the cells of a notebook show, by type, and what they print."""
    shown = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    return [dict(output.get("data", {})) | {"text": output.get("text", "")} for output in shown]


@pytest.mark.skipif(not NOTEBOOK.is_file(), reason="needs a checkout")
def test_the_notebook_of_the_docs_runs_and_shows_tables_and_figures(tmp_path: Path) -> None:
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    assert not [cell for cell in notebook.cells if cell.get("outputs")], "it is kept without outputs"
    nbclient.NotebookClient(notebook, timeout=200, resources={"metadata": {"path": str(tmp_path)}}).execute()
    shown = outputs(notebook)
    finished = [output["text/html"] for output in shown if "<svg" in output.get("text/html", "")]
    assert len(finished) == 2
    assert all(name in finished[0] for name in ("sgd", "momentum", "adam")) and "SignDescent" in finished[1]
    assert [output for output in shown if "image/png" in output and "Figure" in output["text/plain"]]
    assert re.search(r"optbench 100% .* (\d+)/\1 runs", "".join(output["text"] for output in shown))
    assert (tmp_path / "my-report" / "index.html").is_file()


class _Defined(torch.optim.SGD):
    """A class that tests pass where users pass theirs."""


def test_a_class_from_a_module_stands_for_its_import_string() -> None:
    assert parse_options({"optimizers": [torch.optim.AdamW, "sgd", _Defined]}).optimizers == [
        "torch.optim.adamw:AdamW",
        "sgd",
        f"{__name__}:_Defined",
    ]


def test_a_class_that_workers_cannot_import_is_refused_with_the_way_out(monkeypatch: pytest.MonkeyPatch) -> None:
    class Lion(torch.optim.SGD):
        pass

    way_out = r"move it to a file, lion\.py \(in a notebook: .* %%writefile lion\.py\), and name it 'lion:Lion'$"
    with pytest.raises(UsageError, match=f"^Lion is defined inside a function, .*; {way_out}"):
        parse_options({"optimizers": [Lion]})
    Lion.__module__, Lion.__qualname__ = "__main__", "Lion"
    for refuse in (lambda: parse_options({"optimizers": [Lion]}), lambda: resolve("__main__:Lion")):
        with pytest.raises(UsageError, match=f"^Lion is defined in the notebook or script itself, .*; {way_out}"):
            refuse()


def test_what_is_named_in_main_is_refused_before_anything_runs(tiny: Path, tmp_path: Path) -> None:
    with pytest.raises(
        UsageError, match=r"optimizer 'Lion': Lion is defined in the notebook or script itself"
    ) as caught:
        optbench.run(tiny, optimizers=["__main__:Lion"], devices=["cpu"], results=tmp_path / "results")
    assert len(str(caught.value).splitlines()) == 1
    assert not (tmp_path / "results").exists()


@pytest.mark.parametrize(
    ("notebook", "wanted", "shown"), [(True, True, True), (True, False, False), (False, True, False)]
)
def test_a_bar_is_shown_in_notebooks_unless_it_is_not_wanted(
    notebook: bool, wanted: bool, shown: bool, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(progress, "in_notebook", lambda: notebook)
    with BarObserver(wanted) as bar:
        for done in (0, 3, 4):
            bar.progressed(None, Outlook(done={"a": done}, expected={"a": 4}))
    assert ("4/4 runs" in capsys.readouterr().err) == shown


def test_a_terminal_has_a_bar_too(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    with BarObserver() as bar:
        bar.progressed(None, Outlook(done={"a": 4}, expected={"a": 4}))
    assert "4/4 runs" in capsys.readouterr().err


def test_help_describes_every_column() -> None:
    described = re.findall(r"^- `(\w+)`: (.+)$", optbench.load_results.__doc__ or "", re.MULTILINE)
    assert dict(described) == COLUMNS


def test_help_lists_every_figure() -> None:
    listed = (optbench.plot.__doc__ or "").partition("`name` is ")[2]
    assert set(re.findall(r"`([a-z-]+)`", listed)) == {*TITLES}


def test_what_is_finished_and_planned_says_what_it_is(
    write_suite: Callable[[str], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    suite = write_suite(
        """
        name = "small"
        protocol = { name = "defaults", report_seeds = [1000, 1001] }
        tasks = [{ name = "ols", task = "linear-regression", steps = 20, evaluations = 3 }]
        optimizers = ["sgd", { name = "lion", optimizer = "tests.support.lion:Lion" }]
        """
    )
    options = parse_options({"devices": ["cpu"]})
    plan = prepare(suite, options, LoggingObserver())
    assert re.fullmatch(
        r"Plan of small: 4 runs, 0 of them recorded in results/small, about \d+ s on \d+ workers?", repr(plan)
    )
    assert "<td" in plan._repr_html_() and ">ols<" in plan._repr_html_()
    finished = optbench.run(suite, devices=["cpu"])
    assert repr(finished) == (
        "Finished: 4 runs (4 completed) in results/small; the report is results/small/report/index.html"
    )
    html = finished._repr_html_()
    assert html.count("<table>") == html.count("<svg") == 1
    assert ">lion<" in html
    assert Path(finished) == finished.folder
    assert len(optbench.load_results(finished)) == 4 * 3
    figure = optbench.plot(finished, "learning-curves", optimizers=["lion"])
    assert [axes.get_title() for axes in figure.axes] == ["ols"]
    copy = tmp_path / "copy"
    for path in finished.folder.rglob("*.json"):
        target = copy / path.relative_to(finished.folder)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(path.read_bytes())
    compared = optbench.compare(finished.folder, copy)
    assert re.fullmatch(r"Compared: \d+ measures, \d+ same", repr(compared))
    assert "<table>" in compared._repr_html_() and "<svg" in compared._repr_html_()
