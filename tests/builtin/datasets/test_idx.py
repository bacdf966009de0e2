from __future__ import annotations

import gzip
import struct
from pathlib import Path

import numpy as np
import pytest

from optbench.builtin.datasets.idx import read_idx


def written(folder: Path, content: bytes) -> Path:
    path = folder / "file.gz"
    path.write_bytes(gzip.compress(content))
    return path


def test_an_array_is_read_in_its_stated_shape(tmp_path: Path) -> None:
    content = struct.pack(">BBBBII", 0, 0, 8, 2, 2, 3) + bytes(range(6))
    assert read_idx(written(tmp_path, content), axes=2).tolist() == [[0, 1, 2], [3, 4, 5]]
    assert read_idx(written(tmp_path, content), axes=2).dtype == np.uint8


@pytest.mark.parametrize(
    ("content", "axes", "message"),
    [
        (b"", 1, "begins with"),
        (b"\x00\x00\x0d\x01" + b"\x00" * 8, 1, "begins with '00 00 0d 01'"),
        (struct.pack(">BBBBI", 0, 0, 8, 1, 4) + b"1234", 3, "with '00 00 08 03'"),
        (b"\x00\x00\x08\x03\x00\x00", 3, "ends within the head of 3 axes"),
        (struct.pack(">BBBBI", 0, 0, 8, 1, 5) + b"1234", 1, r"holds 4 bytes, the shape \(5,\) needs 5"),
        (struct.pack(">BBBBI", 0, 0, 8, 1, 3) + b"1234", 1, r"holds 4 bytes, the shape \(3,\) needs 3"),
    ],
)
def test_what_is_no_such_file_is_refused(tmp_path: Path, content: bytes, axes: int, message: str) -> None:
    path = written(tmp_path, content)
    with pytest.raises(ValueError, match=message) as failure:
        read_idx(path, axes)
    assert str(path) in str(failure.value)
