"""From a validated suite file to a suite: what names stand for, what is narrowed, and what stands in."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from optbench.components.spaces import Choice, LogUniform
from optbench.components.task import Task
from optbench.errors import DataUnavailable, UnknownName
from optbench.registry.registry import Registry
from optbench.suite.load import parse_suite
from optbench.suite.resolve import PLAIN_LR, Imported, left_out, renewed, resolve_suite, select
from optbench.suite.schema import SuiteFile
from optbench.suite.suite import Suite

Resolve = Callable[..., tuple[Suite, list[str]]]
CLASS = Imported(lr=0.25, defaults={"betas": (0.5, 0.9)})


@pytest.fixture
def file(registry: Registry) -> Callable[..., SuiteFile]:
    def made(**changes: Any) -> SuiteFile:
        return parse_suite({"name": "s", "tasks": ["quadratic"], "optimizers": ["adam"]} | changes, registry)

    return made


@pytest.fixture
def resolve(registry: Registry, file: Callable[..., SuiteFile]) -> Resolve:
    """Resolve a suite where all data is at hand but that of the tasks in `missing`."""

    def resolved(missing: tuple[str, ...] = (), profile: Any = "default", **changes: Any) -> tuple[Suite, list[str]]:
        def obtain(task: Task) -> str:
            if task.dataset in missing:
                raise DataUnavailable(f"data set {task.dataset!r} is not here", "bring it")
            return f"checksum of {task.dataset}"

        return resolve_suite(
            file(**changes), registry, profile=profile, devices=("cpu",), obtain=obtain, inspect=lambda name: CLASS
        )

    return resolved


# Entries.


def test_an_entry_has_the_declared_hyperparameters_with_what_the_suite_fixes_on_top(resolve: Resolve) -> None:
    item = {"name": "slow", "optimizer": "adam", "fixed": {"betas": [0.8, 0.9]}, "lr_ref": 1e-4}
    suite, mistakes = resolve(optimizers=["adam", item])
    plain, slow = suite.optimizers
    assert mistakes == []
    assert (plain.component, plain.lr_ref, plain.changed) == ("adam", 1e-3, ())
    assert (slow.component, slow.lr_ref) == ("adam", 1e-4)
    assert slow.hyperparameters == plain.hyperparameters | {"betas": [0.8, 0.9]}
    assert slow.changed == ("is adam", "betas = [0.8, 0.9] instead of [0.9, 0.999]", "lr_ref = 0.0001 instead of 0.001")


def test_what_is_fixed_at_its_default_is_no_change(resolve: Resolve) -> None:
    (entry,) = resolve(optimizers=[{"name": "adam", "fixed": {"betas": [0.9, 0.999]}, "lr_ref": 1e-3}])[0].optimizers
    assert entry.changed == ()


def test_a_grid_and_a_schedule_of_its_own_are_said(resolve: Resolve) -> None:
    item = {"name": "adam", "lr_grid": [0.1, 0.01], "schedule": "warmup-cosine"}
    suite, _ = resolve(protocol={"unequal_effort": True}, optimizers=[item])
    (entry,) = suite.optimizers
    assert entry.lr_grid == (0.1, 0.01)
    assert entry.changed == ("learning rates 0.1, 0.01", "schedule warmup-cosine")
    assert {cell.spec({"lr": 0.1}, 0, "tune").schedule for cell in suite.cells()} == {"warmup-cosine"}


WIDE, NARROW = ({"low": low, "high": 1.0, "scale": "log"} for low in (1e-6, 1e-2))


def test_a_suite_changes_a_range_for_everyone_and_for_one(resolve: Resolve) -> None:
    suite, mistakes = resolve(
        protocol={"name": "qmc", "space": {"weight_decay": WIDE}},
        optimizers=["adamw", {"name": "adam", "space": {"weight_decay": NARROW}}, {"name": "sgd", "lr_ref": 0.2}],
    )
    adamw, adam, sgd = suite.optimizers
    assert mistakes == []
    assert adamw.space["weight_decay"] == sgd.space["weight_decay"] == LogUniform(1e-6, 1.0)
    assert adam.space["weight_decay"] == LogUniform(1e-2, 1.0)
    assert adam.space["betas"] == Choice(([0.9, 0.99], [0.9, 0.999], [0.95, 0.99], [0.95, 0.999]))
    assert adamw.changed == ("weight_decay 1e-06 to 1 (log) instead of 0.0001 to 1 (log)",)
    assert adam.changed == ("weight_decay 0.01 to 1 (log)",)
    assert sgd.changed == ("lr_ref = 0.2 instead of 0.1", "weight_decay 1e-06 to 1 (log)")


def test_a_range_that_is_the_declared_one_is_no_change(resolve: Resolve) -> None:
    declared = {"low": 1e-4, "high": 1, "scale": "log"}
    suite, _ = resolve(protocol={"name": "random", "space": {"weight_decay": declared}}, optimizers=["adamw"])
    assert suite.optimizers[0].changed == ()


def test_what_is_fixed_is_not_searched(resolve: Resolve) -> None:
    item = {"name": "adamw", "fixed": {"weight_decay": 0.1}}
    suite, mistakes = resolve(protocol={"name": "qmc"}, optimizers=[item])
    assert mistakes == []
    assert suite.optimizers[0].space.keys() == {"lr", "betas"}


def test_a_class_without_a_declaration_has_its_rate_tuned_over_four_decades(resolve: Resolve) -> None:
    suite, mistakes = resolve(protocol={"name": "qmc"}, optimizers=[{"name": "mine", "optimizer": "torch.optim:Adam"}])
    assert mistakes == []
    assert suite.optimizers[0].space == {"lr": LogUniform(0.25 / 100, 0.25 * 100)}


def test_another_number_of_trials_is_said(resolve: Resolve) -> None:
    item = {"name": "adam", "trials": 40}
    suite, _ = resolve(protocol={"name": "qmc", "unequal_effort": True}, optimizers=[item])
    assert (suite.optimizers[0].trials, suite.optimizers[0].changed) == (40, ("40 settings tried",))


def test_all_that_cannot_be_tuned_is_a_mistake(resolve: Resolve) -> None:
    suite, mistakes = resolve(
        protocol={"name": "qmc", "tune": ["lr", "weight_decay", "momntum"]},
        optimizers=["momentum", "adamw", {"name": "mine", "optimizer": "torch.optim:Adam"}],
    )
    assert suite.optimizers == ()
    way_out = 'which protocol.tune names; give it one: space = { weight_decay = { low = …, high = …, scale = "log" } }'
    assert mistakes == [
        f"optimizer 'momentum': declares no range for 'weight_decay', {way_out}",
        "optimizer 'momentum': has no hyper-parameter 'momntum', which protocol.tune names; did you mean 'momentum'?",
        "optimizer 'adamw': has no hyper-parameter 'momntum', which protocol.tune names; there is: lr, betas, eps, "
        "weight_decay",
        f"optimizer 'mine': declares no range for 'weight_decay', {way_out}",
        f"optimizer 'mine': declares no range for 'momntum', {way_out.replace('weight_decay', 'momntum')}",
    ]


def test_a_range_for_everyone_is_for_everyone(resolve: Resolve) -> None:
    suite, (mistake,) = resolve(
        protocol={"name": "qmc", "space": {"weight_decay": WIDE}}, optimizers=["adamw", "lbfgs"]
    )
    assert [entry.name for entry in suite.optimizers] == ["adamw"]
    assert mistake.startswith("optimizer 'lbfgs': has no hyper-parameter 'weight_decay', which protocol.space names")


def test_trials_that_a_paper_makes_unequal_are_a_mistake(resolve: Resolve) -> None:
    item = {"name": "adam", "trials": 20}
    assert resolve(protocol={"name": "qmc"}, optimizers=[item])[1] == []
    (line,) = resolve(protocol={"name": "qmc"}, profile="paper", optimizers=[item])[1]
    assert line.startswith("profile paper: optimizer 'adam': trials: tries 20 settings, everyone else 50")


def test_of_a_class_the_signature_says_what_is_declared(
    resolve: Resolve, registry: Registry, file: Callable[..., SuiteFile]
) -> None:
    suite, _ = resolve(optimizers=[{"name": "mine", "optimizer": "torch.optim:Adam"}])
    (entry,) = suite.optimizers
    assert (entry.component, entry.lr_ref) == ("torch.optim:Adam", 0.25)
    assert entry.hyperparameters == {"betas": [0.5, 0.9]}
    without = resolve_suite(
        file(optimizers=[{"name": "mine", "optimizer": "torch.optim:Adam"}]),
        registry,
        profile="default",
        devices=("cpu",),
        obtain=lambda task: "0",
        inspect=lambda name: Imported(lr=None),
    )[0]
    assert without.optimizers[0].lr_ref == PLAIN_LR


def test_of_a_class_nobody_says_what_its_weight_decay_means(registry: Registry, file: Callable[..., SuiteFile]) -> None:
    def mode(defaults: dict[str, float], item: Any) -> str:
        suite, _ = resolve_suite(
            file(optimizers=[item]),
            registry,
            profile="default",
            devices=("cpu",),
            obtain=lambda task: "0",
            inspect=lambda name: Imported(lr=0.1, defaults=defaults),
        )
        return suite.optimizers[0].weight_decay_mode

    mine = {"name": "mine", "optimizer": "torch.optim:AdamW"}
    assert mode({"weight_decay": 0.01}, mine) == "mode not declared"
    assert mode({}, mine) == "none"
    assert mode({}, "adamw") == "decoupled_lr"


# Tasks and their data.


def test_a_task_keeps_the_checksum_of_its_data_and_the_revisions_of_what_it_names(resolve: Resolve) -> None:
    (found,) = resolve(tasks=[{"name": "short", "task": "quadratic", "steps": 5}])[0].tasks
    assert (found.task.name, found.task.steps) == ("short", 5)
    assert found.data_checksum == f"checksum of {found.task.dataset}"
    assert found.revisions.keys() >= {"model", "dataset"}
    assert found.instead_of == ""


FALLBACK = {"name": "mnist-cnn", "fallback": "digits-cnn"}


def test_a_fallback_runs_where_the_data_cannot_be_had_and_says_so(resolve: Resolve) -> None:
    suite, mistakes = resolve(missing=("mnist",), tasks=[FALLBACK, "quadratic"])
    assert mistakes == []
    assert [(found.task.name, found.instead_of) for found in suite.tasks] == [
        ("digits-cnn", "mnist-cnn"),
        ("quadratic", ""),
    ]
    assert suite.notes == ("mnist-cnn: data set 'mnist' is not here: its fallback digits-cnn runs instead",)


def test_a_fallback_is_not_used_where_the_data_is_here(resolve: Resolve) -> None:
    suite, _ = resolve(tasks=[FALLBACK])
    assert [found.task.name for found in suite.tasks] == ["mnist-cnn"]
    assert suite.notes == ()


@pytest.mark.parametrize("tasks", [["digits-cnn", FALLBACK], [FALLBACK, "digits-cnn"]])
def test_a_fallback_that_the_suite_has_anyway_runs_once(tasks: list[Any], resolve: Resolve) -> None:
    suite, _ = resolve(missing=("mnist",), tasks=tasks)
    assert [found.task.name for found in suite.tasks] == ["digits-cnn"]


@pytest.mark.parametrize(
    ("missing", "item", "mistake"),
    [
        (("mnist",), "mnist-cnn", "task 'mnist-cnn' cannot run: data set 'mnist' is not here"),
        (("mnist", "digits"), FALLBACK, "nor its fallback: data set 'digits' is not here"),
    ],
)
def test_data_that_can_neither_be_had_nor_replaced_is_a_mistake_and_hides_no_other(
    missing: tuple[str, ...], item: Any, mistake: str, resolve: Resolve
) -> None:
    suite, mistakes = resolve(missing=missing, tasks=[item, "quadratic"])
    (line,) = mistakes
    assert mistake in line
    assert [found.task.name for found in suite.tasks] == ["quadratic"]


# Profiles.


def test_a_profile_changes_tasks_and_protocol_alike(resolve: Resolve) -> None:
    default, smoke = (resolve(profile=profile)[0] for profile in ("default", "smoke"))
    assert smoke.tasks[0].task.steps < default.tasks[0].task.steps
    assert len(smoke.protocol.report_seeds) < len(default.protocol.report_seeds)
    assert (default.profile, smoke.profile) == ("default", "smoke")


def test_a_grid_that_a_paper_makes_too_short_is_a_mistake(resolve: Resolve) -> None:
    item = {"name": "adam", "lr_grid": [10.0**-exponent for exponent in range(1, 10)]}
    assert resolve(optimizers=[item])[1] == []
    (line,) = resolve(profile="paper", optimizers=[item])[1]
    assert line.startswith("profile paper: optimizer 'adam': lr_grid: has 9 learning rates, everyone else tries 13")


# Narrowing.


def names(file: SuiteFile) -> tuple[list[str], list[str]]:
    return [item.name for item in file.tasks], [item.name for item in file.optimizers]


def test_a_suite_is_narrowed_to_its_own_items_with_what_it_changes_about_them(
    file: Callable[..., SuiteFile], registry: Registry
) -> None:
    whole = file(tasks=["linear-regression", {"name": "quadratic", "steps": 7}], optimizers=["adam", "sgd"])
    narrowed = select(whole, registry, ["sgd"], ["quadratic"])
    assert names(narrowed) == (["quadratic"], ["sgd"])
    assert narrowed.tasks[0].model_dump()["steps"] == 7
    assert names(select(whole, registry, [], [])) == names(whole)


def test_what_the_suite_does_not_have_is_taken_from_the_registry_in_the_order_that_is_asked_for(
    file: Callable[..., SuiteFile], registry: Registry
) -> None:
    narrowed = select(file(), registry, ["sgd", "adam", "sgd"], ["linear-regression"])
    assert names(narrowed) == (["linear-regression"], ["sgd", "adam"])


def test_what_a_narrowed_suite_does_without_is_named(file: Callable[..., SuiteFile], registry: Registry) -> None:
    whole = file(tasks=["linear-regression", "quadratic"], optimizers=["adam", "sgd"])
    assert left_out(whole, select(whole, registry, ["sgd"], ["quadratic"])) == ("linear-regression", "adam")
    assert left_out(whole, select(whole, registry, ["sgd", "momentum", "adam"], [])) == ()


def test_classes_of_one_name_are_named_in_full_and_others_by_their_name(
    file: Callable[..., SuiteFile], registry: Registry
) -> None:
    chosen = select(file(), registry, ["torch.optim:Adam", "adam", "torch.optim:SGD"], [])
    assert names(chosen)[1] == ["torch.optim.Adam", "adam", "SGD"]


@pytest.mark.parametrize(
    ("optimizers", "tasks", "message"),
    [
        (["adma"], [], "unknown optimizer 'adma'; did you mean 'adam'?"),
        (["mylib.Lion"], [], "a class of your own is written module:Class"),
        ([], ["quadratc"], "unknown task 'quadratc'; did you mean 'quadratic'?"),
    ],
)
def test_an_unknown_name_is_a_mistake_with_the_closest(
    optimizers: list[str], tasks: list[str], message: str, file: Callable[..., SuiteFile], registry: Registry
) -> None:
    with pytest.raises(UnknownName) as caught:
        select(file(), registry, optimizers, tasks)
    assert message in str(caught.value)


# Renewal.


def test_a_suite_of_earlier_is_renewed_with_what_names_stand_for_now_and_keeps_what_nobody_provides(
    resolve: Resolve, registry: Registry
) -> None:
    now, _ = resolve(optimizers=["adam", "sgd"])
    (task,), (adam, sgd) = now.tasks, now.optimizers
    older = now.model_copy(
        update={
            "tasks": (task.model_copy(update={"revisions": {"model": 98, "dataset": 99}}),),
            "optimizers": (
                adam.model_copy(update={"revision": 99}),
                sgd.model_copy(update={"component": "gone", "revision": 7}),
            ),
        }
    )
    renewal = renewed(older, registry)
    assert renewal.tasks == now.tasks
    assert renewal.optimizers[0] == adam
    assert renewal.optimizers[1].revision == 7
