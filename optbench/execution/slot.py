"""`Slot`: a place where one run at a time happens, and comes back as a record whatever it does to its process."""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Iterator
from pathlib import Path

from pydantic import ValidationError

from optbench.execution.environment import capture_environment
from optbench.execution.process import ThisProcess, WorkerDied, WorkerProcess, WorkerTimeout
from optbench.execution.scratch import scratch_folder
from optbench.runs.context import ExecutionContext, Place
from optbench.runs.record import Costs, Evaluation, RunRecord, RunStatus
from optbench.runs.spec import RunSpec

PERFORM = "optbench.execution.worker:perform"
LOG_TAIL = 4000
"""Characters of a broken run's output that its record keeps."""


class Slot:
    """A worker process with a journal and a time limit, in which one run at a time happens.

    Executors are slots and a way to choose among them. With `optbench.ThisProcess` in place of the worker process, runs
    happen in the caller's own, without protection and without a time limit: for debuggers.
    `run` is called by one thread at a time; `close` may be called by any.
    """

    def __init__(
        self, place: Place, context: ExecutionContext, process: WorkerProcess | ThisProcess | None = None
    ) -> None:
        self.place, self.context = place, context
        self._process = process or WorkerProcess()
        self._folder = scratch_folder()

    def run(self, spec: RunSpec) -> RunRecord:
        """Carry out a run; one that crashes, hangs or raises has a record that says so, with its curve so far."""
        journal, log = (self._folder / f"{spec.run_id}.{suffix}" for suffix in ("jsonl", "log"))
        started = dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
        try:
            record: RunRecord = self._process.call(
                PERFORM, spec, self.place, self.context, journal, timeout=self.context.timeout, log=log
            )
        except WorkerTimeout as error:
            record = self._broken(spec, started, RunStatus.TIMEOUT, str(error), journal, log)
        except WorkerDied as error:
            record = self._broken(spec, started, RunStatus.CRASHED, str(error), journal, log)
        except Exception as error:
            record = self._broken(spec, started, RunStatus.FAILED, f"its worker raised {error!r}", journal, log)
        finally:
            for file in (journal, log):
                file.unlink(missing_ok=True)
        if record.status.unexpected:
            self._process.stop()
        return record

    def close(self) -> None:
        """Kill what is running, for good."""
        self._process.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _broken(
        self, spec: RunSpec, started: str, status: RunStatus, reason: str, journal: Path, log: Path
    ) -> RunRecord:
        """Write the record that a worker could not: its curve from the journal, its last output from the log."""
        evaluations = tuple(_read_journal(journal))
        last = evaluations[-1] if evaluations else None
        return RunRecord(
            run_id=spec.run_id,
            spec=spec,
            status=status,
            reason=reason,
            error=_last_words(log),
            evaluations=evaluations,
            costs=Costs(
                train_seconds=last.train_seconds,
                data_seconds=last.data_seconds,
                steps=last.step,
                samples=last.samples,
                gradient_evaluations=last.gradient_evaluations,
            )
            if last
            else Costs(),
            started=started,
            environment=capture_environment(self.place.hardware, spec.task.threads, self.context),
        )


def _last_words(log: Path) -> str:
    """Return the end of a worker's output, without the list of all loaded C extensions that a fatal signal adds."""
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines() if log.exists() else []
    return "\n".join(line for line in lines if not line.startswith("Extension modules:"))[-LOG_TAIL:]


def _read_journal(journal: Path) -> Iterator[Evaluation]:
    """Yield the evaluation points of a journal whose last line may be torn."""
    lines = journal.read_text(encoding="utf-8").splitlines() if journal.exists() else []
    for line in lines:
        try:
            yield Evaluation.model_validate_json(line)
        except ValidationError:
            return
