"""`optbench merge`: the union of results folders, the same in any order and however often, and nothing lost."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from optbench.cli.main import optbench as command
from optbench.errors import ResultsError
from optbench.store.load import read_results
from optbench.store.merge import merge
from optbench.store.store import Store
from optbench.store.verify import verify
from optbench.suite.suite import Suite
from tests.support.folders import SUITE, make_folder


def part(root: Path, which: int, of: int = 2) -> Store:
    """Make a folder with every second record of the campaign."""
    store = make_folder(root, timed=which == 0)
    for number, path in enumerate(store.paths()):
        if number % of != which:
            path.unlink()
    return store


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*.json")}


def test_the_parts_of_a_campaign_are_the_whole_in_any_order_and_however_often(tmp_path: Path) -> None:
    whole = make_folder(tmp_path / "whole", timed=True)
    parts = [part(tmp_path / f"{which}", which).root for which in (0, 1)]
    before = [contents(folder) for folder in parts]
    for name, sources in (("forward", parts), ("backward", [*reversed(parts)])):
        done = merge(sources, tmp_path / name)
        assert (done.added, done.conflicts, done.unreadable) == (len(whole.paths()) + 1, [], [])
        assert contents(tmp_path / name) == contents(whole.root)
        assert verify(tmp_path / name).findings == ()
        again = merge(sources, tmp_path / name)
        assert (again.added, again.already_there) == (0, len(whole.paths()) + 1)
        assert contents(tmp_path / name) == contents(whole.root)
    assert [contents(folder) for folder in parts] == before
    merged, all_of_it = (
        read_results([folder]).frame.drop(columns="source") for folder in (tmp_path / "forward", whole.root)
    )
    assert merged.equals(all_of_it)


def test_parts_with_other_tasks_and_optimizers_are_joined(tmp_path: Path) -> None:
    narrowed = [
        SUITE.model_copy(
            update={"optimizers": (entry,), "left_out": tuple(e.name for e in SUITE.optimizers if e != entry)}
        )
        for entry in SUITE.optimizers
    ]
    parts = [make_folder(tmp_path / str(i), suite).root for i, suite in enumerate(narrowed)]
    merge(parts, tmp_path / "whole")
    assert Store(tmp_path / "whole").suite() == SUITE
    assert verify(tmp_path / "whole").findings == ()


def test_a_run_that_two_sources_record_differently_is_named_and_the_first_stays(tmp_path: Path) -> None:
    one, other = make_folder(tmp_path / "one"), make_folder(tmp_path / "other")
    path = other.paths()[0]
    place = path.relative_to(other.root)
    path.write_text(path.read_text().replace('"train_seconds": 0.02', '"train_seconds": 0.5'))
    path.write_text(json.dumps(json.loads(path.read_bytes()) | {"started": "2026-02-03T00:00:00+00:00"}))
    done = merge([one.root, other.root], tmp_path / "whole")
    assert done.conflicts == [f"{path}: is not what {tmp_path / 'whole' / place} says, which is kept"]
    assert (tmp_path / "whole" / place).read_bytes() == (one.root / place).read_bytes()
    assert merge([other.root, one.root], tmp_path / "whole").conflicts == done.conflicts
    assert path.exists()


def test_a_damaged_record_gives_way_to_a_sound_one_and_is_kept_beside(tmp_path: Path) -> None:
    source, target = make_folder(tmp_path / "source", timed=True), make_folder(tmp_path / "target", timed=True)
    damaged, unreadable = target.paths()[0], source.paths()[1]
    damaged.write_text("damaged")
    (timing,) = target.timings.glob("*/*.json")
    timing.write_text("damaged, too")
    unreadable.write_text("{")
    done = merge([source.root], target.root)
    assert damaged.read_bytes() == (source.root / damaged.relative_to(target.root)).read_bytes()
    assert [path.read_text() for path in target.attempts.rglob("*.json")] == ["damaged"]
    assert len(done.unreadable) == 1 and done.unreadable[0].startswith(f"{unreadable}: ")
    assert len(done.conflicts) == 1 and done.conflicts[0].endswith(f"{timing} says, which is kept")
    assert [finding.place for finding in verify(target.root).findings] == [str(timing.relative_to(target.root))]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"name": "other"}, "it is of name 'other', not 'made-up'"),
        ({"profile": "paper"}, "it is of profile 'paper', not 'default'"),
        ({"protocol": SUITE.protocol.with_report_seeds(3)}, "it is of another protocol"),
        (
            {"optimizers": (SUITE.optimizers[0].model_copy(update={"lr_ref": 0.5}),)},
            "optimizer 'sgd' has another lr_ref",
        ),
        (
            {"tasks": (SUITE.tasks[0].model_copy(update={"data_checksum": "1"}),)},
            "task 'surface' has another data_checksum",
        ),
        (
            {
                "tasks": (
                    SUITE.tasks[0].model_copy(update={"task": SUITE.tasks[0].task.model_copy(update={"steps": 9})}),
                )
            },
            "task 'surface' has another steps",
        ),
    ],
)
def test_folders_that_do_not_belong_together_are_refused_in_one_line_before_anything_is_written(
    tmp_path: Path, change: dict[str, Any], reason: str
) -> None:
    one = make_folder(tmp_path / "one")
    other = Store(tmp_path / "other")
    other.open(SUITE.model_copy(update=change), extend=False)
    with pytest.raises(ResultsError) as refused:
        merge([one.root, other.root], tmp_path / "whole")
    assert str(refused.value) == f"{str(other.root)!r} does not belong to {str(one.root)!r}: {reason}"
    assert not (tmp_path / "whole").exists()


def test_what_only_describes_does_not_keep_folders_apart(tmp_path: Path) -> None:
    one = make_folder(tmp_path / "one")
    entry = SUITE.optimizers[0].model_copy(update={"description": "in other words"})
    merge([make_folder(tmp_path / "other", SUITE.model_copy(update={"optimizers": (entry,)})).root], one.root)
    assert isinstance(one.suite(), Suite)


@pytest.mark.parametrize("sources", [["s", "nowhere"], ["s", "into"]])
def test_what_is_no_source_is_the_users_mistake(sources: list[str], tmp_path: Path) -> None:
    make_folder(tmp_path / "s")
    shutil.copytree(tmp_path / "s", tmp_path / "into")
    with pytest.raises(ResultsError, match=r"is no results folder|is a source and the folder to merge into"):
        merge([tmp_path / name for name in sources], tmp_path / "into")


def test_the_command_exits_with_1_for_conflicts_and_says_how_many_files_it_copied(tmp_path: Path) -> None:
    one, other = make_folder(tmp_path / "one"), make_folder(tmp_path / "other")

    def run(*arguments: str) -> Any:
        return CliRunner().invoke(command, ["merge", *arguments], standalone_mode=False)

    done = run(str(one.root), str(other.root), "--into", str(tmp_path / "whole"))
    count = len(one.paths())
    assert (done.return_value, done.output) == (
        0,
        f"{count} files added to {tmp_path / 'whole'}, {count} already there\n",
    )
    path = other.paths()[0]
    path.write_text(json.dumps(json.loads(path.read_bytes()) | {"started": "2026-02-03"}))
    done = run(str(other.root), "--into", str(tmp_path / "whole"), "--json")
    assert done.return_value == 1
    assert len(json.loads(done.output)["conflicts"]) == 1
