"""`Slot`: a place where runs happen, and come back as records whatever they do to their process."""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path

from pydantic import ValidationError

from optbench.execution.environment import capture_environment
from optbench.execution.process import ThisProcess, WorkerDied, WorkerProcess, WorkerTimeout, WorkerTooLarge
from optbench.execution.scratch import scratch_folder
from optbench.runs.context import ExecutionContext, Place
from optbench.runs.record import Costs, Evaluation, RunRecord, RunStatus
from optbench.runs.spec import RunSpec

PERFORM = "optbench.execution.worker:perform"
LOG_TAIL = 4000
"""Characters of a broken run's output that its record keeps."""


class Slot:
    """A worker process with journals and limits, in which runs happen one at a time or side by side.

    Executors are slots and a way to choose among them. With `optbench.ThisProcess` in place of the worker process, runs
    happen in the caller's own, without protection and without limits: for debuggers.
    `run` is called by one thread at a time; `close` may be called by any.
    """

    def __init__(
        self, place: Place, context: ExecutionContext, process: WorkerProcess | ThisProcess | None = None
    ) -> None:
        self.place, self.context = place, context
        self._process = process or WorkerProcess()
        self._folder = scratch_folder()

    def run(self, specs: Sequence[RunSpec]) -> tuple[RunRecord, ...]:
        """Carry out runs, several side by side; one that crashes, hangs or raises has a record that says so.

        Several whose process does not survive, or runs out of memory, are carried out again one by one: only the one
        that is to blame is then affected.
        """
        if len(specs) == 1:
            return (self._run(specs[0]),)
        try:
            return self._performed(specs)
        except Exception:
            self._process.stop()
        finally:
            self._clear(specs)
        return tuple(map(self._run, specs))

    def _run(self, spec: RunSpec) -> RunRecord:
        """Carry out one run and return its record."""
        started = dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
        try:
            (record,) = self._performed([spec])
        except WorkerTimeout as error:
            record = self._broken(spec, started, RunStatus.TIMEOUT, str(error))
        except WorkerTooLarge as error:
            record = self._broken(spec, started, RunStatus.OUT_OF_MEMORY, str(error))
        except WorkerDied as error:
            record = self._broken(spec, started, RunStatus.CRASHED, str(error))
        except Exception as error:
            record = self._broken(spec, started, RunStatus.FAILED, f"its worker raised {error!r}")
        finally:
            self._clear([spec])
        if record.status.unexpected:
            self._process.stop()
        return record

    def close(self) -> None:
        """Kill what is running, for good."""
        self._process.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _performed(self, specs: Sequence[RunSpec]) -> tuple[RunRecord, ...]:
        """Have the worker carry runs out; raises what becomes of it where it cannot say so itself."""
        records: tuple[RunRecord, ...] = self._process.call(
            PERFORM,
            tuple(specs),
            self.place,
            self.context,
            tuple(map(self._journal, specs)),
            timeout=self.context.timeout,
            memory=self.context.memory_limit,
            log=self._log(specs[0]),
        )
        return records

    def _journal(self, spec: RunSpec) -> Path:
        return self._folder / f"{spec.run_id}.jsonl"

    def _log(self, spec: RunSpec) -> Path:
        return self._folder / f"{spec.run_id}.log"

    def _clear(self, specs: Sequence[RunSpec]) -> None:
        for spec in specs:
            self._journal(spec).unlink(missing_ok=True)
            self._log(spec).unlink(missing_ok=True)

    def _broken(self, spec: RunSpec, started: str, status: RunStatus, reason: str) -> RunRecord:
        """Write the record that a worker could not: its curve from the journal, its last output from the log."""
        evaluations = tuple(_read_journal(self._journal(spec)))
        last = evaluations[-1] if evaluations else None
        return RunRecord(
            run_id=spec.run_id,
            spec=spec,
            status=status,
            reason=reason,
            error=_last_words(self._log(spec)),
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
