"""A check, what it finds, and how a component is examined by it."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Literal, get_args

Kind = Literal["optimizer", "model", "dataset", "task", "schedule", "loss", "metric"]
KINDS: tuple[Kind, ...] = get_args(Kind)


class Violation(Exception):
    """What was seen where something else was expected; raised inside a check."""


class NotApplicable(Exception):
    """Why a check has nothing to say about a component; raised inside a check."""


class NotDeclared(Exception):
    """What is not examined, and the declaration that would have it examined; raised inside a check."""


class Outcome(StrEnum):
    """What a check says of a component."""

    PASSED = "passed"
    FAILED = "failed"
    LIMIT = "declared limit"
    NOT_EXAMINED = "not examined"
    NOT_APPLICABLE = "not applicable"


@dataclass(frozen=True)
class Check:
    """One behaviour that components of a kind have.

    `run` looks at a component and raises `Violation` or `NotApplicable`; the first paragraph of its docstring is what
    is expected. `why` says what goes wrong in a benchmark, or for a user, where the behaviour is missing.
    """

    name: str
    why: str
    run: Callable[[Any], None]

    @property
    def expected(self) -> str:
        """What is expected, as one sentence."""
        return " ".join(inspect.cleandoc(self.run.__doc__ or "").partition("\n\n")[0].split())


@dataclass(frozen=True)
class Finding:
    """What one check says of one component; `seen` is a sentence for every outcome but `PASSED`.

    `output` is what the component printed meanwhile, where it was examined in a worker process.
    """

    kind: Kind
    component: str
    check: str
    outcome: Outcome
    expected: str
    seen: str = ""
    why: str = ""
    output: str = ""

    def __str__(self) -> str:
        lines = [f"{self.kind} {self.component}: {self.check} {self.outcome}", f"  expected: {self.expected}"]
        return "\n".join([*lines, f"  seen:     {self.seen}", f"  why:      {self.why}"])


def check(name: str, why: str) -> Callable[[Callable[[Any], None]], Check]:
    """Make a check of a function, under this name."""
    return lambda function: Check(name, why, function)


def said(error: BaseException) -> str:
    """Return what a check saw where something was raised: the type and the first line."""
    text = str(error).strip().splitlines()
    return f"{type(error).__name__}: {text[0]}" if text else type(error).__name__


def examine(
    check: Check,
    kind: Kind,
    name: str,
    subject: Callable[[], Any],
    limits: Mapping[str, str] | None = None,
    explain: Callable[[BaseException], str] = said,
) -> Finding:
    """Apply a check to what `subject` makes of a component; whatever that, or the check, raises is what was seen.

    `explain` makes a sentence of it. A check that the component declares among its `limits` may fail; where it passes,
    the declaration is what fails.
    """
    limit = (limits or {}).get(check.name)
    outcome, seen = _outcome(check, subject, explain)
    if limit is not None and outcome is Outcome.PASSED:
        outcome, seen = Outcome.FAILED, f"it passes, though it is declared as a limit ({limit}): remove it from limits"
    elif limit is not None and outcome is Outcome.FAILED:
        outcome, seen = Outcome.LIMIT, limit
    return Finding(kind, name, check.name, outcome, check.expected, seen, check.why)


def _outcome(check: Check, subject: Callable[[], Any], explain: Callable[[BaseException], str]) -> tuple[Outcome, str]:
    from optbench.testing.settings import kept

    try:
        with kept():
            check.run(subject())
    except NotApplicable as reason:
        return Outcome.NOT_APPLICABLE, str(reason)
    except NotDeclared as reason:
        return Outcome.NOT_EXAMINED, str(reason)
    except Violation as violation:
        return Outcome.FAILED, str(violation)
    except (Exception, SystemExit) as error:
        return Outcome.FAILED, explain(error)
    return Outcome.PASSED, ""
