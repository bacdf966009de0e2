"""`Pool`: the workers of a cluster and what waits for them; one thread of the coordinator decides who does what.

Dask would spread tasks by what it knows of them, which is nothing: each is pinned to a worker that has a free place,
and one whose worker is lost is given to another.
"""

from __future__ import annotations

import logging
import math
import threading
from collections import Counter, deque
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from queue import Empty, SimpleQueue
from time import monotonic
from typing import Any

import optbench
from distributed import Client
from distributed.cfexecutor import ClientExecutor

from optbench_dask.worker import Records, Session, call, carry_out, examine, leave

LOOK = 1.0
"""Seconds from one look at which workers there are to the next."""
STRAGGLERS = 10.0
"""Seconds from when a first worker is fit to when planning does not wait for others to say what they have."""
LOSSES = 3
"""Workers that may be lost with a run before it is to blame."""
SHOWN = 3
"""Workers that do not fit of which a message gives the reasons."""
GPU = "GPU"
"""The resource that a run on a device other than the CPU takes, on workers that declare it."""

Places = dict[str, list[optbench.Place]]
_logger = logging.getLogger("optbench.dask")


@dataclass(eq=False)
class Job:
    """Runs to carry out, or a function to call."""

    function: Callable[..., Any]
    args: tuple[Any, ...]
    group: tuple[optbench.RunSpec, ...] = ()
    """The runs; none where it is a call, which goes to the worker with the most kinds of devices."""
    future: Future[Any] = field(default_factory=Future)
    losses: int = 0

    @property
    def kind(self) -> str:
        """The kind of device that it takes a place of; none for a call."""
        return self.group[0].device if self.group else ""

    @property
    def task(self) -> str:
        """The task of its runs."""
        return self.group[0].task.name if self.group else ""


@dataclass(eq=False)
class Worker:
    """A worker that has been examined and may be given runs."""

    name: str
    session: Session
    executor: ClientExecutor
    places: Places = field(default_factory=dict)
    takes: dict[str, dict[str, float]] = field(default_factory=dict)
    """The resources that a run takes, by kind of device."""
    accepts: bool = True
    refused: dict[str, str] = field(default_factory=dict)
    """Tasks that it does not get, and why."""
    busy: Counter[str] = field(default_factory=Counter)

    def free(self, job: Job) -> int:
        """Return how many more runs of a job's kind it can take."""
        if not self.accepts or job.task in self.refused:
            return 0
        return len(self.places.get(job.kind, ())) - self.busy[job.kind] if job.kind else len(self.places)


class Pool:
    """The workers of a cluster that are fit for a campaign, and the jobs that wait for them.

    All but the public methods happens in one thread, which takes what is to be done from a queue.
    """

    def __init__(self, client: Client, context: optbench.ExecutionContext, resources: Mapping[str, float]) -> None:
        self._client, self._context, self._resources = client, context, resources
        self._workers: dict[str, Worker] = {}
        self._examined: dict[str, Future[Places]] = {}
        self._unfit: dict[str, str] = {}
        self._waiting: deque[Job] = deque()
        self._running: dict[Future[Any], tuple[str, Job]] = {}
        self._asking: list[Future[Places]] = []
        self._lost = self._told_to_wait = False
        self._looked, self._first_fit = -math.inf, math.inf
        self._events: SimpleQueue[Callable[[], None]] = SimpleQueue()
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._work, name="optbench-dask", daemon=True)
        self._thread.start()

    def places(self) -> Future[Places]:
        """Ask where runs can happen, which is known when all workers that are there have been examined."""
        future: Future[Places] = Future()
        self._events.put(partial(self._asking.append, future))
        return future

    def places_now(self) -> Places:
        """Return where runs can happen, `--jobs` at most: on GPUs where there are any and no device was asked for."""
        places: Places = {}
        for worker in sorted(self._workers.values(), key=lambda worker: -len(worker.places)):  # where calls go first
            for kind, found in worker.places.items():
                places.setdefault(kind, []).extend(found)
        if self._context.devices == ("auto",) and len(places) > 1:
            places.pop("cpu", None)
        return {kind: found[: self._context.jobs] for kind, found in places.items()}

    def call(self, function: str, args: Sequence[Any], timeout: float | None) -> Future[Any]:
        """Have a function called on a worker."""
        return self._queue(Job(call, (function, args, timeout)))

    def carry_out(self, group: tuple[optbench.RunSpec, ...]) -> Future[Records]:
        """Have runs carried out."""
        return self._queue(Job(carry_out, (group,), group))

    def close(self) -> None:
        """Cancel what is running; workers end it."""
        self._closing.set()
        self._events.put(lambda: None)
        self._thread.join()
        for future in (*self._running, *self._examined.values()):
            future.cancel()
        if self._client.status == "running" and self._workers:
            with suppress(Exception):  # those that do not hear of it end by themselves
                sessions = [worker.session.id for worker in self._workers.values()]
                self._client.run(leave, sessions, workers=list(self._workers), on_error="ignore")

    def _queue(self, job: Job) -> Future[Any]:
        self._events.put(partial(self._waiting.append, job))
        return job.future

    def _work(self) -> None:
        while not self._closing.is_set():
            try:
                self._advance()
            except Exception as error:
                if self._client.status == "running":  # else the scheduler was lost just now, as the next look will tell
                    self._fail(error)

    def _advance(self) -> None:
        with suppress(Empty):
            self._events.get(timeout=max(0.0, self._looked + LOOK - monotonic()))()
            while True:
                self._events.get_nowait()()
        if monotonic() >= self._looked + LOOK:
            self._looked = monotonic()
            self._look()
        self._answer()
        self._dispatch()
        self._tell_where_nobody_is_there()

    def _look(self) -> None:
        """See which workers have come and gone."""
        if self._client.status not in ("running", "connecting"):
            self._fail(optbench.UsageError("the scheduler was lost; the same command continues when there is one"))
            return
        if self._client.status == "connecting":
            if not self._lost:
                _logger.warning("the connection to the scheduler is lost; waiting for it")
            self._lost = True
            self._forget_all()
            return
        self._lost = False
        there = self._client.scheduler_info()["workers"]
        for address in [address for address in (*self._workers, *self._examined) if address not in there]:
            self._forget(address, blame=True)
        self._unfit = {address: reason for address, reason in self._unfit.items() if address in there}
        for address, facts in there.items():
            if address in self._workers:
                self._workers[address].accepts = facts["status"] == "running"
            elif facts["status"] == "running" and address not in (*self._examined, *self._unfit):
                self._examine(address, facts)

    def _examine(self, address: str, facts: Mapping[str, Any]) -> None:
        executor = self._client.get_executor(pure=False, workers=[address], allow_other_workers=False, retries=0)
        worker = Worker(_name(address, facts), Session(self._context), executor)
        self._examined[address] = future = executor.submit(examine, worker.session)
        future.add_done_callback(
            lambda done: self._events.put(partial(self._admit, address, worker, facts["resources"], done))
        )

    def _admit(self, address: str, worker: Worker, declared: Mapping[str, float], future: Future[Places]) -> None:
        """Take a worker that has been examined, unless it does not fit."""
        if self._examined.get(address) is not future:
            return
        del self._examined[address]
        if future.cancelled():
            return
        try:
            for kind, found in future.result().items():
                worker.takes[kind] = needs = self._needs(kind, declared)
                worker.places[kind] = found[: _most(needs, declared)]
        except Exception as error:
            self._unfit[address] = reason = f"{worker.name}: {_line(error)}"
            _logger.warning("worker %s; it gets no runs", reason)
            return
        self._workers[address] = worker
        self._first_fit = min(self._first_fit, monotonic())

    def _needs(self, kind: str, declared: Mapping[str, float]) -> dict[str, float]:
        """Return the resources that a run takes; raises `UsageError` where a worker lacks one."""
        needs = dict(self._resources)
        if kind != "cpu" and GPU in declared:
            needs.setdefault(GPU, self._context.world_size)
        for resource, amount in needs.items():
            if declared.get(resource, 0) < amount:
                raise optbench.UsageError(
                    f"it has {declared.get(resource, 0):g} of the resource {resource}, of which a run takes {amount:g}"
                )
        return needs

    def _answer(self) -> None:
        """Say where runs can happen, to whoever has asked, once that is known."""
        if not self._asking or (self._examined and monotonic() < self._first_fit + STRAGGLERS):
            return
        if self._workers:
            asking, self._asking = self._asking, []
            for future in asking:
                try:
                    future.set_result(_complete(self.places_now(), self._context))
                except optbench.UsageError as error:
                    future.set_exception(error)
        elif self._unfit:
            self._fail(optbench.UsageError(f"no worker fits: {_some(self._unfit.values())}"))

    def _tell_where_nobody_is_there(self) -> None:
        if self._workers or self._examined:
            self._told_to_wait = False
        elif (self._asking or self._waiting) and not (self._told_to_wait or self._lost):
            self._told_to_wait = True
            _logger.warning("the cluster has no worker for this campaign; waiting for one")

    def _dispatch(self) -> None:
        """Give what waits to workers that have a place for it."""
        full: set[tuple[str, str]] = set()
        for job in tuple(self._waiting):
            if (job.kind, job.task) in full:
                continue
            address = self._place_for(job)
            if address is None:
                full.add((job.kind, job.task))
                self._fail_where_refused(job)
            else:
                self._start(address, job)
                self._waiting.remove(job)

    def _place_for(self, job: Job) -> str | None:
        """Return the worker with the most free places; none where there is none, or `--jobs` are running."""
        of_kind = sum(other.kind == job.kind for _, other in self._running.values())
        if job.kind and self._context.jobs is not None and of_kind >= self._context.jobs:
            return None
        free = {address: worker.free(job) for address, worker in self._workers.items()}
        best = max(free, key=lambda address: free[address], default=None)
        return best if best is not None and free[best] > 0 else None

    def _start(self, address: str, job: Job) -> None:
        worker = self._workers[address]
        takes = worker.takes[job.kind] if job.kind else {}
        future = worker.executor.submit(job.function, worker.session, *job.args, resources=takes or None)
        self._running[future] = address, job
        worker.busy[job.kind] += 1
        future.add_done_callback(lambda done: self._events.put(partial(self._finish, done)))

    def _finish(self, future: Future[Any]) -> None:
        if future not in self._running:
            return
        address, job = self._running.pop(future)
        worker = self._workers.get(address)
        if worker is not None:
            worker.busy[job.kind] -= 1
        if future.cancelled():
            self._waiting.appendleft(job)
        elif not (error := future.exception()):
            job.future.set_result(future.result())
        elif not job.group:
            job.future.set_exception(error)
        elif worker is None:
            self._waiting.appendleft(job)
        else:
            worker.refused[job.task] = reason = f"{worker.name}: {_line(error)}"
            _logger.warning("worker %s; it gets no runs of task %r", reason, job.task)
            self._waiting.appendleft(job)

    def _fail_where_refused(self, job: Job) -> None:
        """End a campaign whose runs no worker can make."""
        refused = [worker.refused.get(job.task, "") for worker in self._workers.values()]
        if refused and all(refused) and not self._examined:
            self._fail(optbench.UsageError(f"no worker can run task {job.task!r}: {_some(refused)}"))

    def _forget(self, address: str, blame: bool) -> None:
        """Give up a worker that is gone; what it was doing waits for another one."""
        examined = self._examined.pop(address, None)
        if examined is not None:
            examined.cancel()
        worker = self._workers.pop(address, None)
        running = [(future, job) for future, (where, job) in self._running.items() if where == address]
        lost = [(future, job) for future, job in running if not future.done()]  # what is done, is being told
        for future, job in lost:
            del self._running[future]
            future.cancel()
            job.losses += blame
            self._waiting.extendleft(reversed([*_after_loss(job)]))
        if worker is not None and blame and any(job.group for _, job in lost):
            runs = sum(len(job.group) for _, job in lost)
            _logger.warning("worker %s was lost; %s done elsewhere", worker.name, _are(runs))

    def _forget_all(self) -> None:
        for address in (*self._workers, *self._examined):
            self._forget(address, blame=False)

    def _fail(self, error: Exception) -> None:
        """Say to all who wait that it is over."""
        self._forget_all()
        waiting, asking = (*self._waiting,), self._asking
        self._waiting.clear()
        self._asking = []
        for future in (*(job.future for job in waiting), *asking):
            future.set_exception(error)


def _after_loss(job: Job) -> Iterator[Job]:
    """Yield what is still to do of a job that was lost with its worker: one by one, when it happens again and again."""
    if job.losses < LOSSES:
        yield job
    elif len(job.group) > 1:
        yield from _one_by_one(job)
    elif job.group:
        job.future.set_result((_crashed(job.group[0]),))
    else:
        job.future.set_exception(
            optbench.UsageError(f"{LOSSES} workers were lost, one after the other, in {job.args[0]}")
        )


def _one_by_one(job: Job) -> list[Job]:
    """Return a job for each run of one, which is done with the last of them."""
    alone = [Job(carry_out, ((spec,),), (spec,)) for spec in job.group]

    def done(_: Future[Any]) -> None:
        if job.future.done() or not all(part.future.done() for part in alone):
            return
        errors = [error for part in alone if (error := part.future.exception())]
        if errors:
            job.future.set_exception(errors[0])
        else:
            job.future.set_result(tuple(record for part in alone for record in part.future.result()))

    for part in alone:
        part.future.add_done_callback(done)
    return alone


def _crashed(spec: optbench.RunSpec) -> optbench.RunRecord:
    return optbench.RunRecord(
        run_id=spec.run_id,
        spec=spec,
        status=optbench.RunStatus.CRASHED,
        reason=f"{LOSSES} workers of the cluster were lost, one after the other, while they carried it out",
    )


def _complete(places: Places, context: optbench.ExecutionContext) -> Places:
    """Return the places, or raise `UsageError` where a device that is asked for is nowhere."""
    for device in context.devices:
        if device != "auto" and device.partition(":")[0] not in places:
            raise optbench.UsageError(f"--device {device!r}: no worker has it; they have: {', '.join(sorted(places))}")
    return places


def _most(needs: Mapping[str, float], declared: Mapping[str, float]) -> int | None:
    """Return how many runs at a time the resources of a worker allow; none where they take none."""
    shares = [declared[resource] // amount for resource, amount in needs.items() if amount]
    return int(min(shares)) if shares else None


def _name(address: str, facts: Mapping[str, Any]) -> str:
    """Return what a worker is called, with the name that its user gave it."""
    return address if str(facts["name"]) in (address, "") else f"{facts['name']} ({address})"


def _some(reasons: Collection[str]) -> str:
    """Return the first reasons of many in a line."""
    more = f"; and {len(reasons) - SHOWN} more" if len(reasons) > SHOWN else ""
    return "; ".join([*reasons][:SHOWN]) + more


def _are(runs: int) -> str:
    return "its run is" if runs == 1 else f"its {runs} runs are"


def _line(error: BaseException) -> str:
    """Return an error as one line: ours are sentences."""
    text = (str(error).strip().splitlines() or [""])[0]
    return text if isinstance(error, optbench.OptbenchError) else f"{type(error).__name__}: {text}"
