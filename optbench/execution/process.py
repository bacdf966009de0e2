"""A worker process: a segfault, an `os._exit` or a hang ends it and nothing else.

On Linux workers are forked from a server that has torch imported already, which takes a tenth of a second where a fresh
interpreter takes several; elsewhere they are spawned. Each leads a process group of its own, so that it is
killed together with whatever it started. A call that does not return within its time limit is ended by killing.

Our own few lines on `multiprocessing`, because process pools (pebble 5.2 among them) lose a task whose process
exits with status 0.
"""

from __future__ import annotations

import atexit
import contextlib
import faulthandler
import functools
import math
import multiprocessing
import os
import pickle
import shutil
import signal
import sys
import threading
from collections.abc import Iterator
from multiprocessing import connection, resource_tracker
from multiprocessing.connection import Connection
from multiprocessing.context import BaseContext
from multiprocessing.process import BaseProcess
from pathlib import Path
from time import monotonic
from types import ModuleType
from typing import Any

import psutil
from pydantic import ByteSize

from optbench.components.component import resolve
from optbench.execution.scratch import scratch_folder

MOMENT = 1.0
"""Seconds that a worker which has hung up is given to end by itself."""
GRACE = 5.0
"""Seconds after its time limit at which a worker that nobody has killed ends itself."""
LOOK = 0.05
"""Seconds from one look at a worker to the next, if its memory is limited or its server is gone."""
UNKNOWN = 255
"""The exit status that multiprocessing tells of a worker whose server is gone."""
LONGEST = 40
"""Characters of the path of a folder for sockets: systems allow about a hundred for all of a socket's path."""

_starting = threading.Lock()
"""Held while a worker is started: `sys.modules["__main__"]` is swapped meanwhile."""


class WorkerDied(Exception):
    """The worker's process ended during a call; the text says how."""


class WorkerTimeout(Exception):
    """The call was still running at its time limit, and its process was killed."""


class WorkerTooLarge(Exception):
    """The call used more memory than it may, and its process was killed."""


class WorkerProcess:
    """One worker process at a time, started when first needed and replaced after a call that it did not survive.

    Calls come from one thread at a time; `close` may come from any.
    """

    def __init__(self) -> None:
        self._process: BaseProcess | None = None
        self._connection: Connection | None = None
        self._closed = False

    def call(
        self,
        function: str,
        *args: Any,
        timeout: float | None = None,
        memory: int | None = None,
        log: Path | None = None,
    ) -> Any:
        """Call the function that an import string names, in the worker, and return its result.

        The call may take `timeout` seconds, and its processes `memory` bytes of physical memory. The worker's output,
        and its last words on a fatal signal, go to the file `log`. Raises `WorkerTimeout`, `WorkerTooLarge` or
        `WorkerDied`, and whatever the function raises.
        """
        process, pipe = self._worker()
        try:
            pipe.send((function, args, timeout, log))
            if pipe not in _wait(process, pipe, timeout, memory):
                raise EOFError
            returned, value = pipe.recv()
        except (WorkerTimeout, WorkerTooLarge):
            self.stop()
            raise
        except (EOFError, OSError) as error:
            process.join(MOMENT)
            exitcode = process.exitcode
            self.stop()
            raise WorkerDied(_how_it_ended(exitcode)) from error
        if not returned:
            raise value
        return value

    def stop(self) -> None:
        """Kill the worker and its process group; the next call starts a fresh one."""
        with _starting:
            process, self._process = self._process, None
        if process is not None:
            _kill(process)
            process.join()

    def close(self) -> None:
        """Kill the worker for good."""
        self._closed = True
        self.stop()

    def _worker(self) -> tuple[BaseProcess, Connection]:
        with _starting:
            if self._closed:
                raise WorkerDied("it was not started any more")
            if self._process is None or self._connection is None or not self._process.is_alive():
                if self._process is not None:
                    _kill(self._process)  # what it has started, or itself where only the server is gone
                self._process, self._connection = _start()
            return self._process, self._connection


class ThisProcess:
    """Calls functions in the caller's own process, as a worker process would, without protection or limits."""

    def call(
        self,
        function: str,
        *args: Any,
        timeout: float | None = None,
        memory: int | None = None,
        log: Path | None = None,
    ) -> Any:
        """Call the function that an import string names and return its result; raises whatever it raises."""
        return resolve(function)(*args)

    def stop(self) -> None:
        """Leave this process alone."""

    def close(self) -> None:
        """Leave this process alone."""


def _start() -> tuple[BaseProcess, Connection]:
    """Start a worker; an interrupt waits until it is there, and is not inherited by the server that forks it."""
    _keep_sockets_in_our_folder()
    context = _context()
    ours, theirs = context.Pipe()
    process = context.Process(target=_serve, args=(theirs,))  # type: ignore[attr-defined]
    with _no_main_module(), _interrupts_blocked():
        process.start()
    theirs.close()
    return process, ours


def _wait(process: BaseProcess, pipe: Connection, timeout: float | None, memory: int | None) -> list[Any]:
    """Wait for an answer or the end of the process; raises what it is where a limit comes first.

    A sentinel is the server's word on a process. If the server is killed, the process itself is looked at.
    """
    end = math.inf if timeout is None else monotonic() + timeout
    has_server = True
    while True:
        left = max(end - monotonic(), 0.0)
        patience = left if memory is None and has_server else min(left, LOOK)
        waited_for: list[Any] = [pipe, process.sentinel] if has_server else [pipe]
        ready = connection.wait(waited_for, None if patience == math.inf else patience)
        has_server = has_server and process.sentinel not in ready
        if pipe in ready or (not has_server and not _is_alive(process)):
            return ready
        if monotonic() >= end:
            raise WorkerTimeout(f"still running after {timeout:g} s")
        if memory is not None and (used := _resident(process)) > memory:
            raise WorkerTooLarge(f"it used {_in_words(used)} of memory, and may use {_in_words(memory)}")


def _is_alive(process: BaseProcess) -> bool:
    """Whether a process is there, asked of the system; one that nobody has waited for is not."""
    try:
        return bool(psutil.Process(process.pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def _resident(process: BaseProcess) -> int:
    """Return the physical memory, in bytes, of a process and of those that it has started."""
    total = 0
    with contextlib.suppress(psutil.NoSuchProcess):
        first = psutil.Process(process.pid)
        for one in (first, *first.children(recursive=True)):
            with contextlib.suppress(psutil.NoSuchProcess):
                total += one.memory_info().rss
    return total


def _in_words(size: int) -> str:
    return ByteSize(size).human_readable(separator=" ")


def _serve(pipe: Connection) -> None:
    """Answer calls until the coordinator hangs up: the worker's main function."""
    if hasattr(os, "setsid"):
        os.setsid()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_die_with_parent, daemon=True).start()
    with contextlib.suppress(EOFError):
        while True:
            function, args, timeout, log = pipe.recv()
            try:
                answer = True, _call_by_name(function, args, timeout, log)
            except Exception as error:
                answer = False, _picklable(error)
            pipe.send(answer)


def _call_by_name(function: str, args: tuple[Any, ...], timeout: float | None, log: Path | None) -> Any:
    if log is not None:
        with log.open("a", encoding="utf-8") as file:
            for descriptor in (1, 2):
                os.dup2(file.fileno(), descriptor)
        faulthandler.enable(file=2)
    if timeout is not None:  # in case the coordinator is gone by then: this needs no interpreter lock
        faulthandler.dump_traceback_later(timeout + GRACE, exit=True, file=2)
    try:
        return resolve(function)(*args)
    finally:
        faulthandler.cancel_dump_traceback_later()
        for stream in (sys.stdout, sys.stderr):
            with contextlib.suppress(Exception):  # it may have been closed or replaced
                stream.flush()


def _picklable(error: Exception) -> Exception:
    try:
        pickle.loads(pickle.dumps(error))
    except Exception:
        return RuntimeError(f"{type(error).__name__}: {error}")
    return error


def _kill(process: BaseProcess) -> None:
    if hasattr(os, "killpg") and process.pid is not None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
    process.kill()


def _die_with_parent() -> None:
    """End this process once the coordinator is gone, even by SIGKILL."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        connection.wait([parent.sentinel])
        if hasattr(os, "killpg"):
            os.killpg(0, signal.SIGKILL)
        os._exit(1)


def _context() -> BaseContext:
    if sys.platform != "linux":
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["optbench.execution.preload"])
    return context


@contextlib.contextmanager
def _no_main_module() -> Iterator[None]:
    """Keep multiprocessing from importing the user's script into workers: names cross to them, objects do not.

    Otherwise a script that calls `optbench.run` without `if __name__ == "__main__":` would run itself again there.
    """
    main = sys.modules["__main__"]
    sys.modules["__main__"] = ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = main


@functools.cache
def _keep_sockets_in_our_folder() -> None:
    """Have multiprocessing keep the server's socket in a folder of ours: its own would outlive a killed coordinator."""
    if sys.platform == "linux" and multiprocessing.parent_process() is None:
        folder = scratch_folder(LONGEST)
        multiprocessing.current_process()._config.setdefault("tempdir", str(folder))  # type: ignore[attr-defined]
        atexit.register(shutil.rmtree, folder, ignore_errors=True)


def _ensure_tracker() -> None:
    """Start the process that removes what killed workers shared: all are ended so, and it need not warn of leaks."""
    sys.warnoptions.append("ignore::UserWarning:multiprocessing.resource_tracker")
    try:
        resource_tracker.ensure_running()
    finally:
        sys.warnoptions.pop()


@contextlib.contextmanager
def _interrupts_blocked() -> Iterator[None]:
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    _ensure_tracker()  # which would unblock them
    before = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _how_it_ended(exitcode: int | None) -> str:
    if exitcode is None:
        return "its process ended"
    if exitcode == UNKNOWN:
        return (
            f"its process exited with status {exitcode}, or the server of workers was killed, which would know better"
        )
    if exitcode >= 0:
        return f"its process exited with status {exitcode}"
    hint = ", often the system being out of memory" if -exitcode == getattr(signal, "SIGKILL", 9) else ""
    return f"its process was killed by {signal.Signals(-exitcode).name}{hint}"
