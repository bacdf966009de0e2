"""Runs, inside a worker process: from `RunSpec` to `RunRecord`, whatever a run does short of dying."""

from __future__ import annotations

import datetime as dt
import functools
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from time import perf_counter
from typing import Any

import torch

from optbench.components.component import resolve
from optbench.execution.checkpoints import Checkpoints, OutOfTime, Writer
from optbench.execution.identity import environment_of, refuse_changed_data, refuse_changed_sources
from optbench.execution.process_group import process_group
from optbench.registry.explanation import one_line
from optbench.registry.listeners import Listeners
from optbench.runs.context import ExecutionContext, Place
from optbench.runs.record import Costs, Evaluation, RunRecord, RunStatus
from optbench.runs.spec import RunSpec
from optbench.training.backends import backend_of
from optbench.training.clock import Clock
from optbench.training.data import refuse_changes, versions
from optbench.training.loop import train
from optbench.training.memory import ResidentMemory, ran_out_of_memory, state_bytes
from optbench.training.parallel import SINGLE, ProcessGroup, joined
from optbench.training.prepare import prepare_run
from optbench.training.side_by_side.loop import Member, train_side_by_side
from optbench.training.side_by_side.trial import ARITHMETIC, why_apart
from optbench.training.state import TrainingState
from optbench.training.training import Training

FOLLOW = "optbench.execution.worker:follow"


def perform(
    specs: Sequence[RunSpec], place: Place, context: ExecutionContext, journals: Sequence[Path]
) -> tuple[RunRecord, ...]:
    """Carry out runs of one task and optimizer at a place, side by side where they may be, and return their records.

    Each evaluation point is appended to the run's journal as a line of JSON the moment it is known, so that the curve
    survives a worker that does not. Raises where memory runs out for several.
    """
    attempts = [_Attempt(spec, place, context, journal) for spec, journal in zip(specs, journals, strict=True)]
    task = attempts[0].spec.task
    if task.processes > 1:
        _each_alone(attempts, "each run is spread over several processes")
    elif (task.model_dump_json(), place.device) in _arithmetic:
        _each_alone(attempts, ARITHMETIC)
    else:
        for attempt in attempts:
            attempt.guarded(attempt.prepare)
        ready = [attempt for attempt in attempts if attempt.run is not None]
        if len(ready) == 1:
            ready[0].guarded(lambda: _side_by_side(ready, context))
        elif ready:
            _side_by_side(ready, context)
    return tuple(attempt.record() for attempt in attempts)


_arithmetic: set[tuple[str, str]] = set()
"""Tasks (as JSON), on a device, whose runs need not be looked at again: they train alone."""


def _side_by_side(attempts: Sequence[_Attempt], context: ExecutionContext) -> None:
    spec = attempts[0].spec
    component = context.registry().optimizer(spec.component).component
    runs = [attempt.run for attempt in attempts if attempt.run is not None]
    if reason := why_apart(runs, [attempt.spec for attempt in attempts], component):
        if reason == ARITHMETIC:
            _arithmetic.add((spec.task.model_dump_json(), attempts[0].place.device))
        _each_alone(attempts, reason)
        return
    try:
        with ExitStack() as stack:
            members = [
                Member(attempt.spec.seed, run, attempt.state, stack.enter_context(attempt.journalling()))
                for attempt, run in zip(attempts, runs, strict=True)
            ]
            train_side_by_side(members, component)
    except Exception as error:
        if ran_out_of_memory(error):
            raise
        _each_alone(attempts, one_line(error))
        return
    for attempt, member in zip(attempts, members, strict=True):
        attempt.side_by_side = len(members)
        attempt.guarded(member.reveal)


def _each_alone(attempts: Sequence[_Attempt], reason: str) -> None:
    for attempt in attempts:
        attempt.begin_again(reason)
        attempt.carry_out()


class _Attempt:
    """A run under way, and what its record will say, whatever it does short of ending the process."""

    def __init__(self, spec: RunSpec, place: Place, context: ExecutionContext, journal: Path) -> None:
        self.spec, self.place, self.context, self.journal = spec, place, context, journal
        self.device = torch.device(place.device)
        self.begin_again("")

    def begin_again(self, alone: str) -> None:
        """Forget what has happened; `alone` says why it does not train side by side with others."""
        self.alone, self.side_by_side = alone, 1
        self.started = dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
        self.begun, self.setup = perf_counter(), 0.0
        self.state = TrainingState(Clock(self.device))
        self.run: Training | None = None
        self.checkpoints = Checkpoints(self.spec, self.context, self._environment)
        self.optimum: float | None = None
        self.status, self.reason, self.error = RunStatus.COMPLETED, "", ""

    def carry_out(self) -> None:
        """Train by itself, in as many processes as the task asks for."""
        self.guarded(self._train)

    def guarded(self, action: Callable[[], object]) -> None:
        """Do something; what it raises ends the run."""
        try:
            action()
        except OutOfTime as caught:
            self.status, self.reason = RunStatus.TIMEOUT, str(caught)
        except (Exception, SystemExit) as caught:
            self.status = RunStatus.OUT_OF_MEMORY if ran_out_of_memory(caught) else RunStatus.FAILED
            self.error = traceback.format_exc()
            self.reason = _first_line(caught)

    def prepare(self, group: ProcessGroup = SINGLE) -> Training:
        """Build the run; raises what that raises, and `UsageError` where code or data are not the planned ones."""
        refuse_changed_sources(self.spec, self.context)
        self.run = run = prepare_run(self.spec, self.device, self.context, group)
        refuse_changed_sources(self.spec, self.context)  # again: modules are imported in between
        refuse_changed_data(self.spec, self.context, self.place.device)
        self.optimum = _optimum(self.spec, run)
        self.setup = perf_counter() - self.begun
        return run

    def _train(self) -> None:
        meeting_point = self.journal.with_suffix(".meeting")
        processes = self.spec.task.processes
        with process_group(FOLLOW, processes, self.device, meeting_point, self.spec, self.context) as group:
            run = self._prepared(group)
            with self.journalling() as keep:
                train(run, self.state, keep, Writer(self.checkpoints, run, self.state))

    def _prepared(self, group: ProcessGroup) -> Training:
        """Build the run, and bring it to where it was interrupted if there is a checkpoint to go on from."""
        content = self.checkpoints.read(self.device)
        run = self.prepare(group)
        if content is None:
            return run
        if not self.checkpoints.take_up(content, run, self.state):
            self.state = TrainingState(Clock(self.device))
            return self.prepare(group)
        self.setup = perf_counter() - self.begun
        return run

    @contextmanager
    def journalling(self) -> Iterator[Callable[[Evaluation], None]]:
        """Yield what keeps each evaluation point; raises `UsageError` where the run changes its data in place."""
        assert self.run is not None
        splits, before = self.run.splits, versions(self.run.splits)
        with self.journal.open("a", encoding="utf-8", buffering=1) as lines:

            def keep(point: Evaluation) -> None:
                print(point.model_dump_json(), file=lines)
                refuse_changes(splits, before)

            for point in self.state.evaluations:
                keep(point)

            yield keep
            refuse_changes(splits, before)

    def record(self) -> RunRecord:
        """Return all that is known of it."""
        status, reason = self.status, self.reason
        if status is RunStatus.COMPLETED and self.state.diverged:
            status, reason = RunStatus.DIVERGED, self.state.diverged
        environment = self._environment() | _said_by_plugins(self.context)
        return RunRecord(
            run_id=self.spec.run_id,
            spec=self.spec,
            status=status,
            reason=_encodable(reason),
            error=_encodable(self.error),
            notes=tuple(map(_encodable, [*_notes(self.spec, self.run, self.context), *self.checkpoints.notes])),
            evaluations=tuple(self.state.evaluations),
            final=self.state.final,
            optimum=self.optimum,
            costs=_costs(
                self.run,
                self.state,
                self.setup or perf_counter() - self.begun,
                self.side_by_side,
                self.checkpoints.resumed,
            ),
            started=self.started,
            environment=environment,
            alone=_encodable(self.alone),
        )

    def _environment(self) -> dict[str, Any]:
        return environment_of(self.spec, self.place.hardware, self.context)


def follow(group: ProcessGroup, device_name: str, file: Path, spec: RunSpec, context: ExecutionContext) -> None:
    """Be one of the other processes of a data-parallel run: train as the first one does, and report nothing."""
    device = torch.device(device_name)
    with joined(group, device, file):
        run = prepare_run(spec, device, context, group)
        refuse_changed_sources(spec, context)
        train(run, TrainingState(Clock(device)), lambda point: None)


@functools.cache
def _said_by_plugins(context: ExecutionContext) -> dict[str, Any]:
    """What the hook `optbench_environment` says, asked once per process: by distribution, or why it could not say."""
    notes: list[str] = []
    listeners = Listeners(context.registry().listening("optbench_environment"), notes.append, _plain)
    said = {distribution: answer for distribution, answer in listeners.call() if answer}
    return ({"said_by_plugins": said} if said else {}) | ({"plugin_notes": notes} if notes else {})


def _plain(answer: Any) -> dict[str, str]:
    return {_encodable(str(key)): _encodable(str(value)) for key, value in dict(answer).items()}


def _optimum(spec: RunSpec, run: Training) -> float | None:
    return None if spec.task.optimum is None else float(resolve(spec.task.optimum)(run.splits, run.model))


def _notes(spec: RunSpec, run: Training | None, context: ExecutionContext) -> list[str]:
    planned = [note for optimizer, task, note in context.notes if (optimizer, task) == (spec.optimizer, spec.task.name)]
    return planned + (run.diagnosis.notes if run else [])


def _costs(
    run: Training | None, state: TrainingState, setup_seconds: float, side_by_side: int, resumed: tuple[int, ...]
) -> Costs:
    parameters = [] if run is None else list(run.model.parameters())
    of_whole_run = side_by_side == 1 and not resumed  # else a process's memory is that of several runs, or of a part
    memory = state.memory if of_whole_run else ResidentMemory()
    return Costs(
        train_seconds=state.clock.train.seconds,
        data_seconds=state.clock.data.seconds,
        eval_seconds=state.clock.eval.seconds,
        first_step_seconds=state.first_step_seconds,
        prepare_seconds=state.clock.prepare.seconds,
        schedule_seconds=state.clock.schedule.seconds,
        gradient_seconds=state.clock.gradient.seconds,
        update_seconds=None if run is None else state.clock.update_alone(run.takes_closure),
        setup_seconds=setup_seconds,
        steps=state.step,
        samples=state.samples,
        gradient_evaluations=state.gradient_evaluations,
        parameters=sum(p.numel() for p in parameters),
        parameter_bytes=sum(p.nbytes for p in parameters),
        optimizer_state_bytes=0 if run is None else state_bytes(run.optimizer),
        peak_device_bytes=backend_of(run.device).peak_bytes(run.device) if run and not resumed else None,
        peak_resident_bytes=memory.peak,
        resident_growth_bytes=memory.growth,
        side_by_side=side_by_side,
        resumed=resumed,
    )


def _encodable(text: str) -> str:
    """Replace lone surrogates, which a record's UTF-8 cannot hold."""
    return text.encode("utf-8", "replace").decode()


def _first_line(error: BaseException) -> str:
    text = str(error).strip().splitlines()
    return f"{type(error).__name__}: {text[0]}" if text else type(error).__name__
