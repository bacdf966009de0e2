"""Who is given which run, on a cluster that is made up: workers answer when a test says so."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any

import optbench
import pytest

from optbench_dask.pool import Pool
from optbench_dask.worker import examine

from .conftest import until

CPU = {"cpu": [optbench.Place("cpu", "EPYC")]}
BOTH = CPU | {"cuda": [optbench.Place("cuda:0", "H100"), optbench.Place("cuda:1", "H100")]}


@dataclass
class Started:
    """What a worker was asked to do."""

    worker: str
    args: tuple[Any, ...]
    resources: dict[str, float] | None
    future: Future[Any] = field(default_factory=Future)

    @property
    def runs(self) -> list[int]:
        return [spec.seed for spec in self.args[0]]

    def finish(self) -> None:
        self.future.set_result(tuple(map(completed, self.args[0])))


class Client:
    """What the pool sees of Dask."""

    def __init__(self) -> None:
        self.status = "running"
        self.workers: dict[str, dict[str, Any]] = {}
        self.offers: dict[str, Any] = {}
        self.started: list[Started] = []
        self.examined: list[str] = []

    def join(self, address: str, offer: Any = CPU, **resources: float) -> None:
        self.offers[address] = offer
        self.workers[address] = {"name": address, "status": "running", "resources": resources}

    def scheduler_info(self) -> dict[str, Any]:
        return {"workers": dict(self.workers)}

    def get_executor(self, workers: list[str], **options: Any) -> Executor:
        return Executor(self, *workers)

    def run(self, *args: Any, **options: Any) -> None: ...

    def of(self, worker: str) -> list[list[int]]:
        """The runs that a worker has been given and has not finished."""
        return [s.runs for s in self.started if s.worker == worker and not s.future.done()]


@dataclass
class Executor:
    client: Client
    worker: str

    def submit(
        self, function: Callable[..., Any], session: Any, *args: Any, resources: dict[str, float] | None = None
    ) -> Future[Any]:
        if function is not examine:
            self.client.started.append(Started(self.worker, args, resources))
            return self.client.started[-1].future
        self.client.examined.append(self.worker)
        future: Future[Any] = Future()
        offer = self.client.offers[self.worker]
        if isinstance(offer, Exception):
            future.set_exception(offer)
        else:
            future.set_result(offer)
        return future


def spec(seed: int, device: str = "cpu", task: str = "t") -> optbench.RunSpec:
    return optbench.RunSpec(
        task=optbench.Task(name=task, model="m", dataset="d", steps=20),
        data_checksum="0",
        optimizer="sgd",
        component="sgd",
        hyperparameters={"lr": 0.1},
        schedule="constant",
        seed=seed,
        phase="report",
        device=device,
        revisions={},
        sources={},
    )


def completed(of: optbench.RunSpec) -> optbench.RunRecord:
    return optbench.RunRecord(run_id=of.run_id, spec=of, status=optbench.RunStatus.COMPLETED)


@pytest.fixture
def client() -> Client:
    return Client()


@pytest.fixture
def pool(client: Client, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Pool]]:
    monkeypatch.setattr("optbench_dask.pool.LOOK", 0.01)
    pools: list[Pool] = []

    def made(resources: dict[str, float] | None = None, **context: Any) -> Pool:
        context.setdefault("devices", ("cpu",))
        pools.append(Pool(client, optbench.ExecutionContext(**context), resources or {}))  # type: ignore[arg-type]
        return pools[-1]

    yield made
    for one in pools:
        one.close()


def places(pool: Pool) -> dict[str, int]:
    return {kind: len(found) for kind, found in pool.places().result(10).items()}


def test_runs_wait_for_a_free_place_and_workers_that_join_get_some(client: Client, pool: Callable[..., Pool]) -> None:
    client.join("a")
    made = pool()
    futures = [made.carry_out((spec(seed),)) for seed in range(3)]
    until(lambda: client.of("a") == [[0]])
    client.join("b")
    until(lambda: client.of("b") == [[1]])
    client.started[0].finish()
    until(lambda: client.of("a") == [[2]])
    assert [record.spec.seed for record in futures[0].result(10)] == [0]
    assert not futures[1].done()


def test_what_a_lost_worker_was_doing_is_done_elsewhere_once(
    client: Client, pool: Callable[..., Pool], caplog: pytest.LogCaptureFixture
) -> None:
    client.join("a")
    made = pool()
    future = made.carry_out((spec(0), spec(1)))
    until(lambda: client.started)
    del client.workers["a"]
    until(lambda: client.started[0].future.cancelled())
    client.join("b")
    until(lambda: client.of("b") == [[0, 1]])
    client.started[1].finish()
    assert len(future.result(10)) == len(client.started) == 2
    waiting = "the cluster has no worker for this campaign; waiting for one"
    assert caplog.messages == ["worker a was lost; its 2 runs are done elsewhere", waiting]


def test_a_run_that_is_lost_with_three_workers_is_recorded_as_crashed_and_the_others_of_its_group_are_not(
    client: Client, pool: Callable[..., Pool]
) -> None:
    made = pool()
    future = made.carry_out((spec(0), spec(1)))

    def lost(worker: str, runs: list[int]) -> None:
        client.join(worker)
        until(lambda: client.of(worker) == [runs])
        del client.workers[worker]

    for worker in ("a", "b", "c"):
        lost(worker, [0, 1])
    for worker in ("d", "e", "f"):
        lost(worker, [0])
    client.join("g")
    until(lambda: client.of("g") == [[1]])
    client.started[-1].finish()
    first, second = future.result(10)
    assert (first.spec.seed, first.status) == (0, "crashed")
    assert first.reason == "3 workers of the cluster were lost, one after the other, while they carried it out"
    assert (second.spec.seed, second.status) == (1, "completed")


def test_a_worker_that_does_not_fit_is_named_and_gets_nothing(
    client: Client, pool: Callable[..., Pool], caplog: pytest.LogCaptureFixture
) -> None:
    reason = "it has torch 2.9.0, and the coordinator 2.13.0"
    client.join("bad", optbench.UsageError(reason))
    with pytest.raises(optbench.UsageError, match=rf"^no worker fits: bad: {reason}$"):
        places(pool())
    client.join("good")
    made = pool()
    assert places(made) == {"cpu": 1}
    made.carry_out((spec(0),))
    made.carry_out((spec(1),))
    until(lambda: client.of("good") == [[0]])
    assert client.of("bad") == []
    assert set(caplog.messages) == {f"worker bad: {reason}; it gets no runs"}


def test_a_worker_whose_data_differ_gets_no_runs_of_that_task(client: Client, pool: Callable[..., Pool]) -> None:
    client.join("a")
    made = pool()
    first, second = made.carry_out((spec(0, task="x"),)), made.carry_out((spec(1, task="y"),))
    until(lambda: client.of("a") == [[0]])
    client.join("b")
    until(lambda: client.of("b") == [[1]])
    client.started[0].future.set_exception(optbench.UsageError("data set 'd' is another one"))
    client.started[1].finish()
    until(lambda: client.of("b") == [[0]])
    client.started[-1].future.set_exception(optbench.UsageError("data set 'd' is another one"))
    with pytest.raises(optbench.UsageError, match=r"^no worker can run task 'x': a: data set 'd' is another one; b: "):
        first.result(10)
    assert second.result(10)


def test_resources_are_taken_and_limit_how_many_run(client: Client, pool: Callable[..., Pool]) -> None:
    client.join("a", {"cpu": CPU["cpu"] * 8}, slot=2)
    client.join("none", {"cpu": CPU["cpu"] * 8})
    made = pool({"slot": 1})
    assert places(made) == {"cpu": 2}
    for seed in range(5):
        made.carry_out((spec(seed),))
    until(lambda: client.of("a") == [[0], [1]])
    assert [started.resources for started in client.started] == [{"slot": 1}] * 2


@pytest.mark.parametrize(("declared", "world_size", "count"), [({}, 1, 2), ({"GPU": 1}, 1, 1), ({"GPU": 2}, 2, 1)])
def test_runs_on_a_gpu_take_one_where_workers_declare_them(
    declared: dict[str, float], world_size: int, count: int, client: Client, pool: Callable[..., Pool]
) -> None:
    client.join("a", BOTH, **declared)
    made = pool(devices=("cpu", "cuda"), world_size=world_size)
    assert places(made) == {"cpu": 1, "cuda": count}
    for seed, device in enumerate(["cuda", "cuda", "cpu", "cpu"]):
        made.carry_out((spec(seed, device),))
    until(lambda: len(client.started) == count + 1)
    taken = {"GPU": world_size} if declared else None
    assert [s.resources for s in client.started] == [taken] * count + [None]


def test_without_a_device_runs_are_on_gpus_where_any_worker_has_them(client: Client, pool: Callable[..., Pool]) -> None:
    client.join("a", CPU)
    client.join("b", BOTH)
    assert places(pool(devices=("auto",))) == {"cuda": 2}
    assert places(pool(devices=("cpu", "cuda"))) == {"cpu": 2, "cuda": 2}
    with pytest.raises(optbench.UsageError, match=r"^--device 'mps': no worker has it; they have: cpu, cuda$"):
        places(pool(devices=("cpu", "mps")))


def test_jobs_limits_all_workers_together(client: Client, pool: Callable[..., Pool]) -> None:
    client.join("a", {"cpu": CPU["cpu"] * 4})
    client.join("b", {"cpu": CPU["cpu"] * 4})
    made = pool(jobs=3)
    assert places(made) == {"cpu": 3}
    for seed in range(9):
        made.carry_out((spec(seed),))
    until(lambda: len(client.started) == 3)
    client.started[0].finish()
    until(lambda: len(client.started) == 4)
    assert {started.worker for started in client.started} == {"a", "b"}


def test_calls_go_to_a_worker_with_the_devices_and_raise_what_they_raise(
    client: Client, pool: Callable[..., Pool]
) -> None:
    client.join("a", CPU)
    client.join("b", BOTH)
    made = pool(devices=("cpu", "cuda"))
    places(made)
    answer = made.call("os:getpid", (), None)
    until(lambda: client.started)
    assert client.started[0].worker == "b"
    client.started[0].future.set_exception(LookupError("lost"))
    with pytest.raises(LookupError, match="lost"):
        answer.result(10)


def test_a_scheduler_that_comes_back_continues_and_one_that_does_not_ends_it(
    client: Client, pool: Callable[..., Pool], caplog: pytest.LogCaptureFixture
) -> None:
    client.join("a")
    made = pool()
    future = made.carry_out((spec(0),))
    until(lambda: client.started)
    client.status = "connecting"
    until(lambda: client.started[0].future.cancelled())
    client.status = "running"
    until(lambda: client.of("a") == [[0]])
    assert client.examined == ["a", "a"]
    client.status = "closed"
    with pytest.raises(optbench.UsageError, match=r"^the scheduler was lost; the same command continues"):
        future.result(10)
    assert caplog.messages == ["the connection to the scheduler is lost; waiting for it"]


def test_it_says_once_that_it_waits_for_workers(
    client: Client, pool: Callable[..., Pool], caplog: pytest.LogCaptureFixture
) -> None:
    made = pool()
    waiting = made.places()
    until(lambda: caplog.messages)
    client.join("a")
    assert waiting.result(10)
    assert caplog.messages == ["the cluster has no worker for this campaign; waiting for one"]
