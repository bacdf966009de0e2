"""The adapters in plugins/, installed together: none clashes, all are listed at once, and the zoo names them all."""

from __future__ import annotations

import json
import random
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from optbench.builtin.optimizers import OPTIMIZERS
from optbench.components.optimizer import Optimizer
from optbench.execution.checkpoints import loaded, serialised
from optbench.registry.discovery import load_registry
from optbench.registry.registry import Registry
from optbench.suite.load import load_suite_file
from optbench.training.restorable import why_not_restorable
from optbench.training.side_by_side.trial import why_apart
from tests.support.interrupted import STEPS, built, resumed, stopped, whole
from tests.test_structure import HEAVY
from tests.training import test_side_by_side
from tests.training.test_loop import CPU
from tests.training.test_side_by_side import TASKS, assert_same, singly, spec_of, together

ROOT = Path(__file__).parent.parent
ADAPTERS = sorted(path.parent.name for path in ROOT.glob("plugins/*/pyproject.toml"))
LIBRARIES = {"pytorch_optimizer", "heavyball", "schedulefree", "tensorboardX", "distributed"}


@pytest.fixture(scope="module")
def everything(request: pytest.FixtureRequest) -> Iterator[Registry]:
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("OPTBENCH_PLUGINS", raising=False)
        registry = load_registry()
        missing = set(ADAPTERS) - {plugin.name for plugin in registry.plugins}
        if missing and not request.config.getoption("--with-adapters"):
            pytest.skip(f"needs the adapters: pip install {' '.join(f'plugins/{name}' for name in sorted(missing))}")
        assert not missing
        yield registry


def listed(*arguments: str) -> tuple[Any, set[str]]:
    """The JSON that a command prints, and the packages that it imports for it."""
    script = (
        "import sys\nfrom optbench.cli.main import main\ntry:\n    main(sys.argv[1:])\n"
        "finally:\n    print('imported:', *sorted({m.partition('.')[0] for m in sys.modules}), file=sys.stderr)\n"
    )
    done = subprocess.run([sys.executable, "-c", script, *arguments], capture_output=True, text=True, check=True)
    return json.loads(done.stdout), set(done.stderr.rpartition("imported:")[2].split())


def test_each_is_used_and_provides_something_silently(everything: Registry) -> None:
    for plugin in everything.plugins:
        assert plugin.used, plugin.problem
        assert not plugin.output
    tell_only = {"optbench-tensorboard"}
    assert {p.name for p in everything.plugins if any(p.provides.values())} >= set(ADAPTERS) - tell_only


def test_listing_them_all_imports_no_library(everything: Registry) -> None:
    components, imported = listed("list", "--json")
    assert len(components["optimizers"]) > 180
    assert not imported & (HEAVY | LIBRARIES)


def test_the_zoo_has_every_optimizer_of_theirs(everything: Registry) -> None:
    zoo = load_suite_file("suites/zoo", everything)
    named = {item.name for item in zoo.optimizers}
    third_party = {name for name, provided in everything.optimizers.items() if provided.distribution in zoo.plugins}
    assert third_party - named == {"hb.scion"}  # it replaces the initial weights
    third_party &= named
    assert len(third_party) >= 60
    assert named - third_party == {"sgd", "momentum", "adam", "adamw"}
    assert f"{len(third_party)} third-party optimizers" in zoo.description


def test_the_readme_lists_them() -> None:
    text = (ROOT / "plugins" / "README.md").read_text(encoding="utf-8")
    assert all(f"[{name}]({name}/README.md)" in text for name in ADAPTERS)


def test_each_has_the_same_shape() -> None:
    for name in ADAPTERS:
        folder = ROOT / "plugins" / name
        project = tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8"))["project"]
        assert project["name"] == name
        assert any(requirement.startswith("optbench") for requirement in project["dependencies"])
        assert all((folder / part).exists() for part in ("README.md", "LICENSE", "tests"))


def test_runs_with_their_optimizers_go_on_from_checkpoints_bit_for_bit_or_start_again(everything: Registry) -> None:
    own = {component.name for component in OPTIMIZERS}
    theirs = [everything.optimizers[name].component for name in everything.optimizers if name not in own]
    resumable = [component for component in theirs[::4] if not why_not(component)]
    for component in resumable:
        step = random.Random(component.name).randrange(STEPS)
        checkpoint = stopped(built(component), step)
        assert resumed(built(component), checkpoint) == whole(built(component)), f"{component.name} at step {step}"
    assert len(resumable) >= 30


def why_not(component: Optimizer) -> str:
    hyperparameters = {**component.defaults, "lr": component.lr_ref}
    return why_not_restorable(component, hyperparameters, STEPS, lambda part: loaded(serialised(part), CPU))


@pytest.mark.filterwarnings("ignore:Learning rate changed", "ignore:max_lr was not set")  # heavyball's
def test_of_thirty_drawn_at_random_runs_side_by_side_are_those_of_single_runs(
    everything: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    """But for soap and solp: eigenvectors of nearly equal eigenvalues magnify the least rounding."""
    monkeypatch.setattr(test_side_by_side, "registry", lambda: everything)
    names = (name for name in everything.optimizers if name.startswith(("po.", "hb.", "sf.")))
    theirs = sorted(name for name in names if "soap" not in name and "solp" not in name)
    members = [(lr, seed) for lr in (0.1, 1.0) for seed in range(2)]
    apart = {}
    for name in ["po.scionlight", *random.Random(1).sample(theirs, 30)]:
        component = everything.optimizers[name].component
        specs = [spec_of(TASKS["perceptron"], component, lr, seed, 20) for lr, seed in members]
        if reason := why_apart(test_side_by_side.built(specs), specs, component):
            apart[name] = reason
        else:
            assert_same(together(specs), singly(specs))
    assert apart.pop("po.scionlight") == "its optimizer keeps gradients from one step to the next"
    assert set(apart.values()) == {"its optimizer asks for more than gradients"}
    assert len(apart) < 10
