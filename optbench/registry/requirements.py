"""What a distribution requires, compared with what is installed, before anything of it is imported."""

from __future__ import annotations

import contextlib
import shlex
from collections.abc import Iterator, Sequence
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from packaging.requirements import Requirement


def unmet(requirements: Sequence[str]) -> str:
    """Say which of a distribution's requirements are not met, and what installs them; "" where all are.

    Those of its extras and of other systems do not apply; what cannot be read is passed over.
    """
    lacks = {_written(requirement): _lack(requirement) for requirement in _applicable(requirements)}
    lacks = {written: lack for written, lack in lacks.items() if lack}
    needs = ", and ".join(f"{written}, {lack}" for written, lack in lacks.items())
    return f"needs {needs}: pip install {shlex.join(lacks)}" if lacks else ""


def required(requirements: Sequence[str]) -> list[str]:
    """Return the names of the distributions that apply here among a distribution's requirements."""
    return [requirement.name for requirement in _applicable(requirements)]


def _applicable(requirements: Sequence[str]) -> Iterator[Requirement]:
    if not requirements:
        return
    from packaging.requirements import Requirement  # a tenth of what `optbench list` takes

    for text in requirements:
        with contextlib.suppress(ValueError, KeyError):  # what packaging raises for what it cannot read
            requirement = Requirement(text)
            if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
                yield requirement


def _lack(requirement: Requirement) -> str:
    try:
        installed = version(requirement.name)
    except PackageNotFoundError:
        return "which is not installed"
    fits = installed is None or requirement.specifier.contains(installed, prereleases=True)
    return "" if fits else f"but {installed} is installed"


def _written(requirement: Requirement) -> str:
    """Return a requirement as pip takes it, without its marker and with the lower bound first."""
    name = requirement.name + (f"[{','.join(sorted(requirement.extras))}]" if requirement.extras else "")
    if requirement.url:
        return f"{name} @ {requirement.url}"
    return name + ",".join(sorted(map(str, requirement.specifier), reverse=True))
