"""The IDX format of the MNIST files."""

from __future__ import annotations

import gzip
import math
import struct
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

_UNSIGNED_BYTE = 0x08


def read_idx(path: Path, axes: int) -> NDArray[np.uint8]:
    """Read a gzip-compressed IDX file of unsigned bytes with this many `axes` into an array of its stated shape.

    Its head is big-endian: two zero bytes, the type (8), the number of axes, and each axis' length as 32 bits.
    Raises `ValueError` naming the file where the head or the size is not that of such a file.
    Source: http://yann.lecun.com/exdb/mnist/, "The IDX file format".
    """
    content = gzip.decompress(path.read_bytes())
    magic = bytes((0, 0, _UNSIGNED_BYTE, axes))
    if content[:4] != magic:
        raise ValueError(f"{path}: begins with '{content[:4].hex(' ')}', such an IDX file with '{magic.hex(' ')}'")
    start = 4 + 4 * axes
    if len(content) < start:
        raise ValueError(f"{path}: ends within the head of {axes} axes")
    shape = struct.unpack(f">{axes}I", content[4:start])
    if len(content) - start != math.prod(shape):
        raise ValueError(f"{path}: holds {len(content) - start} bytes, the shape {shape} needs {math.prod(shape)}")
    return np.frombuffer(content, np.uint8, offset=start).reshape(shape)
