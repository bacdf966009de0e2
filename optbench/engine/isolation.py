"""An isolated worker process: a segfault, an `os._exit` or a hang ends it and nothing else.

On Linux workers are forked from a server that has torch imported already, which takes a tenth of a second where a fresh
interpreter takes several; elsewhere they are spawned. Each leads a process group of its own, so that it is
killed together with whatever it started. A call that does not return within its time limit is ended by killing.

Our own few lines on `multiprocessing`, because process pools (pebble 5.2 among them) lose a task whose process
exits with status 0.
"""

from __future__ import annotations

import contextlib
import faulthandler
import multiprocessing
import os
import pickle
import signal
import sys
import threading
from collections.abc import Iterator
from multiprocessing import connection
from multiprocessing.connection import Connection
from multiprocessing.context import BaseContext, ForkServerContext, ForkServerProcess, SpawnContext, SpawnProcess
from multiprocessing.process import BaseProcess
from pathlib import Path
from types import ModuleType
from typing import Any

from optbench.registry.components import resolve


class WorkerDied(Exception):
    """The worker's process ended during a call; the text says how."""


class WorkerTimeout(Exception):
    """The call was still running at its time limit, and its process was killed."""


class Isolate:
    """One worker process at a time, started when first needed and replaced after a call that it did not survive.

    Calls come from one thread at a time; `close` may come from any.
    """

    def __init__(self) -> None:
        self._process: BaseProcess | None = None
        self._connection: Connection | None = None
        self._closed = False

    def call(self, function: str, *args: Any, timeout: float | None = None, log: Path | None = None) -> Any:
        """Call the function that an import string names, in the worker, and return its result.

        The worker's output, and its last words on a fatal signal, go to the file `log`. Raises `WorkerTimeout` or
        `WorkerDied`, and whatever the function raises.
        """
        process, pipe = self._worker()
        try:
            pipe.send((function, args, log))
            ready = connection.wait([pipe, process.sentinel], timeout)
            if not ready:
                raise WorkerTimeout(f"still running after {timeout:g} s")
            returned, value = pipe.recv()
        except WorkerTimeout:
            self.stop()
            raise
        except (EOFError, OSError) as error:
            process.join()
            exitcode = process.exitcode
            self.stop()
            raise WorkerDied(_how_it_ended(exitcode)) from error
        if not returned:
            raise value
        return value

    def stop(self) -> None:
        """Kill the worker and its process group; the next call starts a fresh one."""
        process, self._process = self._process, None
        if process is None:
            return
        _kill(process)
        process.join()

    def close(self) -> None:
        """Kill the worker for good."""
        self._closed = True
        self.stop()

    def _worker(self) -> tuple[BaseProcess, Connection]:
        if self._closed:
            raise WorkerDied("it was not started any more")
        if self._process is None or self._connection is None or not self._process.is_alive():
            context = _context()
            self._connection, theirs = context.Pipe()
            self._process = context.Process(target=_serve, args=(theirs,), daemon=False)  # type: ignore[attr-defined]
            self._process.start()
            theirs.close()
        return self._process, self._connection


def _serve(pipe: Connection) -> None:
    """Answer calls until the coordinator hangs up: the worker's main function."""
    if hasattr(os, "setsid"):
        os.setsid()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_die_with_parent, daemon=True).start()
    with contextlib.suppress(EOFError):
        while True:
            function, args, log = pipe.recv()
            try:
                answer = True, _call_by_name(function, args, log)
            except Exception as error:
                answer = False, _picklable(error)
            pipe.send(answer)


def _call_by_name(function: str, args: tuple[Any, ...], log: Path | None) -> Any:
    if log is not None:
        with log.open("a", encoding="utf-8") as file:
            for descriptor in (1, 2):
                os.dup2(file.fileno(), descriptor)
        faulthandler.enable()
    try:
        return resolve(function)(*args)
    finally:
        sys.stdout.flush()
        sys.stderr.flush()


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
    """End this process, busy or not, once the coordinator is gone, even by SIGKILL."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        connection.wait([parent.sentinel])
        if hasattr(os, "killpg"):
            os.killpg(0, signal.SIGKILL)
        os._exit(1)


def _context() -> BaseContext:
    if sys.platform != "linux":
        return _Spawn()
    context = _ForkServer()
    context.set_forkserver_preload(["optbench.engine.preload"])
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


class _ForkServerProcess(ForkServerProcess):
    def start(self) -> None:
        with _no_main_module():
            super().start()


class _ForkServer(ForkServerContext):
    Process = _ForkServerProcess


class _SpawnProcess(SpawnProcess):
    def start(self) -> None:
        with _no_main_module():
            super().start()


class _Spawn(SpawnContext):
    Process = _SpawnProcess


def _how_it_ended(exitcode: int | None) -> str:
    if exitcode is None:
        return "its process ended"
    if exitcode >= 0:
        return f"its process exited with status {exitcode}"
    hint = ", often the system being out of memory" if -exitcode == getattr(signal, "SIGKILL", 9) else ""
    return f"its process was killed by {signal.Signals(-exitcode).name}{hint}"
