"""Carries out runs, several at a time, each in its slot's isolated worker; every run comes back as a record."""

from __future__ import annotations

import datetime as dt
import tempfile
import threading
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self, cast

from pydantic import ValidationError

from optbench.engine.devices import Hardware
from optbench.engine.isolation import Isolate, WorkerDied, WorkerTimeout
from optbench.engine.surroundings import Surroundings
from optbench.registry.components import resolve
from optbench.runs.record import Costs, Evaluation, RunRecord, RunStatus
from optbench.runs.spec import RunSpec
from optbench.store.environment import capture_environment
from optbench.suite.suite import DeviceKind

PERFORM = "optbench.engine.worker:perform"
LOG_TAIL = 4000
"""Characters of a broken run's output that its record keeps."""


@dataclass(frozen=True)
class Work:
    """What an executor needs to know: the places where runs happen, one at a time in each, and how one is done."""

    slots: Mapping[DeviceKind, Sequence[str]]
    """Names of devices (`cpu`, `cuda:1`) by kind, one per place: `cpu` twice is two runs at a time."""
    hardware: Hardware
    surroundings: Surroundings
    timeout: float
    """Seconds that one run may take."""

    def perform(self, spec: RunSpec, device: str) -> RunRecord:
        """Carry out a run in this very process, unprotected and without a time limit, and return its record."""
        perform = resolve(PERFORM)
        with tempfile.TemporaryDirectory(prefix="optbench-") as scratch:
            record: RunRecord = perform(
                spec, device, self.hardware_name(device), self.surroundings, Path(scratch, "journal.jsonl")
            )
        return record

    def hardware_name(self, device: str) -> str:
        """Name of the hardware behind a device, as records have it."""
        kind, _, index = device.partition(":")
        return self.hardware[cast("DeviceKind", kind)][int(index or 0)]


@dataclass
class Slot:
    """A place where one run at a time happens."""

    device: str
    hardware: str
    isolate: Isolate = field(default_factory=Isolate)


class LocalExecutor:
    """Worker slots on this machine, by kind of device."""

    def __init__(self, work: Work) -> None:
        self._surroundings, self._timeout = work.surroundings, work.timeout
        self._scratch = tempfile.TemporaryDirectory(prefix="optbench-", ignore_cleanup_errors=True)
        self._local = threading.local()
        self._slots = {
            kind: [Slot(name, work.hardware_name(name)) for name in names] for kind, names in work.slots.items()
        }
        self._threads = {
            kind: ThreadPoolExecutor(len(slots), initializer=self._take_slot, initargs=(iter(tuple(slots)),))
            for kind, slots in self._slots.items()
        }

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Drop what is waiting and kill what is running."""
        for threads in self._threads.values():
            threads.shutdown(wait=False, cancel_futures=True)
        for slot in (slot for slots in self._slots.values() for slot in slots):
            slot.isolate.close()
        for threads in self._threads.values():
            threads.shutdown()
        self._scratch.cleanup()

    def submit(self, spec: RunSpec) -> Future[RunRecord]:
        """Queue a run on its kind of device."""
        return self._threads[spec.device].submit(self._run, spec)

    def _take_slot(self, slots: Iterator[Slot]) -> None:
        self._local.slot = next(slots)

    def _run(self, spec: RunSpec) -> RunRecord:
        slot: Slot = self._local.slot
        journal, log = (Path(self._scratch.name, f"{spec.run_id}.{suffix}") for suffix in ("jsonl", "log"))
        started = dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
        try:
            record: RunRecord = slot.isolate.call(
                PERFORM, spec, slot.device, slot.hardware, self._surroundings, journal, timeout=self._timeout, log=log
            )
        except WorkerTimeout as error:
            record = self._broken(spec, slot, started, RunStatus.TIMEOUT, str(error), journal, log)
        except WorkerDied as error:
            record = self._broken(spec, slot, started, RunStatus.CRASHED, str(error), journal, log)
        except Exception as error:
            record = self._broken(spec, slot, started, RunStatus.FAILED, f"its worker raised {error!r}", journal, log)
        finally:
            for file in (journal, log):
                file.unlink(missing_ok=True)
        if record.status.unexpected:
            slot.isolate.stop()
        return record

    def _broken(
        self, spec: RunSpec, slot: Slot, started: str, status: RunStatus, reason: str, journal: Path, log: Path
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
            environment=capture_environment(
                slot.hardware, spec.task.threads, self._surroundings.commit, self._surroundings.distributions or ()
            ),
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
