from __future__ import annotations

import os
import socket
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from optbench import Dataset, DataUnavailable
from optbench.data import download
from optbench.data.files import locate, obtain

SmallDataset = Callable[..., Dataset]


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(download, "PATIENCE", 0.5)


def silent(message: str) -> None:
    pytest.fail(f"unexpected message: {message}")


def put(folder: Path, small: Dataset, content: bytes) -> Path:
    path = folder / small.files[0].path
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def test_locate_finds_the_first_intact_copy(tmp_path: Path, small_dataset: SmallDataset, content: bytes) -> None:
    small = small_dataset()
    put(tmp_path / "a", small, content[:-1])
    intact = put(tmp_path / "b", small, content)
    put(tmp_path / "c", small, content)
    assert locate(small, [tmp_path / name for name in "xabc"]) == {small.files[0].path: intact}


def test_locate_leaves_out_a_damaged_file(tmp_path: Path, small_dataset: SmallDataset, content: bytes) -> None:
    small = small_dataset()
    put(tmp_path, small, content[:5])
    assert locate(small, [tmp_path]) == {}


def test_obtain_needs_no_network_for_an_intact_file(
    tmp_path: Path, small_dataset: SmallDataset, content: bytes
) -> None:
    small = small_dataset("http://192.0.2.1/never-asked")
    path = put(tmp_path, small, content)
    assert obtain(small, [tmp_path], silent) == {small.files[0].path: path}


def test_obtain_downloads_into_the_first_folder(
    tmp_path: Path, mirrors: str, small_dataset: SmallDataset, content: bytes
) -> None:
    small = small_dataset(f"{mirrors}/good")
    (found,) = obtain(small, [tmp_path / "a", tmp_path / "b"], silent).values()
    assert found == tmp_path / "a" / small.files[0].path
    assert found.read_bytes() == content
    assert [p for p in found.parent.iterdir() if p != found] == []


@pytest.mark.parametrize("bad", ["missing", "garbage", "short", "hang"])
def test_a_mirror_that_fails_is_followed_by_the_next(
    tmp_path: Path, mirrors: str, small_dataset: SmallDataset, content: bytes, bad: str
) -> None:
    (found,) = obtain(small_dataset(f"{mirrors}/{bad}", f"{mirrors}/good"), [tmp_path], silent).values()
    assert found.read_bytes() == content


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        ("missing", "404"),
        ("garbage", "another checksum"),
        ("hang", "no answer within 0.5 s"),
    ],
)
def test_when_no_mirror_delivers_one_line_says_what_failed_and_the_way_out(
    tmp_path: Path, mirrors: str, small_dataset: SmallDataset, bad: str, reason: str
) -> None:
    small = small_dataset(f"{mirrors}/{bad}")
    with pytest.raises(DataUnavailable) as failure:
        obtain(small, [tmp_path], silent)
    message = str(failure.value)
    assert "\n" not in message
    for part in ("'small'", str(tmp_path / small.files[0].path), reason, mirrors[7:], "OPTBENCH_DATA"):
        assert part in message
    assert not (tmp_path / small.files[0].path).exists()


def test_unreachable_mirrors_are_named(tmp_path: Path, small_dataset: SmallDataset) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    with pytest.raises(DataUnavailable, match=f"127.0.0.1:{port}: cannot be reached"):
        obtain(small_dataset(f"http://127.0.0.1:{port}/file"), [tmp_path], silent)


def test_a_name_server_that_hangs_does_not_hang_us(
    tmp_path: Path, small_dataset: SmallDataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_: time.sleep(3) or [])
    began = time.monotonic()
    with pytest.raises(DataUnavailable, match=r"no answer within 0\.5 s"):
        obtain(small_dataset("http://a.invalid/file", "http://b.invalid/file"), [tmp_path], silent)
    assert time.monotonic() - began < 2.5


def test_a_damaged_file_is_named_and_fetched_into_its_own_folder(
    tmp_path: Path, mirrors: str, small_dataset: SmallDataset, content: bytes
) -> None:
    small = small_dataset(f"{mirrors}/good")
    damaged = put(tmp_path / "b", small, content[:5])
    messages: list[str] = []
    assert obtain(small, [tmp_path / "a", tmp_path / "b"], messages.append) == {small.files[0].path: damaged}
    assert damaged.read_bytes() == content
    (message,) = messages
    assert str(damaged) in message and "\n" not in message


def test_a_damaged_file_in_a_read_only_folder_is_fetched_into_the_next(
    tmp_path: Path, mirrors: str, small_dataset: SmallDataset, content: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    small = small_dataset(f"{mirrors}/good")
    damaged = put(tmp_path / "read-only", small, content[:5])
    monkeypatch.setattr(os, "access", lambda path, mode: "read-only" not in str(path))
    (found,) = obtain(small, [tmp_path / "read-only", tmp_path / "cache"], lambda line: None).values()
    assert found == tmp_path / "cache" / small.files[0].path
    assert damaged.read_bytes() == content[:5]


def test_without_a_writable_folder_nothing_is_downloaded(
    tmp_path: Path, mirrors: str, small_dataset: SmallDataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    with pytest.raises(DataUnavailable, match="none of these folders can be written"):
        obtain(small_dataset(f"{mirrors}/good"), [tmp_path], silent)


def test_a_file_without_mirrors_is_to_be_made_and_put_somewhere(tmp_path: Path, small_dataset: SmallDataset) -> None:
    small = small_dataset()
    place = tmp_path / small.files[0].path
    with pytest.raises(DataUnavailable) as failure:
        obtain(small, [tmp_path], silent)
    assert str(failure.value) == (
        "data set 'small' needs Small/raw/content.bin, which cannot be downloaded, and it is not on this machine; make "
        f"it (optbench info small) and put it at {place}, or set OPTBENCH_DATA to a folder that holds it as "
        "Small/raw/content.bin"
    )


def test_another_file_in_the_place_of_one_without_mirrors_is_named(
    tmp_path: Path, small_dataset: SmallDataset, content: bytes
) -> None:
    small = small_dataset()
    path = put(tmp_path, small, content[:5])
    with pytest.raises(DataUnavailable, match=f"{path} has another checksum"):
        obtain(small, [tmp_path], silent)
    assert path.read_bytes() == content[:5]
