"""One run, inside a worker process: from a `RunSpec` to a `RunRecord`, whatever the run does short of dying."""

from __future__ import annotations

import dataclasses
import datetime as dt
import functools
import inspect
import sys
import traceback
from pathlib import Path
from time import perf_counter
from typing import Any

import torch

from optbench.engine.build import build_training
from optbench.engine.clock import Clock
from optbench.engine.contours import misfit
from optbench.engine.loop import Trace, Training, train
from optbench.engine.memory import state_bytes
from optbench.engine.parallel import Place, followers, meeting
from optbench.engine.seeding import seed_everything, seeds_for
from optbench.engine.surroundings import Surroundings
from optbench.errors import PluginError, UsageError
from optbench.registry.components import resolve
from optbench.registry.discovery import load_registry, source_checksum
from optbench.registry.listeners import Listeners
from optbench.registry.registry import Registry
from optbench.runs.record import Costs, RunRecord, RunStatus
from optbench.runs.spec import RunSpec
from optbench.store.environment import capture_environment, cpu_model
from optbench.suite.resolve import Imported

ESTIMATION_STEPS = 12
FOLLOW = "optbench.engine.worker:follow"


def perform(
    spec: RunSpec, device_name: str, hardware_name: str, surroundings: Surroundings, journal: Path
) -> RunRecord:
    """Carry out one run on a device and return its record.

    Each evaluation point is appended to `journal` as a line of JSON the moment it is known, so that the curve survives
    a worker that does not.
    """
    started = dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
    begun = perf_counter()
    device = torch.device(device_name)
    trace = Trace(Clock(device))
    run, optimum, status, reason, error = None, None, RunStatus.COMPLETED, "", ""
    setup = 0.0
    meeting_place = journal.with_suffix(".meeting")
    try:
        clean_slate(spec, device)
        registry = registry_of(surroundings)
        with followers(FOLLOW, spec.task.processes, device, meeting_place, spec, surroundings) as place:
            run = build_training(spec, registry, surroundings.folders, device, surroundings.diagnostics, place)
            optimum = _optimum(spec, run)
            seed_everything(seeds_for(spec.task.name, spec.seed).forward)
            setup = perf_counter() - begun
            with journal.open("a", encoding="utf-8", buffering=1) as lines:
                train(run, trace, lambda point: print(point.model_dump_json(), file=lines))
        if trace.diverged:
            status, reason = RunStatus.DIVERGED, trace.diverged
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
        notes=tuple(map(_encodable, run.diagnosis.notes)) if run else (),
        evaluations=tuple(trace.evaluations),
        final=trace.final,
        optimum=optimum,
        costs=_costs(run, trace, setup or perf_counter() - begun),
        started=started,
        environment=capture_environment(
            hardware_name, spec.task.threads, surroundings.commit, surroundings.distributions or ()
        )
        | _said_by_plugins(surroundings),
    )


def follow(place: Place, device_name: str, file: Path, spec: RunSpec, surroundings: Surroundings) -> None:
    """Be one of the other processes of a data-parallel run: train as the first one does, and report nothing."""
    device = torch.device(device_name)
    clean_slate(spec, device)
    registry = registry_of(surroundings)
    with meeting(place, device, file):
        run = build_training(spec, registry, surroundings.folders, device, place=place)
        train(run, Trace(Clock(device)), lambda point: None)


@functools.cache
def registry_of(surroundings: Surroundings) -> Registry:
    """Build this process's own registry from the same plugins, once."""
    for folder in surroundings.search_path:
        if folder not in sys.path:
            sys.path.append(folder)
    return load_registry(surroundings.plugins, surroundings.distributions)


@functools.cache
def _said_by_plugins(surroundings: Surroundings) -> dict[str, Any]:
    """What the hook `optbench_environment` says, asked once per process: by distribution, or why it could not say."""
    notes: list[str] = []
    listeners = Listeners(registry_of(surroundings).listening("optbench_environment"), notes.append, _plain)
    said = {distribution: answer for distribution, answer in listeners.call() if answer}
    return ({"said_by_plugins": said} if said else {}) | ({"plugin_notes": notes} if notes else {})


def _plain(answer: Any) -> dict[str, str]:
    return {_encodable(str(key)): _encodable(str(value)) for key, value in dict(answer).items()}


def inspect_import(import_string: str, surroundings: Surroundings) -> Imported:
    """Look at the optimizer class that an import string names: its default learning rate, and its source."""
    registry_of(surroundings)
    build = resolve(import_string)
    argument = inspect.signature(build).parameters.get("lr")
    lr = float(argument.default) if argument and isinstance(argument.default, float | int) else None
    source = inspect.getsourcefile(build)
    return Imported(lr, int(source_checksum(Path(source)), 16) if source else 1)


def hardware() -> dict[str, tuple[str, ...]]:
    """Return the names of this machine's devices of each kind, in the order of their indices."""
    gpus = tuple(torch.cuda.get_device_name(i) for i in range(torch.cuda.device_count()))
    return {"cpu": (cpu_model(),), "cuda": gpus, "mps": (cpu_model(),) * torch.backends.mps.is_available()}


def rehearse(spec: RunSpec, surroundings: Surroundings) -> str:
    """Build a run on the CPU and look at two examples; return, in a line, what its task's options make impossible.

    A landscape is compared with the training loss.

    Whatever else goes wrong is the runs' own to record.
    """
    device = torch.device("cpu")
    clean_slate(spec, device)
    try:
        run = build_training(spec, registry_of(surroundings), surroundings.folders, device)
        with torch.no_grad():
            run.loss(run.predict(run.splits.train.inputs[:2]), run.splits.train.targets[:2])
        words = misfit(spec.task.landscape, run) if spec.task.landscape else ""
        return f"{words}; set its landscape's function, window and minima to those of its model" if words else ""
    except PluginError:
        return ""
    except UsageError as error:
        return str(error)
    except Exception:
        return ""


def estimated_seconds(spec: RunSpec, device_name: str, surroundings: Surroundings) -> float:
    """Estimate how long a run takes from a few of its steps; raises what building it raises."""
    device = torch.device(device_name)
    clean_slate(spec, device)
    run = build_training(spec, registry_of(surroundings), surroundings.folders, device)
    steps = min(ESTIMATION_STEPS, spec.task.steps)
    task = spec.task.model_copy(update={"steps": steps, "evaluations": 2})
    trace = Trace(Clock(device))
    train(dataclasses.replace(run, task=task), trace, lambda point: None)
    per_step = (trace.clock.train.seconds + trace.clock.data.seconds - trace.first_step_seconds) / max(1, steps - 1)
    evaluations = trace.clock.eval.seconds * (1 + len(spec.task.evaluation_steps())) / 3
    return trace.first_step_seconds + per_step * (spec.task.steps - 1) + evaluations


def clean_slate(spec: RunSpec, device: torch.device) -> None:
    """Undo what an earlier run in this process may have set globally."""
    torch.set_num_threads(spec.task.threads)
    torch.set_default_dtype(torch.float32)
    torch.set_default_device(None)
    torch.set_grad_enabled(True)
    torch.use_deterministic_algorithms(False)
    torch.backends.cudnn.benchmark = False
    if device.type == "cuda":
        torch.cuda.set_device(device)
        torch.cuda.reset_peak_memory_stats(device)


def _optimum(spec: RunSpec, run: Training) -> float | None:
    return None if spec.task.optimum is None else float(resolve(spec.task.optimum)(run.splits, run.model))


def _costs(run: Training | None, trace: Trace, setup_seconds: float) -> Costs:
    parameters = [] if run is None else list(run.model.parameters())
    return Costs(
        train_seconds=trace.clock.train.seconds,
        data_seconds=trace.clock.data.seconds,
        eval_seconds=trace.clock.eval.seconds,
        first_step_seconds=trace.first_step_seconds,
        setup_seconds=setup_seconds,
        steps=trace.steps,
        samples=trace.samples,
        gradient_evaluations=trace.gradient_evaluations,
        parameters=sum(p.numel() for p in parameters),
        parameter_bytes=sum(p.nbytes for p in parameters),
        optimizer_state_bytes=0 if run is None else state_bytes(run.optimizer),
        peak_device_bytes=torch.cuda.max_memory_allocated(run.device) if run and run.device.type == "cuda" else None,
    )


def _encodable(text: str) -> str:
    """Replace lone surrogates, which a record's UTF-8 cannot hold."""
    return text.encode("utf-8", "replace").decode()


def _first_line(error: BaseException) -> str:
    text = str(error).strip().splitlines()
    return f"{type(error).__name__}: {text[0]}" if text else type(error).__name__
