"""The exception tree.

    OptbenchError
    ├── UsageError            the user's mistake: one line on stderr, exit code 2
    │   ├── UnknownName       a name nothing provides: value, what was expected, the closest name
    │   ├── SuiteError        a suite file's mistakes, all at once, one line each
    │   ├── PluginError       a component or hook that breaks the rules
    │   └── ResultsError      a results folder that cannot be read or written
    └── DataUnavailable       a data set's files are neither here nor to be had

An experiment that fails (a diverged run, a segfault, a time-out) is never an exception: it is a
`RunRecord` with a `RunStatus`. Anything else that propagates is our own mistake and keeps its traceback.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from difflib import get_close_matches


class OptbenchError(Exception):
    """Root of every exception that optbench raises on purpose."""


class UsageError(OptbenchError):
    """The user's mistake; the message is one line with the value, the rule and the way out."""


class UnknownName(UsageError):
    """A name that nothing provides."""

    def __init__(self, kind: str, name: str, known: Iterable[str], hint: str = "") -> None:
        self.kind, self.name, self.hint = kind, name, hint
        self.known = tuple(sorted(known))
        super().__init__(f"unknown {kind} {name!r}{closest(name, self.known)}{hint}")

    def __reduce__(self) -> tuple[type[UnknownName], tuple[str, str, tuple[str, ...], str]]:
        return type(self), (self.kind, self.name, self.known, self.hint)


class SuiteError(UsageError):
    """Every mistake found in one suite file, each as `place: message`."""

    def __init__(self, source: str, problems: Sequence[str]) -> None:
        self.source, self.problems = source, tuple(problems)
        super().__init__("\n".join(f"{source}: {problem}" for problem in problems))


class PluginError(UsageError):
    """A component or a hook implementation that breaks the rules; names the distribution."""


class ResultsError(UsageError):
    """A results folder that cannot be read or written."""


class DataUnavailable(OptbenchError):
    """A data set's files are neither in the data folders nor to be downloaded."""

    def __init__(self, problem: str, way_out: str = "") -> None:
        self.problem, self.way_out = problem, way_out
        super().__init__(f"{problem}; {way_out}" if way_out else problem)

    def __reduce__(self) -> tuple[type[DataUnavailable], tuple[str, str]]:
        return type(self), (self.problem, self.way_out)


def closest(name: str, known: Iterable[str], show: int = 12) -> str:
    """Say which known name was probably meant, or what there is: `"; did you mean 'adam'?"`."""
    known = tuple(known)
    folded = {candidate.lower(): candidate for candidate in known}
    swapped = [candidate for candidate in folded if sorted(candidate) == sorted(name.lower())]
    match = swapped or get_close_matches(name.lower(), folded, n=1, cutoff=0.6)
    if match:
        return f"; did you mean {folded[match[0]]!r}?"
    if not known:
        return "; there is none"
    more = f", … ({len(known)} in all)" if len(known) > show else ""
    return f"; there is: {', '.join(known[:show])}{more}"
