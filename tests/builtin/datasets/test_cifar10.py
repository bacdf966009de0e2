from __future__ import annotations

import gzip
import io
import tarfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from optbench import Splits
from optbench.builtin.datasets import cifar10

MEMBERS = [*(f"data_batch_{number}.bin" for number in range(1, 6)), "test_batch.bin"]


def records(classes: np.ndarray) -> bytes:
    """Images whose red is 10 times their class, whose green counts the columns, and whose blue counts the rows."""
    red = np.repeat(10 * classes[:, None], 1024, axis=1)
    rows, columns = np.divmod(np.arange(1024), 32)
    planes = [red, np.tile(columns, (len(classes), 1)), np.tile(rows, (len(classes), 1))]
    return np.concatenate([classes[:, None], *planes], axis=1).astype(np.uint8).tobytes()


def archive(folder: Path, members: list[str], images: int) -> dict[str, Path]:
    path = folder / cifar10.ARCHIVE
    with tarfile.open(path, "w:gz", compresslevel=1) as tar:
        for number, name in enumerate(members):
            content = records((number + np.arange(images)) % 10)
            head = tarfile.TarInfo(f"cifar-10-batches-bin/{name}")
            head.size = len(content)
            tar.addfile(head, io.BytesIO(content))
    return {cifar10.ARCHIVE: path}


def in_bytes(inputs: torch.Tensor) -> torch.Tensor:
    """Undo the normalisation."""
    means, deviations = (torch.tensor(v)[:, None, None] for v in (cifar10.MEANS, cifar10.STANDARD_DEVIATIONS))
    return ((inputs * deviations + means) * 255).round()


def test_records_are_a_class_and_three_planes_row_by_row() -> None:
    images, classes = cifar10.read_records(records(np.array([3, 9])), "here")
    assert classes.tolist() == [3, 9]
    assert images.shape == (2, 3, 32, 32)
    assert (images[1, 0] == 90).all()
    assert images[0, 1, 5, 7] == 7
    assert images[0, 2, 5, 7] == 5


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "here: 0 bytes are not records of 3073 bytes"),
        (b"1" * 3074, "here: 3074 bytes are not records"),
        (records(np.array([0, 10])), r"here: class 10 is not in 0\.\.9"),
    ],
)
def test_what_are_no_records_is_refused(content: bytes, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        cifar10.read_records(content, "here")


def test_the_archives_five_batches_are_split_nine_to_one(tmp_path: Path) -> None:
    splits = cifar10.build(archive(tmp_path, MEMBERS, images=20), split_seed=0)
    assert (len(splits.train), len(splits.validation), len(splits.test)) == (90, 10, 20)
    assert (splits.input_shape, splits.outputs) == ((3, 32, 32), 10)
    for split in (splits.train, splits.validation, splits.test):
        pixels = in_bytes(split.inputs)
        assert torch.equal(pixels[:, 0, 3, 4].long(), 10 * split.targets)
        assert (pixels[:, 1, 3, 4] == 4).all()
        assert (pixels[:, 2, 3, 4] == 3).all()
    assert splits.test.targets.tolist() == [(5 + i) % 10 for i in range(20)]
    both = splits.train.targets.bincount() + splits.validation.targets.bincount()
    assert both.tolist() == [10] * 10


def test_another_seed_gives_another_split(tmp_path: Path) -> None:
    files = archive(tmp_path, MEMBERS, images=20)
    first, second = (cifar10.build(files, split_seed=seed) for seed in (0, 1))
    assert not torch.equal(first.validation.targets, second.validation.targets)
    assert torch.equal(first.test.inputs, second.test.inputs)


def test_an_archive_that_lacks_a_batch_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"cifar-10-binary.tar.gz: has no file cifar-10-batches-bin/test_batch.bin"):
        cifar10.build(archive(tmp_path, MEMBERS[:-1], images=1), split_seed=0)


def test_the_part_comes_from_two_files(tmp_path: Path) -> None:
    files = {name: tmp_path / Path(name).name for name in cifar10.PART}
    for path, count in zip(files.values(), (50, 6), strict=True):
        path.write_bytes(gzip.compress(records(np.arange(count) % 10)))
    splits = cifar10.build_part(files, split_seed=0)
    assert (len(splits.train), len(splits.validation), len(splits.test)) == (45, 5, 6)
    assert torch.equal(in_bytes(splits.train.inputs)[:, 0, 0, 0].long(), 10 * splits.train.targets)


def test_the_real_part(built: Callable[[str], Splits]) -> None:
    splits = built("cifar10-part")
    assert (len(splits.train), len(splits.validation), len(splits.test)) == (9_000, 1_000, 1_000)
    assert splits.train.inputs.mean((0, 2, 3)).tolist() == pytest.approx([0, 0, 0], abs=0.02)
    assert splits.train.inputs.std((0, 2, 3)).tolist() == pytest.approx([1, 1, 1], abs=0.02)
    both = splits.train.targets.bincount() + splits.validation.targets.bincount()
    assert both.tolist() == [1005, 974, 1032, 1016, 999, 937, 1030, 1001, 1025, 981]
    assert splits.test.targets[:10].tolist() == [3, 8, 8, 0, 6, 6, 1, 6, 3, 1]
