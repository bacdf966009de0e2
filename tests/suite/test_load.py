"""Suite files: looked up, validated whole, every mistake named with its place."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from optbench.errors import SuiteError, UnknownName
from optbench.registry.discovery import load_registry
from optbench.registry.registry import Plugin, Registry
from optbench.suite.load import examine_suite, find_suite, load_suite_file, parse_suite
from optbench.suite.merged import merged_task
from optbench.suite.schema import SuiteFile, json_schema

GOOD = {"name": "s", "tasks": ["quadratic"], "optimizers": ["adam"]}


def problems(registry: Registry, **changes: object) -> list[str]:
    with pytest.raises(SuiteError) as caught:
        parse_suite(GOOD | changes, registry, "s.toml")
    return list(caught.value.problems)


@pytest.mark.parametrize("name", ["standard", "suites/standard", "suites/standard.toml"])
def test_a_packaged_suite_is_found_in_any_folder(
    name: str, registry: Registry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert load_suite_file(name, registry).name == "standard"


def test_a_path_comes_before_a_packaged_name(
    registry: Registry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("standard.toml").write_text('name = "mine"\ntasks = ["quadratic"]\noptimizers = ["adam"]\n')
    assert find_suite("standard", registry) == Path("standard.toml")
    assert load_suite_file("standard", registry).name == "mine"


def test_an_unknown_suite_names_the_closest(registry: Registry) -> None:
    with pytest.raises(UnknownName, match=r"unknown suite 'suites/standrad'.*did you mean 'standard'"):
        find_suite("suites/standrad", registry)


def test_every_packaged_suite_is_valid(registry: Registry) -> None:
    assert {"article", "example", "standard", "surfaces", "tuned", "zoo"} <= set(registry.suites)
    for name in {"article", "example", "standard", "surfaces", "tuned"}:
        load_suite_file(name, registry)


def test_all_mistakes_are_reported_at_once_with_their_places(registry: Registry) -> None:
    found = problems(
        registry,
        tasks=["quadratic", {"name": "linear-regression", "steps": -3, "stps": 4}, "mnist-cnnn"],
        optimizers=["adma", {"name": "sgd", "fixed": {"momentom": 0.9}}],
        protocol={"name": "lr-gird"},
    )
    assert len(found) == 6
    assert "tasks[1].steps: should be greater than 0, not -3" in found
    assert "tasks[1].stps: unknown field; did you mean 'steps'?" in found
    assert (
        "tasks[2].name: unknown task 'mnist-cnnn'; did you mean 'mnist-cnn'? (a new task needs both model and dataset)"
        in found
    )
    assert "optimizers[0].name: unknown optimizer 'adma'; did you mean 'adam'?" in found
    assert any(line.startswith("optimizers[1].fixed.momentom: sgd has no such hyper-parameter") for line in found)
    assert "protocol.name: unknown protocol 'lr-gird'; did you mean 'lr-grid'?" in found


LOG = {"low": 1e-4, "high": 1, "scale": "log"}


def search(optimizer: str | dict[str, Any] = "adamw", **protocol: Any) -> dict[str, Any]:
    return {"protocol": {"name": "qmc"} | protocol, "optimizers": [optimizer]}


SEARCHES: list[tuple[dict[str, Any], str]] = [
    (search(trials=0), "protocol.trials: should be greater than 0, not 0"),
    (search(trials=2), "protocol: finalists: 3 of 2 trials; give more trials or fewer finalists"),
    (search(studies=6), "protocol: studies: 6 have 5 report seeds; each needs one"),
    (search(tune=[]), "protocol.tune: "),
    (search(tune=["lr"], space={"weight_decay": LOG}), "protocol: space.weight_decay: is not among what tune names"),
    (
        search(space={"weight_decay": LOG | {"high": 1e-5}}),
        "protocol.space.weight_decay: 0.0001 to 1e-05 (log): needs finite bounds with low < high",
    ),
    (search(space={"lr": LOG | {"low": 0}}), "protocol.space.lr: 0 to 1 (log): a logarithmic scale needs low > 0"),
    (search(space={"lr": {"low": 1}}), "protocol.space.lr: has low; write { low = 1e-4, high = 1, scale = "),
    (search({"name": "adamw", "space": {"lr": [1, 2]}}), "optimizers[0].space.lr: [1, 2] is no range; write "),
    (
        search({"name": "adamw", "space": {"weight_dcay": LOG}}),
        "optimizers[0].space.weight_dcay: adamw has no such hyper-parameter; did you mean 'weight_decay'?",
    ),
    (
        search({"name": "adamw", "space": {"weight_decay": LOG}}, tune=["lr"]),
        "optimizers[0].space.weight_decay: is not among what protocol.tune names",
    ),
    (
        search({"name": "adamw", "fixed": {"weight_decay": 0.1}}, tune=["lr", "weight_decay"]),
        "optimizers[0].fixed.weight_decay: is to be tuned as well",
    ),
    (search({"name": "adamw", "trials": 40}), "optimizers[0].trials: tries 40 settings, everyone else 20; "),
    (search({"name": "adamw", "lr_grid": [0.1]}), "optimizers[0].lr_grid: protocol qmc does not use it"),
    (
        {"optimizers": [{"name": "adamw", "space": {"lr": LOG}}]},
        "optimizers[0].space: protocol lr-grid does not use it",
    ),
    ({"optimizers": [{"name": "adamw", "trials": 9}]}, "optimizers[0].trials: protocol lr-grid does not use it"),
]
"""Suite files with one mistake in what is searched."""


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"tasks": []}, "tasks: "),
        ({"optimizers": []}, "optimizers: "),
        ({"tasks": "quadratic"}, "tasks: should be a valid list, not 'quadratic'"),
        ({"tasks": [{"name": "quadratic", "steps": "many"}]}, "tasks[0].steps: "),
        ({"tasks": [{"name": "quadratic", "steps": 1.5}]}, "tasks[0].steps: "),
        (
            {"tasks": [{"name": "x", "model": "lenett", "dataset": "mnist", "steps": 1}]},
            "tasks[0].model: unknown model",
        ),
        ({"tasks": [{"name": "quadratic", "model_options": {"dimm": 3}}]}, "tasks[0].model_options.dimm: "),
        ({"tasks": [{"name": "x", "model": "linear", "dataset": "diabetes"}]}, "tasks[0].steps: is missing"),
        ({"tasks": [{"name": "quadratic", "fallback": "quadratc"}]}, "tasks[0].fallback: unknown task 'quadratc'"),
        ({"tasks": ["quadratic", "quadratic"]}, "tasks[1].name: 'quadratic' is the name of tasks[0] already"),
        ({"tasks": [{"name": "../evil", "task": "quadratic"}]}, "tasks[0].name: "),
        ({"optimizers": ["adam", {"name": "Adam", "optimizer": "adam"}]}, "optimizers[1].name: "),
        ({"optimizers": [{"name": "adam", "lr_grid": []}]}, "optimizers[0].lr_grid: "),
        ({"optimizers": [{"name": "adam", "lr_grid": [0.1, 0.2]}]}, "optimizers[0].lr_grid: has 2 learning rates"),
        ({"optimizers": [{"name": "adam", "lr_ref": -1}]}, "optimizers[0].lr_ref: should be greater than 0, not -1"),
        (
            {"optimizers": [{"name": "adam", "fixed": {"lr": 0.1}}]},
            "optimizers[0].fixed.lr: the learning rate is tuned",
        ),
        (
            {"protocol": {"tune_seeds": [0, 1], "report_seeds": [1, 2]}},
            "protocol: report_seeds: [1] are tuning seeds too",
        ),
        ({"protocol": {"tune_seeds": []}}, "protocol.tune_seeds: "),
        ({"protocol": {"report_seeds": [5, 5]}}, "protocol.report_seeds: [5, 5] must be different"),
        ({"protocol": {"tune_sedes": [1]}}, "protocol.tune_sedes: unknown field; did you mean 'tune_seeds'?"),
        ({"timeout": float("inf")}, "timeout: should be a finite number"),
        ({"tasks": [{"name": "quadratic", "loss": "croos_entropy"}]}, "tasks[0].loss: unknown loss 'croos_entropy'"),
        ({"tasks": [{"name": "quadratic", "optimum": "nonsense"}]}, "tasks[0].optimum: 'nonsense' is no import string"),
        (
            {"optimizers": [{"name": "sgd", "fixed": {"weight_decay": float("inf")}}]},
            "optimizers[0].fixed.weight_decay: ",
        ),
        ({"reference": "adma"}, "reference: 'adma' is no optimizer of this suite; did you mean 'adam'?"),
        *SEARCHES,
        ({"timeout": 0}, "timeout: should be greater than 0, not 0"),
        ({"taks": []}, "taks: unknown field; did you mean 'tasks'?"),
        (
            {"tasks": [{"name": "mnist-cnn", "targets": [{"name": "t", "value": 1, "on": "train"}]}]},
            "tasks[0].targets: target 't'",
        ),
    ],
)
def test_each_mistake_is_one_line_that_begins_with_its_place(
    changes: dict[str, Any], expected: str, registry: Registry
) -> None:
    found = problems(registry, **changes)
    assert len(found) == 1, found
    assert found[0].startswith(expected)
    assert "\n" not in found[0]


def test_mistakes_of_all_kinds_hide_none_of_each_other(registry: Registry) -> None:
    found = problems(
        registry,
        naem="twelve",
        diagnostics=["gradient-norms"],
        protocol={"decades": -1, "tune_seeds": [0, 1000]},
        tasks=[
            {"name": "quadratic", "steps": -3, "model_options": {"dimm": 3}},
            {"name": "new", "model": "linear", "dataset": "diabetes", "dataset_options": {"seeed": 1}},
            {
                "name": "mnist-cnn",
                "dataset_options": {"exmples": 5},
                "targets": [{"name": "t", "value": 1, "on": "train"}],
            },
            "quadratic",
            {"name": "mine", "task": "mnist-cnnn"},
        ],
        optimizers=[
            {"name": "sgd", "fixed": {"momentom": 0.9}, "lr_ref": 0},
            {"name": "Adam", "optimizer": "adam"},
            "adam",
        ],
    )
    places = [line.partition(": ")[0] for line in found]
    assert sorted(places) == sorted(
        [
            "naem",
            "diagnostics",
            "protocol.decades",
            "protocol",
            "tasks[0].steps",
            "tasks[0].model_options.dimm",
            "tasks[1].steps",
            "tasks[1].dataset_options.seeed",
            "tasks[2].dataset_options.exmples",
            "tasks[2].targets",
            "tasks[3].name",
            "tasks[4].task",
            "optimizers[0].lr_ref",
            "optimizers[0].fixed.momentom",
            "optimizers[2].name",
        ]
    )
    assert "tasks[1].steps: is missing" in found
    assert "protocol: report_seeds: [1000] are tuning seeds too; a report needs fresh seeds" in found
    assert "optimizers[2].name: 'adam' is the name of optimizers[1] already" in found


def test_what_is_sound_of_a_file_with_mistakes_is_kept(registry: Registry) -> None:
    examined = examine_suite(
        {
            "tasks": ["quadratic", {"name": "linear-regression", "steps": 0}, 5, "mnist-cnn", "quadratic"],
            "optimizers": [{"optimizer": "adam"}, "sgd", "adma"],
            "protocol": {"name": "lr-gird"},
        },
        registry,
    )
    assert [item.name for item in examined.sound.tasks] == ["quadratic", "mnist-cnn"]
    assert [item.name for item in examined.sound.optimizers] == ["sgd"]
    assert len(examined.mistakes) == 7


def test_nothing_may_be_left_of_a_file(registry: Registry) -> None:
    examined = examine_suite({"name": "s", "tasks": [], "optimizers": ["adma"]}, registry)
    assert (examined.sound.tasks, examined.sound.optimizers) == ([], [])
    assert len(examined.mistakes) == 2


def test_a_missing_plugin_hides_no_mistake_but_names_that_it_may_provide(registry: Registry) -> None:
    found = problems(
        registry,
        plugins=["optbench-one"],
        diagnostics=["one.norm"],
        tasks=[{"name": "one.task"}, {"name": "quadratic", "model_options": {"dimm": 3}}],
        optimizers=["one.adam", {"name": "sgd", "fixed": {"momentom": 0.9}}],
    )
    assert [line.partition(": ")[0] for line in found] == [
        "plugins",
        "tasks[1].model_options.dimm",
        "optimizers[1].fixed.momentom",
    ]


def test_broken_toml_is_one_line(registry: Registry, write_suite: Callable[[str], Path]) -> None:
    with pytest.raises(SuiteError, match=r"suite.toml: not valid TOML: .*line 1"):
        load_suite_file(write_suite("name = \n"), registry)


def test_a_task_starts_from_a_registered_one_and_changes_what_is_named(registry: Registry) -> None:
    item = {"name": "mine", "task": "mnist-cnn", "steps": 7, "dataset_options": {}}
    suite = parse_suite(GOOD | {"tasks": [item]}, registry)
    task, base = merged_task(suite.tasks[0], registry), registry.tasks["mnist-cnn"].component
    assert (task.name, task.steps) == ("mine", 7)
    assert task.model_copy(update={"name": base.name, "steps": base.steps}) == base


def test_a_grid_of_another_length_needs_to_be_meant(registry: Registry) -> None:
    suite = GOOD | {"optimizers": [{"name": "adam", "lr_grid": [0.1]}], "protocol": {"unequal_effort": True}}
    assert parse_suite(suite, registry).optimizers[0].lr_grid == [0.1]


def test_a_wrong_range_for_everyone_makes_no_optimizer_lack_it(registry: Registry) -> None:
    wrong = search("sgd", tune=["weight_decay"], space={"weight_decay": LOG | {"low": 0}})
    examined = examine_suite(GOOD | wrong, registry)
    assert len(examined.mistakes) == 1
    assert examined.sound.protocol.spaces().keys() == {"weight_decay"}


def test_another_number_of_trials_needs_to_be_meant(registry: Registry) -> None:
    suite = GOOD | search({"name": "adam", "trials": 40}, unequal_effort=True)
    assert parse_suite(suite, registry).optimizers[0].trials == 40


def test_the_schema_describes_search_spaces() -> None:
    schema = json_schema()
    item, protocols = schema["$defs"]["OptimizerItem"], schema["properties"]["protocol"]
    (space,) = (item["properties"]["space"]["additionalProperties"],)
    assert space["oneOf"] == [{"required": ["low", "high", "scale"]}, {"required": ["choices"]}]
    assert set(protocols["oneOf"][0]) == {"$ref"}
    assert schema["$defs"]["Qmc"]["properties"]["space"]["additionalProperties"] == space


def test_the_schema_describes_the_packaged_suites() -> None:
    schema = json_schema()
    assert set(schema["properties"]) == set(SuiteFile.model_fields)
    assert {"string", "object"} == {
        option.get("type", "object") for option in schema["properties"]["tasks"]["items"]["anyOf"]
    }
    assert "null" not in str(schema)


def test_a_suite_says_which_plugins_it_needs(registry: Registry) -> None:
    assert problems(registry, plugins=["optbench-one", "optbench-two"], optimizers=["one.adam"]) == [
        "plugins: optbench-one and optbench-two must be installed: pip install optbench-one optbench-two "
        "(from a clone of optbench: pip install plugins/optbench-one plugins/optbench-two)"
    ]


def test_a_needed_plugin_that_is_quarantined_says_why() -> None:
    registry = load_registry()
    registry.plugins.append(Plugin("optbench_one", "1.0", problem="it is broken"))
    assert problems(registry, plugins=["optbench-one"]) == [
        "plugins: optbench-one is installed but not used: it is broken"
    ]


def test_an_unknown_diagnostic_is_named_with_the_closest(registry: Registry) -> None:
    assert problems(registry, diagnostics=["gradient-norms"]) == [
        "diagnostics: unknown diagnostic 'gradient-norms'; did you mean 'gradient-norm'?"
    ]
