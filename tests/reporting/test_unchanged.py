"""A campaign with nothing to do leaves its report as it is, and writes it anew where anything is not as it was."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from optbench import session
from optbench.reporting import write

CHANGES: dict[str, Callable[[Path], object]] = {
    "a record": lambda folder: os.utime(next(folder.glob("runs/*/*/*.json"))),
    "a record that is gone": lambda folder: next(folder.glob("runs/*/*/*.json")).unlink(),
    "a timing": lambda folder: _put(folder / "timings" / "t" / "cpu.json"),
    "contours": lambda folder: _put(folder / "contours" / "t.json"),
    "the page": lambda folder: (folder / "report" / "index.html").write_text("mine"),
    "no page": lambda folder: (folder / "report" / "index.html").unlink(),
    "a table that is gone": lambda folder: next(folder.glob("report/tables/*.csv")).unlink(),
    "the note": lambda folder: (folder / "report" / "written.json").write_text("{"),
}


def _put(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("{}")


@pytest.mark.usefixtures("no_figures")
def test_a_report_is_written_anew_if_and_only_if_something_has_changed(
    tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    first = session.run(tiny, progress=False, devices=["cpu"], profile="smoke", optimizers=["adam"])
    assert first.written is not None
    written: list[Path] = []
    original = write.write_report
    monkeypatch.setattr(write, "write_report", lambda *args: written.append(args[1]) or original(*args))

    def again() -> session.Finished:
        return session.run(tiny, progress=False, devices=["cpu"], profile="smoke", optimizers=["adam"])

    second = again()
    assert written == []
    assert second.written is not None
    assert (second.page, second.statuses, second.written.summary) == (first.page, first.statuses, first.written.summary)
    assert second.written.outcome["verdicts"] == first.written.outcome["verdicts"]
    for number, (what, change) in enumerate(CHANGES.items(), start=1):
        change(second.folder)
        again()
        assert len(written) == number, what
    records = second.folder / "runs"
    (records / ".half-written.json.part").write_text("{")
    (records / "nowhere.json").symlink_to("nowhere")
    again()
    assert len(written) == len(CHANGES)
    monkeypatch.setenv("COLUMNS", "70")
    again()
    assert len(written) == len(CHANGES) + 1
