"""Pre-emptive isolation: what a call does to its process, it does to nothing else."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from optbench.execution.process import WorkerDied, WorkerProcess, WorkerTimeout
from tests.support.platforms import posix_only


@pytest.fixture
def process() -> Iterator[WorkerProcess]:
    process = WorkerProcess()
    yield process
    process.close()


def test_calls_share_one_worker_until_it_dies(process: WorkerProcess) -> None:
    first = process.call("os:getpid")
    assert first == process.call("os:getpid") != os.getpid()
    with pytest.raises(WorkerDied):
        process.call("os:_exit", 0)
    assert process.call("os:getpid") != first


@pytest.mark.parametrize(
    ("function", "argument", "reason"),
    [
        ("os:_exit", 3, "exited with status 3"),
        pytest.param("os:abort", None, "killed by SIGABRT", marks=posix_only),
        pytest.param("ctypes:string_at", 0, "killed by SIGSEGV", marks=posix_only),
    ],
)
def test_a_worker_that_dies_says_how(process: WorkerProcess, function: str, argument: int | None, reason: str) -> None:
    with pytest.raises(WorkerDied, match=reason):
        process.call(function, *([] if argument is None else [argument]))


@pytest.mark.parametrize(("function", "arguments"), [("time:sleep", (60,)), ("re:match", ("(a+)+$", "a" * 60 + "b"))])
def test_a_time_limit_holds_for_a_sleep_and_for_a_loop_that_never_lets_go_of_the_interpreter(
    process: WorkerProcess, function: str, arguments: tuple[int | str, ...]
) -> None:
    process.call("os:getpid")
    begun = time.monotonic()
    with pytest.raises(WorkerTimeout, match="still running after 1 s"):
        process.call(function, *arguments, timeout=1)
    assert time.monotonic() - begun < 30


@posix_only
def test_a_killed_worker_takes_the_processes_it_started_with_it(process: WorkerProcess) -> None:
    marker = "31.41592"
    with pytest.raises(WorkerTimeout):
        process.call("subprocess:run", ["sleep", marker], timeout=1)
    assert not [p for p in psutil.process_iter(["cmdline"]) if marker in (p.info["cmdline"] or [])]


def test_an_exception_comes_back_as_itself(process: WorkerProcess) -> None:
    with pytest.raises(ZeroDivisionError):
        process.call("operator:truediv", 1, 0)


@posix_only
def test_the_last_words_of_a_crash_are_in_its_log(process: WorkerProcess, tmp_path: Path) -> None:
    with pytest.raises(WorkerDied):
        process.call("ctypes:string_at", 0, log=tmp_path / "log")
    assert "Segmentation fault" in (tmp_path / "log").read_text()


def test_workers_end_with_a_coordinator_that_is_killed() -> None:
    script = (
        "from optbench.execution.process import WorkerProcess\n"
        "process = WorkerProcess()\n"
        "print(process.call('os:getpid'), flush=True)\n"
        "process.call('time:sleep', 600)\n"
    )
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True) as coordinator:
        worker = int(coordinator.stdout.readline())
        assert psutil.pid_exists(worker)
        coordinator.kill()
    for _ in range(600):
        if not psutil.pid_exists(worker):
            break
        time.sleep(0.1)
    assert not psutil.pid_exists(worker)


@posix_only
def test_a_worker_that_leaves_a_child_behind_does_not_hold_the_call(process: WorkerProcess) -> None:
    """The child inherits the pipe, so that it is never closed; both are gone afterwards."""
    with pytest.raises(WorkerDied):
        process.call("tests.support.leaves_a_child:and_dies", timeout=60)


@posix_only
def test_a_worker_that_closes_its_pipe_is_not_waited_for(process: WorkerProcess) -> None:
    with pytest.raises(WorkerDied):
        process.call("tests.support.leaves_a_child:closes_everything_and_sleeps", timeout=60)


def test_closing_while_a_worker_starts_leaves_none_behind() -> None:
    process = WorkerProcess()
    outcome = []

    def call() -> None:
        try:
            outcome.append(process.call("time:sleep", 60))
        except WorkerDied as error:
            outcome.append(error)

    threads = [threading.Thread(target=call)]
    threads[0].start()
    process.close()
    threads[0].join(30)
    assert isinstance(outcome[0], WorkerDied)


@pytest.mark.skipif(sys.platform != "linux", reason="workers are forked from a server on Linux only")
def test_workers_whose_server_is_killed_finish_and_are_replaced_afterwards() -> None:
    processes = [WorkerProcess() for _ in range(2)]
    before = [process.call("os:getpid") for process in processes]
    server = psutil.Process(processes[0].call("os:getppid"))
    outcome: list[object] = []

    def call(process: WorkerProcess, function: str, *arguments: object) -> None:
        try:
            outcome.append(process.call(function, *arguments, timeout=60))
        except WorkerDied as error:
            outcome.append(str(error))

    program = [sys.executable, "-c", "import time; time.sleep(2); print('done')"]
    survives = threading.Thread(target=call, args=(processes[0], "subprocess:check_output", program))
    dies = threading.Thread(target=call, args=(processes[1], "tests.support.leaves_a_child:and_dies", 2.0))
    for thread in (survives, dies):
        thread.start()
    time.sleep(0.5)
    server.kill()
    for thread in (survives, dies):
        thread.join(30)
    unknown = "its process exited with status 255, or the server of workers was killed, which would know better"
    assert set(outcome) == {b"done\n", unknown}
    assert set(before).isdisjoint(process.call("os:getpid") for process in processes)
    assert not any(psutil.pid_exists(pid) for pid in before)
    for process in processes:
        process.close()


def test_starting_several_workers_leaves_the_main_module_as_it_was() -> None:
    main = sys.modules["__main__"]
    processes = [WorkerProcess() for _ in range(4)]
    threads = [threading.Thread(target=process.call, args=("os:getpid",)) for process in processes]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for each in processes:
        each.close()
    assert sys.modules["__main__"] is main
