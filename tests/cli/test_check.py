"""`optbench check`: what it prints, how it exits, and that what it examines can do it no harm."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from optbench.cli.main import main
from optbench.testing import examiner
from optbench.testing.optimizers import CHECKS
from tests.conftest import FAULTY
from tests.support.platforms import posix_only


@pytest.fixture
def check(
    capfd: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., tuple[int, str, str]]:
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str | Path) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as ended:
            main(["check", *map(str, arguments)])
        output = capfd.readouterr()
        return int(ended.value.code or 0), output.out, output.err

    return run


def test_what_conforms_is_one_line_with_its_declared_limits(check: Callable[..., tuple[int, str, str]]) -> None:
    code, out, _ = check("rprop", "--only", "group-lr", "--only", "determinism")
    assert code == 0
    assert out.splitlines() == [
        "optimizer rprop: 1 passed, 1 declared limit",
        "  group-lr: declared limit: lr is the first step size only; later ones come from the signs of the gradients",
    ]


def test_a_failure_says_what_was_expected_what_was_seen_and_why_it_matters(
    check: Callable[..., tuple[int, str, str]], tmp_path: Path
) -> None:
    (tmp_path / "my_backward_sgd.py").write_text(
        "import torch\nclass Backward(torch.optim.SGD):\n    def __init__(self, params, lr=0.1):\n"
        "        super().__init__(params, lr=lr, maximize=True)\n"
    )
    code, out, _ = check("my_backward_sgd:Backward", "--only", "descends", "--only", "lr-zero")
    assert code == 1
    words = re.sub(r"\s+", " ", out)
    assert "optimizer my_backward_sgd:Backward: 1 passed, 1 failed descends failed expected: On a convex" in words
    assert "seen: the loss at lr_ref does not fall; its ratio to the first one by rate:" in words
    assert "why: A wrong sign, or an lr_ref that is far off" in words


@posix_only
def test_what_crashes_or_hangs_is_a_finding_and_the_others_go_on(
    check: Callable[..., tuple[int, str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(examiner, "TIMEOUT", 10.0)
    code, out, _ = check("segfaults", "hangs", "adam", "--plugin", FAULTY, "--only", "state-dict", "--json")
    assert code == 1
    seen = {found["component"]: (found["outcome"], found["seen"]) for found in json.loads(out)}
    assert seen["segfaults"] == ("failed", "its process was killed by SIGSEGV")
    assert seen["hangs"] == ("failed", "still running after 10 s")
    assert seen["adam"] == ("passed", "")


LOUD = """
import os, torch
print("Loud 1.0 welcomes you")
class Loud(torch.optim.SGD):
    def __init__(self, params, lr=0.1):
        os.write(2, b"Loud is at work\\n")
        super().__init__(params, lr=lr)
class NeedsMore(torch.optim.SGD):
    def __init__(self, params, ess, lr=0.1):
        super().__init__(params, lr=lr)
class Worse(Loud):
    def step(self, closure=None):
        for group in self.param_groups:
            group["params"][0].data += 1
"""


def test_an_optimizer_that_does_not_build_is_told_once(
    check: Callable[..., tuple[int, str, str]], tmp_path: Path
) -> None:
    (tmp_path / "loud.py").write_text(LOUD)
    code, out, _ = check("loud:NeedsMore")
    assert code == 1
    assert re.findall(r"^  (\S+) failed$", out, re.MULTILINE) == ["builds"]
    words = re.sub(r"\s+", " ", out)
    assert words.count("loud:NeedsMore needs ess: give it in a suite, fixed = { ess = … }") == 1
    assert re.search(r"^optimizer loud:NeedsMore: 1 failed, (\d+) not examined$", out, re.MULTILINE)
    assert re.findall("^  not examined: (.*)$", out, re.MULTILINE) == [f"{len(CHECKS) - 1} checks: it does not build"]


def test_what_a_package_prints_is_shown_where_it_fails_or_is_asked_for(
    check: Callable[..., tuple[int, str, str]], tmp_path: Path
) -> None:
    (tmp_path / "loud.py").write_text(LOUD)
    code, out, err = check("loud:Loud", "--only", "builds")
    assert (code, out, err) == (0, "optimizer loud:Loud: 1 passed\n", "")
    _, out, _ = check("loud:Loud", "--only", "builds", "-v")
    assert out.splitlines()[1:] == [
        "  builds: passed",
        "    it printed:",
        "      Loud 1.0 welcomes you",
        "      Loud is at work",
    ]
    code, out, _ = check("loud:Worse", "--only", "zero-gradient")
    assert code == 1
    assert "    it printed:\n      Loud 1.0 welcomes you\n      Loud is at work\n" in out


def test_what_is_not_examined_is_said_with_the_declaration_that_it_needs(
    check: Callable[..., tuple[int, str, str]],
) -> None:
    code, out, _ = check("adafactor", "--only", "update-rule", "--only", "builds")
    assert code == 0
    assert out.splitlines()[0] == "optimizer adafactor: 1 passed, 1 not examined"
    assert out.splitlines()[1].startswith("  not examined: its update rule: declare update_rule=… (sgd, ")


def test_a_model_a_data_set_and_a_task_of_one_name_are_all_examined(check: Callable[..., tuple[int, str, str]]) -> None:
    code, out, _ = check("quadratic", "--only", "determinism", "-v")
    assert code == 0
    assert re.findall(r"^\w+ quadratic", out, re.MULTILINE) == [
        "model quadratic",
        "dataset quadratic",
        "task quadratic",
    ]
    assert out.endswith("in all: 3 passed\n")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["adamm"], "unknown component or distribution 'adamm'; did you mean 'adam'?"),
        (["adam", "--only", "state-dct"], "unknown check 'state-dct'; did you mean 'state-dict'?"),
        ([], "Missing argument 'NAMES...'."),
    ],
)
def test_a_mistake_is_one_line(check: Callable[..., tuple[int, str, str]], arguments: list[str], message: str) -> None:
    code, _, err = check(*arguments)
    assert code == 2
    assert message in err
    assert len(err.splitlines()) == 1
