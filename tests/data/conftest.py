"""A data set of one small file, and mirrors on loopback that behave well or badly."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from optbench import Dataset, RemoteFile

CONTENT = b"twelve bytes"


class _Mirror(BaseHTTPRequestHandler):
    released = threading.Event()

    def do_GET(self) -> None:
        if self.path.startswith("/hang"):
            self.released.wait()
            return
        if self.path.startswith("/missing"):
            self.send_error(404)
            return
        body = {"/good": CONTENT, "/garbage": b"something else", "/short": CONTENT[:5]}[self.path]
        self.send_response(200)
        self.send_header("Content-Length", str(len(CONTENT) if self.path == "/short" else len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "*")


@pytest.fixture(scope="session")
def mirrors() -> Iterator[str]:
    """Address of a server with /good, /missing (404), /garbage, /short (cut off) and /hang (never answers)."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Mirror)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    _Mirror.released.set()
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def content() -> bytes:
    """What the small data set's file holds."""
    return CONTENT


@pytest.fixture
def small_dataset() -> Callable[..., Dataset]:
    """A function of mirrors' addresses that returns a data set of one file."""

    def declare(*urls: str) -> Dataset:
        file = RemoteFile(
            path="Small/raw/content.bin", checksum=f"sha256:{hashlib.sha256(CONTENT).hexdigest()}", urls=urls
        )
        return Dataset(name="small", build="nowhere:build", files=(file,))

    return declare
