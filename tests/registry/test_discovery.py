"""Plugins: found, checked, and quarantined one at a time."""

from __future__ import annotations

import os
import re
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from optbench.errors import PluginError, UnknownName, UsageError
from optbench.registry import discovery
from optbench.registry.discovery import load_registry
from optbench.registry.registry import Plugin, Registry
from tests.conftest import SUPPORT
from tests.support.distributions import HEAD, hook, optimizers
from tests.support.platforms import posix_only


def plugin(name: str, **load: object) -> Plugin:
    (found,) = (plugin for plugin in load_registry(**load).plugins if plugin.name == name)  # type: ignore[arg-type]
    return found


def test_an_installed_plugin_provides_its_components_with_their_origin(install: Callable[..., str]) -> None:
    install("optbench-lion", optimizers("lion"))
    registry = load_registry()
    assert registry.optimizers["lion"].origin == "optbench-lion 2.0"
    assert registry.problems == []
    assert registry.distributions == ("optbench-lion",)


def test_every_plugin_is_listed_with_what_it_provides_the_built_ins_first(install: Callable[..., str]) -> None:
    install("optbench-tiger", optimizers("tiger", "lynx"))
    install("optbench-lion", optimizers("lion"))
    built_ins, lion, tiger = load_registry().plugins
    assert (built_ins.name, lion.name, tiger.name) == ("optbench", "optbench-lion", "optbench-tiger")
    assert built_ins.provides["optimizers"] == len(load_registry([], use=[]).optimizers) > 10
    assert {kind: count for kind, count in tiger.provides.items() if count} == {"optimizers": 2}
    assert tiger.used
    assert tiger.seconds > 0


@pytest.mark.parametrize(
    ("source", "error"),
    [
        ("import no_such_module\n", "ModuleNotFoundError: No module named 'no_such_module' (broken.py, line 1)"),
        ("\nraise RuntimeError('first\\nsecond')\n", "RuntimeError: first (broken.py, line 2)"),
        ("raise SystemExit(3)\n", "SystemExit: 3 (broken.py, line 1)"),
        ("def f(:\n", "SyntaxError: invalid syntax (broken.py, line 1)"),
    ],
)
def test_a_plugin_that_fails_at_import_is_quarantined_and_the_others_stay(
    install: Callable[..., str], source: str, error: str
) -> None:
    install("broken", source)
    install("fine", optimizers("lion"))
    registry = load_registry()
    assert "lion" in registry.optimizers
    assert "adam" in registry.optimizers
    assert registry.problems == [
        f"plugin broken is not used: its import failed: {error}; upgrade it or uninstall it: pip uninstall broken"
    ]
    assert registry.distributions == ("fine",)


def test_a_clash_of_names_names_both_distributions_and_keeps_the_first(install: Callable[..., str]) -> None:
    install("one", optimizers("lion"))
    install("two", optimizers("tiger", "lion"))
    registry = load_registry()
    assert registry.optimizers["lion"].distribution == "one"
    assert "tiger" not in registry.optimizers
    (problem,) = registry.problems
    assert "'lion' of two 2.0 clashes with the one of one 2.0" in problem


def test_all_modules_of_a_distribution_count_and_one_that_is_broken_takes_the_others_along(
    install: Callable[..., str], site: Path
) -> None:
    install("zoo", optimizers("lion"))
    (site / "zoo_2.py").write_text(optimizers("tiger"))
    points = site / "zoo-2.0.dist-info" / "entry_points.txt"
    points.write_text("[optbench]\na = zoo\nb = zoo_2\n")
    assert plugin("zoo").provides["optimizers"] == 2
    points.write_text("[optbench]\na = zoo\nb = zoo_2\nc = zoo_3\n")
    registry = load_registry()
    assert "No module named 'zoo_3'" in registry.problems[0]
    assert "lion" not in registry.optimizers


@pytest.mark.parametrize(
    ("source", "problem"),
    [
        (hook("optbench_optimisers", "return []"), "unknown hook 'optbench_optimisers'; did you mean 'optbench_optimi"),
        ("def optbench_tasks(): return []\n", "optbench_tasks lacks the decorator @optbench.hookimpl"),
        (hook("optbench_tasks", "return []").replace("()", "(size)"), "'size'} are declared in the hookimpl but can n"),
        (hook("optbench_models", "return ['resnet']"), "optbench_models: 'resnet' is not an optbench.Model"),
        (hook("optbench_models", "pass"), "optbench_models failed: TypeError: 'NoneType' object is not iterable"),
        (hook("optbench_datasets", "raise OSError('no disk')"), "failed: OSError: no disk (odd.py, line 4)"),
        (hook("optbench_datasets", "raise SystemExit"), "optbench_datasets failed: SystemExit (odd.py, line 4)"),
        (
            hook("optbench_optimizers", "yield optbench.Optimizer(name='o', build='m:o', lr_ref=0)"),
            "optimizer 'o': lr_ref=0 must be positive (odd.py, line 4)",
        ),
        (
            f"{HEAD}SPACE = optbench.Uniform(2, 1)\n",
            "Uniform(low=2, high=1): needs finite bounds with low < high (odd.py, line 2)",
        ),
        (
            hook("optbench_tasks", "yield optbench.Task(name='t', model='mlp', dataset='digits', steps=-1)"),
            "optbench_tasks failed: Task: steps: Input should be greater than 0, not -1 (odd.py, line 4)",
        ),
        (
            hook("optbench_schedules", "yield optbench.Schedule(name='s', build=3)"),
            "schedule 's': build=3 is neither ",
        ),
        (hook("optbench_losses", "return ['mse']"), "optbench_losses: 'mse' is not an optbench.Loss"),
        (
            hook("optbench_losses", "yield optbench.Loss(name='l', build='m:l', targets='class')"),
            "loss 'l': targets='class' must be one of classes, values, transcripts, none, any (odd.py, line 4)",
        ),
        (
            hook("optbench_metrics", "yield optbench.Metric(name='m', build=None, higher_is_better=True)"),
            "metric 'm': without a build it needs a value, a function of the mean loss (odd.py, line 4)",
        ),
        (
            hook("optbench_metrics", "yield optbench.Metric(name='m', build='m:m', value=2, higher_is_better=True)"),
            "metric 'm': value=2 is neither callable nor 'module:name' (odd.py, line 4)",
        ),
    ],
    ids=lambda value: value[:30],
)
def test_a_hook_or_component_that_breaks_a_rule_is_one_line_with_plugin_value_rule_and_place(
    install: Callable[..., str], source: str, problem: str
) -> None:
    install("odd", source)
    registry = load_registry()
    (line,) = registry.problems
    assert line.startswith("plugin odd is not used: ")
    assert problem in line
    assert "\n" not in line
    assert line.endswith("; upgrade it or uninstall it: pip uninstall odd")
    assert "adam" in registry.optimizers


def test_what_a_plugin_prints_is_kept_and_reaches_no_stream(
    install: Callable[..., str], capfd: pytest.CaptureFixture[str]
) -> None:
    install(
        "loud",
        "import os, sys, subprocess\nprint('to stdout')\nprint('to stderr', file=sys.stderr)\n"
        "os.write(1, b'to the descriptor\\n')\nsubprocess.run(['echo', 'from a child'])\n"
        + hook("optbench_optimizers", "print('from a hook')\n    return []"),
    )
    print("before")
    loud = plugin("loud")
    print("after")
    assert sorted(loud.output.splitlines()) == [
        "from a child", "from a hook", "to stderr", "to stdout", "to the descriptor",
    ]  # fmt: skip
    assert loud.used
    assert capfd.readouterr() == ("before\nafter\n", "")


@posix_only
@pytest.mark.parametrize(
    "source",
    [
        "import time\ntime.sleep(60)\n",
        "import time\ntry:\n    time.sleep(60)\nexcept Exception:\n    pass\n",
        "import time\ntry:\n    time.sleep(60)\nexcept:\n    pass\n",
        hook("optbench_models", "import time; time.sleep(60)"),
    ],
    ids=["at import", "handles exceptions", "handles everything", "in a hook"],
)
def test_a_plugin_that_takes_too_long_is_stopped_and_quarantined(
    install: Callable[..., str], monkeypatch: pytest.MonkeyPatch, source: str
) -> None:
    monkeypatch.setattr(discovery, "LOAD_LIMIT", 0.1)
    install("slow", source)
    install("swift", optimizers("lion"))
    registry = load_registry()
    (problem,) = registry.problems
    assert problem == (
        "plugin slow is not used: its import took longer than 0.1 s; import its library where it builds, not at the "
        "top of a module; upgrade it or uninstall it: pip uninstall slow"
    )
    assert registry.distributions == ("swift",)


def test_without_a_main_thread_to_stop_it_in_a_slow_plugin_is_used_and_its_seconds_are_known(
    install: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(discovery, "LOAD_LIMIT", 0.1)
    install("slow", "import time\ntime.sleep(0.3)\n" + optimizers("lion"))
    found = []
    thread = threading.Thread(target=lambda: found.append(plugin("slow")))
    thread.start()
    thread.join()
    assert found[0].used
    assert found[0].seconds > 0.3


def test_an_interrupt_by_the_user_is_none_of_the_plugins_business(install: Callable[..., str]) -> None:
    install("waits", "raise KeyboardInterrupt\n")
    with pytest.raises(KeyboardInterrupt):
        load_registry()


def test_a_plugin_that_lacks_a_requirement_is_not_even_imported(install: Callable[..., str]) -> None:
    install("needy", "raise AssertionError('it was imported')\n", requires=["no-such-library<5,>=4.1", "click"])
    assert load_registry().problems == [
        "plugin needy is not used: needs no-such-library>=4.1,<5, which is not installed: "
        "pip install 'no-such-library>=4.1,<5'"
    ]


def test_a_distribution_without_metadata_works_under_its_modules_name(install: Callable[..., str]) -> None:
    install("bare", optimizers("lion"), metadata=False)
    assert load_registry().optimizers["lion"].origin == "bare"
    assert load_registry(use=["bare"]).optimizers["lion"].origin == "bare"


def test_a_distribution_whose_metadata_nobody_can_read_disturbs_no_other(
    install: Callable[..., str], site: Path
) -> None:
    install("mangled", optimizers("tiger"))
    (site / "mangled-2.0.dist-info" / "entry_points.txt").write_text("[optbench]\nnonsense\n")
    install("lost", optimizers("tiger"))
    (site / "lost-2.0.dist-info" / "entry_points.txt").write_text("[optbench]\nx = no module at all\n")
    install("fine", optimizers("lion"))
    registry = load_registry()
    assert "lion" in registry.optimizers
    assert [plugin.name for plugin in registry.plugins] == ["optbench", "fine", "lost"]
    (problem,) = registry.problems
    assert problem.startswith("plugin lost is not used: its import failed: ")


@pytest.mark.parametrize(
    ("pin", "used"),
    [
        ("", ()),
        (" ", ()),
        ("optbench", ()),
        ("optbench-lion", ("optbench-lion",)),
        (" Optbench_LION , ", ("optbench-lion",)),
        ("optbench.tiger,optbench-lion", ("optbench-lion", "optbench-tiger")),
        (None, ("optbench-lion", "optbench-tiger")),
    ],
)
def test_the_pin_says_which_of_the_installed_plugins_are_used(
    install: Callable[..., str], monkeypatch: pytest.MonkeyPatch, pin: str | None, used: tuple[str, ...]
) -> None:
    install("optbench-lion", optimizers("lion"))
    install("optbench-tiger", optimizers("tiger"))
    if pin is not None:
        monkeypatch.setenv("OPTBENCH_PLUGINS", pin)
    registry = load_registry()
    assert registry.distributions == used
    assert registry.problems == []
    assert "adam" in registry.optimizers
    left_out = {plugin.name for plugin in registry.plugins if plugin.left_out}
    assert left_out == {"optbench-lion", "optbench-tiger"} - set(used)
    assert ("optbench_tiger" in sys.modules) == ("optbench-tiger" in used)


def test_a_pinned_plugin_that_is_not_installed_is_the_users_mistake(
    install: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    install("optbench-lion", optimizers("lion"))
    monkeypatch.setenv("OPTBENCH_PLUGINS", "optbench-lino")
    with pytest.raises(UsageError, match=r"^OPTBENCH_PLUGINS: 'optbench-lino' is no installed plugin; did you mean 'o"):
        load_registry()


def test_a_worker_uses_what_it_is_told_and_not_the_pin_nor_a_time_limit(
    install: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    install("optbench-lion", "import time\ntime.sleep(0.2)\n" + optimizers("lion"))
    install("optbench-tiger", optimizers("tiger"))
    monkeypatch.setenv("OPTBENCH_PLUGINS", "optbench-tiger")
    monkeypatch.setattr(discovery, "LOAD_LIMIT", 0.1)
    assert load_registry(use=["optbench-lion"]).distributions == ("optbench-lion",)
    assert "optbench_tiger" not in sys.modules


def test_a_plugin_file_works_without_packaging(tmp_path: Path) -> None:
    file = tmp_path / "my_lion_plugin.py"
    file.write_text(optimizers("lion"))
    registry = load_registry([file, os.path.relpath(file)])
    assert registry.optimizers["lion"].distribution == "my_lion_plugin.py"
    assert registry.files == (str(file),)
    assert re.fullmatch(r"[0-9a-f]{6}", plugin("my_lion_plugin.py", files=[file]).version)


def test_the_pin_leaves_plugin_files_alone(
    install: Callable[..., str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    install("optbench-lion", optimizers("lion"))
    monkeypatch.setenv("OPTBENCH_PLUGINS", "")
    file = tmp_path / "my_unpinned_plugin.py"
    file.write_text(optimizers("tiger"))
    assert load_registry([file]).optimizers["tiger"].distribution == "my_unpinned_plugin.py"


@pytest.mark.parametrize(
    ("name", "source", "message"),
    [
        ("nowhere.py", None, r"plugin file '.*nowhere.py' does not exist"),
        ("my_plugin.txt", "", r"plugin file '.*my_plugin.txt' is not a Python file \(\*\.py\)"),
        ("json.py", "", r"plugin file 'json.py' has the name of another module; rename it"),
        (
            "clashing_plugin.py",
            optimizers("adam"),
            r"^plugin clashing_plugin.py: optimizer 'adam' of clashing_plugin.py [0-9a-f]{6} clashes with the one of "
            r"optbench [\d.]+; change it or do without it$",
        ),
        ("ruleless_plugin.py", f"{HEAD}optbench.Choice(())\n", r"needs at least one value \(ruleless_plugin.py, line"),
    ],
)
def test_a_plugin_file_that_is_not_there_or_breaks_a_rule_is_the_users_mistake(
    tmp_path: Path, name: str, source: str | None, message: str
) -> None:
    if source is not None:
        (tmp_path / name).write_text(source)
    with pytest.raises(PluginError, match=message):
        load_registry([tmp_path / name])


def test_a_plugin_file_that_fails_at_import_is_quarantined() -> None:
    registry = load_registry([SUPPORT / "plugin_that_fails_at_import.py"])
    assert "RuntimeError: this plugin cannot be imported" in registry.problems[-1]
    assert registry.files == ()
    assert "adam" in registry.optimizers


def test_an_unknown_component_names_the_closest(registry: Registry) -> None:
    with pytest.raises(UnknownName, match=r"unknown optimizer 'adan'; did you mean 'adam'\?"):
        registry.optimizers["adan"]


def test_the_built_ins_break_no_rule_and_print_nothing() -> None:
    built_ins = load_registry(use=[]).plugins[0]
    assert (built_ins.name, built_ins.problem, built_ins.output) == ("optbench", "", "")
    assert built_ins.version == discovery.version_of("optbench")
