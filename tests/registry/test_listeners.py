"""Hooks that are called while a campaign runs: with what they ask for, and never again once they have failed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from optbench.registry.discovery import load_registry
from optbench.registry.listeners import Listener, Listeners
from tests.support.distributions import HEAD, hook, optimizers


def listeners(*functions: Any) -> tuple[Listeners, list[str]]:
    """Listeners to a hook, each of a distribution with its function's name, and the notes that they will make."""
    notes: list[str] = []
    found = [
        Listener(
            "optbench_h", function.__name__, function, function.__code__.co_varnames[: function.__code__.co_argcount]
        )
        for function in functions
    ]
    return Listeners(found, notes.append), notes


def raising(error: BaseException) -> Any:
    def fails(record: Any) -> None:
        raise error

    return fails


def test_each_is_called_with_the_arguments_it_takes_and_answers_under_its_distribution() -> None:
    def all_of_them(record: Any, done: Any, total: Any) -> Any:
        return record, done, total

    def one(total: Any) -> Any:
        return total

    def none() -> None:
        return None

    called, notes = listeners(all_of_them, one, none)
    answers = [("all_of_them", ("r", 1, 2)), ("one", 2), ("none", None)]
    assert called.call(record="r", done=1, total=2) == answers
    assert notes == []


def test_an_answer_that_cannot_be_read_is_a_failure_of_the_one_that_gave_it() -> None:
    def says_text() -> Any:
        return "driver 570"

    def says_pairs() -> Any:
        return {"driver": 570}

    notes: list[str] = []
    found = [Listener("optbench_h", f.__name__, f, ()) for f in (says_text, says_pairs)]
    called = Listeners(found, notes.append, read=dict)
    assert called.call() == called.call() == [("says_pairs", {"driver": 570})]
    (note,) = notes
    assert note.startswith("plugin says_text: optbench_h failed and is not called again: ValueError(")


@pytest.mark.parametrize(
    "error", [ValueError("oh"), SystemExit(3), AssertionError()], ids=lambda error: type(error).__name__
)
def test_one_that_fails_is_noted_once_and_not_called_again_and_the_others_are(error: BaseException) -> None:
    calls = []

    def works(record: Any) -> None:
        calls.append(record)

    called, notes = listeners(raising(error), works)
    for record in range(3):
        called.call(record=record)
    assert calls == [0, 1, 2]
    assert notes == [f"plugin fails: optbench_h failed and is not called again: {error!r}"]


def test_an_interrupt_by_the_user_goes_through() -> None:
    called, notes = listeners(raising(KeyboardInterrupt()))
    with pytest.raises(KeyboardInterrupt):
        called.call(record=1)
    assert notes == []


FINISHED = hook("optbench_run_finished", "raise ValueError")


def test_a_plugin_may_listen_and_nothing_else(install: Callable[..., str]) -> None:
    install("quiet", f"{HEAD}@optbench.hookimpl\ndef optbench_run_finished(total):\n    return total\n")
    registry = load_registry()
    (listener,) = registry.listening("optbench_run_finished")
    assert (listener.distribution, listener.arguments) == ("quiet", ("total",))
    assert registry.listening("optbench_environment") == []
    assert registry.problems == []


def test_loading_a_plugin_does_not_call_what_it_listens_with(install: Callable[..., str]) -> None:
    install("loud", FINISHED)
    assert len(load_registry().listening("optbench_run_finished")) == 1


@pytest.mark.parametrize(
    ("source", "problem"),
    [
        (FINISHED + "raise RuntimeError('late')\n", "RuntimeError: late"),
        (FINISHED + optimizers("adam").removeprefix(HEAD), "optimizer 'adam' of broken 2.0 clashes"),
        (FINISHED + hook("optbench_run_finnished", "return []").removeprefix(HEAD), "unknown hook"),
    ],
    ids=["its import fails", "a clash", "a misspelt hook beside it"],
)
def test_a_plugin_in_quarantine_does_not_listen(install: Callable[..., str], source: str, problem: str) -> None:
    install("broken", source)
    install("sound", hook("optbench_environment", "return {}"))
    registry = load_registry()
    assert [problem in line for line in registry.problems] == [True]
    assert [listener.distribution for listener in registry.listeners] == ["sound"]


def test_an_argument_that_the_hook_does_not_have_is_the_plugins_mistake(install: Callable[..., str]) -> None:
    install("asks", f"{HEAD}@optbench.hookimpl\ndef optbench_run_finished(record, weather):\n    pass\n")
    registry = load_registry()
    (problem,) = registry.problems
    assert problem.startswith("plugin asks is not used: ")
    assert "weather" in problem
    assert "\n" not in problem
    assert registry.listeners == []
