"""Checkpoints: files from which long runs go on whose process was killed.

A file holds the SHA-256 of the rest, and then what `torch.save` makes of plain data and tensors, which is loaded
without running any code that it names. It is written and replaced as a whole.
"""

from __future__ import annotations

import hashlib
import io
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from time import perf_counter
from typing import Any

import torch
from torch.serialization import default_restore_location

from optbench.errors import ResultsError
from optbench.registry.explanation import one_line
from optbench.runs.context import ExecutionContext
from optbench.runs.machine import FINGERPRINTED
from optbench.runs.spec import RunSpec
from optbench.store.mixture import versions
from optbench.store.store import Store
from optbench.training.checkpoint import NotRestored, restore, snapshot
from optbench.training.digests import Digests, module_digests
from optbench.training.memory import return_what_is_free
from optbench.training.restorable import why_not_restorable
from optbench.training.state import TrainingState
from optbench.training.training import Training

Content = dict[str, Any]
PATIENCE = 20
"""How many times longer than writing a checkpoint a run trains before the next one: large ones take their time."""

_CPU = torch.device("cpu")
_FOREIGN = re.compile(r"GLOBAL (\S+)")
_DIGEST = hashlib.sha256().digest_size


class OutOfTime(Exception):
    """A run that was resumed has had its time, that before the interruption included."""


@dataclass
class Checkpoints:
    """Those of one run: what it goes on from, if it may, and what is written while it trains.

    A checkpoint is used for the same run, with the same versions on the same kind of machine, and only where all is
    then what it was bit for bit. Otherwise the run starts again.
    """

    spec: RunSpec
    context: ExecutionContext
    environment: Callable[[], Mapping[str, Any]]
    resumed: tuple[int, ...] = ()
    """Steps at which the run went on."""
    notes: list[str] = field(default_factory=list)
    """Why it started again, and what could not be written: a line each."""

    def __post_init__(self) -> None:
        self._seconds = -perf_counter()

    @property
    def path(self) -> Path | None:
        """Where it lies; `None` for runs of several processes, and where the results folder is not there."""
        folder = self.context.checkpoints
        if not self.context.checkpoint_every or self.spec.task.processes > 1:
            return None
        return folder / f"{self.spec.run_id}.pt" if folder and folder.parent.is_dir() else None

    def read(self, device: torch.device) -> Content | None:
        """Return what there is to go on from; to be called before the run is built: an optimizer may be tried."""
        if self.path is None or not self.path.is_file():
            return None
        try:
            content = loaded(self.path.read_bytes(), device)
            self._refuse_others(content)
        except (NotRestored, OSError) as error:
            self._start_again(error)
            return None
        return content

    def take_up(self, content: Content, run: Training, state: TrainingState) -> bool:
        """Bring a run that was just built to where it was; where that fails it has to be built once more."""
        try:
            restore(run, state, content["run"])
        except NotRestored as error:
            self._start_again(error)
            return False
        self.resumed = (*content["resumed"], state.step)
        self.notes += content["notes"]
        self._seconds += content["seconds"]
        return True

    def write(self, run: Training, state: TrainingState, modules: Digests) -> None:
        """Write where the run is; what cannot be written is noted, and the run goes on."""
        assert self.path is not None
        about = {
            "made by": self._made_by,
            "resumed": self.resumed,
            "notes": self.notes,
            "seconds": self.seconds,
        }
        try:
            data = serialised(about | {"run": snapshot(run, state, modules)})
        except Exception as error:
            data = serialised(about | {"refused": f"it cannot be saved ({one_line(error)})"})
        try:
            Store(self.path.parent.parent).write(self.path, data)
        except ResultsError as error:
            self._note(f"no checkpoint: {error}")

    @property
    def seconds(self) -> float:
        """How long the run has taken, in all processes that count."""
        return self._seconds + perf_counter()

    @cached_property
    def _made_by(self) -> dict[str, str]:
        """What has to be the same: the run, versions, and what makes a machine another one."""
        environment = self.environment()
        facts = {name.replace("_", " "): str(environment[name]) for name in FINGERPRINTED}
        return {"run": self.spec.run_id} | versions(environment) | facts

    def _refuse_others(self, content: Content) -> None:
        here, there = self._made_by, content.get("made by", {})
        if changed := [name for name in here if here[name] != there.get(name)]:
            name = changed[0]
            raise NotRestored(f"it was made with {name} {there.get(name)}, not {here[name]}")
        if reason := content.get("refused"):
            raise NotRestored(reason)
        if missing := {"run", "resumed", "notes", "seconds"} - content.keys():
            raise NotRestored(f"it has no {min(missing)}")
        component = self.context.registry().optimizer(self.spec.component).component
        hyperparameters, steps = self.spec.hyperparameters, self.spec.task.steps
        if reason := why_not_restorable(component, hyperparameters, steps, lambda part: loaded(serialised(part), _CPU)):
            raise NotRestored(reason)

    def _start_again(self, reason: Exception) -> None:
        self._note(f"it started again, not from its checkpoint: {reason}")

    def _note(self, line: str) -> None:
        if line not in self.notes:
            self.notes.append(line)


class Writer:
    """Called before each step of a run, writes a checkpoint when one is due, on the evaluation clock."""

    def __init__(self, checkpoints: Checkpoints, run: Training, state: TrainingState) -> None:
        self._checkpoints, self._run, self._state = checkpoints, run, state
        every = checkpoints.context.checkpoint_every if checkpoints.path else math.inf
        self._every, self._due = every, perf_counter() + every
        self._limit = checkpoints.context.timeout if checkpoints.resumed else math.inf
        self._modules: Digests | None = None

    def __call__(self) -> None:
        if self._every == math.inf:
            return
        if self._modules is None:
            self._modules = module_digests(self._run.model)
        if self._checkpoints.seconds > self._limit:
            raise OutOfTime(f"still running after {self._limit:g} s, those before it was resumed included")
        if (now := perf_counter()) < self._due:
            return
        self._state.clock.settle()
        with self._state.clock.eval:
            self._checkpoints.write(self._run, self._state, self._modules)
            return_what_is_free()  # the memory of a run is not that of its checkpoints
        self._due = perf_counter() + max(self._every, PATIENCE * (perf_counter() - now))


def serialised(content: Content) -> bytes:
    """Return the bytes of a checkpoint; raises what pickling raises."""
    buffer = io.BytesIO()
    buffer.write(bytes(_DIGEST))
    torch.save(content, buffer)
    with buffer.getbuffer() as data:
        data[:_DIGEST] = hashlib.sha256(data[_DIGEST:]).digest()
    return buffer.getvalue()


def loaded(data: bytes, device: torch.device) -> Content:
    """Return the content of a checkpoint, with what lay on an accelerator on `device`; no code that it names is run.

    Raises `NotRestored` where it is damaged, or has more than plain data and tensors.
    """

    def place(storage: Any, location: str) -> Any:
        return default_restore_location(storage, location if location == "cpu" else str(device))  # type: ignore[no-untyped-call]

    digest, body = data[:_DIGEST], data[_DIGEST:]
    if hashlib.sha256(body).digest() != digest:
        raise NotRestored("its file is damaged")
    try:
        content = torch.load(io.BytesIO(body), map_location=place, weights_only=True)
    except Exception as error:
        foreign = "".join(f": {name}" for name in _FOREIGN.findall(str(error))[:1])
        raise NotRestored(f"it has more than plain data and tensors{foreign}") from error
    if not isinstance(content, dict):
        raise NotRestored("it is none")
    return content
