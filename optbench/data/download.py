"""Downloading one file from the first mirror that delivers it."""

from __future__ import annotations

import logging
import sys
import threading
from pathlib import Path
from urllib.parse import urlsplit

import pooch
import requests

from optbench.components.dataset import RemoteFile
from optbench.errors import DataUnavailable

PATIENCE = 5.0
"""Seconds after which a mirror that does not answer is given up."""


def download(file: RemoteFile, folder: Path) -> Path:
    """Fetch `file` into `folder`, trying its mirrors in order, and return where it lies, verified.

    The file appears under its name only when it is complete and its checksum right.
    Raises `DataUnavailable` with every mirror's reason.
    """
    destination = folder / file.path
    failures = []
    for url in file.urls:
        try:
            _probe(url)
            return _retrieve(url, file.checksum, destination)
        except (OSError, ValueError) as error:
            failures.append(f"{urlsplit(url).netloc}: {_reason(error)}")
    raise DataUnavailable("; ".join(failures) or "no mirror has it")


def _probe(url: str) -> None:
    """Raise unless `url` answers in time; a thread, because no time-out of requests covers a name server."""
    outcome: list[BaseException | None] = []

    def ask() -> None:
        try:
            with requests.get(url, stream=True, timeout=PATIENCE) as response:
                response.raise_for_status()
            outcome.append(None)
        except Exception as error:
            outcome.append(error)

    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    thread.join(PATIENCE)
    if not outcome:
        raise TimeoutError
    if outcome[0] is not None:
        raise outcome[0]


def _retrieve(url: str, checksum: str, destination: Path) -> Path:
    logging.getLogger("pooch").setLevel(logging.WARNING)
    downloader = pooch.HTTPDownloader(progressbar=sys.stderr.isatty(), timeout=PATIENCE)
    found = pooch.retrieve(
        url, known_hash=checksum, fname=destination.name, path=destination.parent, downloader=downloader
    )
    return Path(found)


def _reason(error: Exception) -> str:
    match error:
        case requests.HTTPError() if error.response is not None:
            return f"{error.response.status_code} {error.response.reason}"
        case TimeoutError() | requests.Timeout():
            return f"no answer within {PATIENCE:g} s"
        case requests.ConnectionError():
            return "cannot be reached"
        case ValueError() if "hash" in str(error):
            return "delivers a file with another checksum"
        case _:
            return " ".join(str(error).split())
