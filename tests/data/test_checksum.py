from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from optbench import Dataset, RemoteFile
from optbench.data.checksum import files_checksum, verified


def dataset(*checksums: str) -> Dataset:
    files = tuple(RemoteFile(path=f"{sha}.bin", checksum=sha, urls=()) for sha in checksums)
    return Dataset(name="any", build="nowhere:build", files=files)


def test_files_checksum_depends_on_the_files_and_not_on_their_order() -> None:
    assert files_checksum(dataset("aa", "bb")) == files_checksum(dataset("bb", "aa"))
    assert files_checksum(dataset("aa", "bb")) != files_checksum(dataset("aa", "bc"))


def test_files_checksum_without_files_is_that_of_nothing() -> None:
    assert files_checksum(dataset()) == hashlib.sha256(b"").hexdigest()[:16]


def test_only_a_file_with_the_right_content_is_verified(tmp_path: Path) -> None:
    path = tmp_path / "file"
    checksum = f"sha256:{hashlib.sha256(b'whole').hexdigest()}"
    assert not verified(path, checksum)
    path.write_bytes(b"who")
    assert not verified(path, checksum)
    path.write_bytes(b"whole")
    assert verified(path, checksum)
    assert not verified(tmp_path, checksum)


def test_an_unchanged_file_is_read_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"whole")
    checksum = f"sha256:{hashlib.sha256(b'whole').hexdigest()}"
    assert verified(path, checksum)
    monkeypatch.setattr(Path, "open", lambda *_: pytest.fail("read again"))
    assert verified(path, checksum)
