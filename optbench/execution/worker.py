"""One run, inside a worker process: from a `RunSpec` to a `RunRecord`, whatever the run does short of dying."""

from __future__ import annotations

import datetime as dt
import functools
import traceback
from pathlib import Path
from time import perf_counter
from typing import Any

import torch

from optbench.components.component import resolve
from optbench.execution.identity import environment_of, refuse_changed_data, refuse_changed_sources
from optbench.execution.process_group import process_group
from optbench.registry.listeners import Listeners
from optbench.runs.context import ExecutionContext, Place
from optbench.runs.record import Costs, Evaluation, RunRecord, RunStatus
from optbench.runs.spec import RunSpec
from optbench.training.backends import backend_of
from optbench.training.clock import Clock
from optbench.training.data import refuse_changes, versions
from optbench.training.loop import train
from optbench.training.memory import state_bytes
from optbench.training.parallel import ProcessGroup, joined
from optbench.training.prepare import prepare_run
from optbench.training.state import TrainingState
from optbench.training.training import Training

FOLLOW = "optbench.execution.worker:follow"


def perform(spec: RunSpec, place: Place, context: ExecutionContext, journal: Path) -> RunRecord:
    """Carry out one run at a place and return its record.

    Each evaluation point is appended to `journal` as a line of JSON the moment it is known, so that the curve survives
    a worker that does not.
    """
    started = dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
    begun = perf_counter()
    device = torch.device(place.device)
    state = TrainingState(Clock(device))
    run, optimum, status, reason, error = None, None, RunStatus.COMPLETED, "", ""
    setup = 0.0
    try:
        meeting_point = journal.with_suffix(".meeting")
        with process_group(FOLLOW, spec.task.processes, device, meeting_point, spec, context) as group:
            refuse_changed_sources(spec, context)
            run = prepare_run(spec, device, context, group)
            refuse_changed_sources(spec, context)  # again: modules are imported in between
            refuse_changed_data(spec, context, place.device)
            optimum = _optimum(spec, run)
            setup = perf_counter() - begun
            with journal.open("a", encoding="utf-8", buffering=1) as lines:
                splits, before = run.splits, versions(run.splits)

                def keep(point: Evaluation) -> None:
                    print(point.model_dump_json(), file=lines)
                    refuse_changes(splits, before)

                train(run, state, keep)
                refuse_changes(splits, before)
        if state.diverged:
            status, reason = RunStatus.DIVERGED, state.diverged
    except (torch.OutOfMemoryError, MemoryError) as caught:
        status, reason, error = RunStatus.OUT_OF_MEMORY, _first_line(caught), traceback.format_exc()
    except (Exception, SystemExit) as caught:
        status, reason, error = RunStatus.FAILED, _first_line(caught), traceback.format_exc()
    return RunRecord(
        run_id=spec.run_id,
        spec=spec,
        status=status,
        reason=_encodable(reason),
        error=_encodable(error),
        notes=tuple(map(_encodable, _notes(spec, run, context))),
        evaluations=tuple(state.evaluations),
        final=state.final,
        optimum=optimum,
        costs=_costs(run, state, setup or perf_counter() - begun),
        started=started,
        environment=environment_of(spec, place.hardware, context) | _said_by_plugins(context),
    )


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


def _costs(run: Training | None, state: TrainingState, setup_seconds: float) -> Costs:
    parameters = [] if run is None else list(run.model.parameters())
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
        peak_device_bytes=backend_of(run.device).peak_bytes(run.device) if run else None,
        peak_resident_bytes=state.memory.peak,
        resident_growth_bytes=state.memory.growth,
    )


def _encodable(text: str) -> str:
    """Replace lone surrogates, which a record's UTF-8 cannot hold."""
    return text.encode("utf-8", "replace").decode()


def _first_line(error: BaseException) -> str:
    text = str(error).strip().splitlines()
    return f"{type(error).__name__}: {text[0]}" if text else type(error).__name__
