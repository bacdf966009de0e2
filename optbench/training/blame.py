"""Whose code raised, in one line: what a task is refused for, and what a record says."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from torch import nn

from optbench.components.component import Build
from optbench.errors import OptbenchError, UnknownName, UsageError
from optbench.registry.explanation import one_line, place_of
from optbench.training.memory import ran_out_of_memory


@contextmanager
def blamed(owner: str, *sources: Build | nn.Module | None, given: Callable[[], str] = str) -> Iterator[None]:
    """Turn what someone's code raises into a `UsageError` that names `owner`, and the line of the `sources`.

    `given` says what it was given, to be told as well. What optbench raises on purpose, and running out of memory,
    stays what it is.
    """
    try:
        yield
    except UnknownName as error:
        raise UsageError(f"{owner}: {error}") from error
    except OptbenchError:
        raise
    except Exception as error:
        if ran_out_of_memory(error):
            raise
        place = place_of(error, {package for source in sources for package in _packages(source)} - {"optbench"})
        raise UsageError(f"{owner} raised {one_line(error)}{place}{given()}") from error


def _packages(source: Build | nn.Module | None) -> Iterator[str]:
    """The packages, or modules, that the code of a component lies in."""
    if isinstance(source, nn.Module):
        yield from {type(module).__module__.partition(".")[0] for module in source.modules()} - {"torch"}
    elif source is not None:
        yield (source if isinstance(source, str) else source.__module__).partition(":")[0].partition(".")[0]
