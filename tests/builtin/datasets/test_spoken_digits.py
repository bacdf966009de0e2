from __future__ import annotations

import io
import os
import tarfile
import wave
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from optbench import Splits
from optbench.builtin.datasets import DATASETS
from optbench.builtin.datasets.spoken_digits import (
    ARCHIVE,
    BLANK,
    FRAMES,
    HOP,
    LETTERS,
    PADDING,
    WINDOW,
    build,
    log_spectrogram,
    read_recordings,
    spelled,
)
from optbench.data.files import locate


def sound(samples: np.ndarray, channels: int = 1, rate: int = 8000) -> bytes:
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as written:
        written.setnchannels(channels)
        written.setsampwidth(2)
        written.setframerate(rate)
        written.writeframes(samples.astype("<i2").tobytes())
    return buffer.getvalue()


def archive(folder: Path, sounds: dict[str, bytes]) -> Path:
    path = folder / "recordings.tar.gz"
    with tarfile.open(path, "w:gz") as members:
        for name, content in sounds.items():
            member = tarfile.TarInfo(f"recordings/{name}")
            member.size = len(content)
            members.addfile(member, io.BytesIO(content))
    return path


def noise(seed: int, samples: int = 3000) -> np.ndarray:
    return np.random.RandomState(seed).uniform(-20_000, 20_000, samples)


def test_recordings_are_read_in_the_order_of_their_numbers(tmp_path: Path) -> None:
    takes = np.array([0, 16384, -32768])
    sounds = {name: sound(takes) for name in ("1_ann_10.wav", "1_ann_2.wav", "0_bob_0.wav")}
    found = read_recordings(archive(tmp_path, {**sounds, "README.md": b"words"}))
    assert [recording[:3] for recording in found] == [(0, "bob", 0), (1, "ann", 2), (1, "ann", 10)]
    assert found[0].samples.tolist() == [0.0, 0.5, -1.0]


@pytest.mark.parametrize("wrong", [{"channels": 2}, {"rate": 16_000}])
def test_another_kind_of_sound_is_refused_by_name(tmp_path: Path, wrong: dict[str, int]) -> None:
    path = archive(tmp_path, {"7_ann_0.wav": sound(np.zeros(4), **wrong)})
    with pytest.raises(ValueError, match=r"7_ann_0\.wav: .* is not one channel of 16 bits at 8000 Hz"):
        read_recordings(path)


def test_a_tones_power_is_at_its_frequency() -> None:
    """Hann's window gives a tone of amplitude a in the middle of a bin the power (a N / 4)²."""
    tone = 0.5 * np.cos(2 * np.pi * 1000 / 8000 * np.arange(8320))
    spectrum = log_spectrogram(tone.astype(np.float32))
    assert spectrum.shape == (128, FRAMES)
    assert spectrum.argmax(0).tolist() == [1000 * WINDOW // 8000 - 1] * FRAMES
    assert spectrum.max(0).values.tolist() == pytest.approx([2 * np.log(0.5 * WINDOW / 4)] * FRAMES, abs=1e-6)


def test_short_sounds_end_in_silence_and_long_ones_are_cut_off() -> None:
    whole = (noise(0, 20_000) / 2**15).astype(np.float32)
    short = log_spectrogram(whole[: WINDOW + 9 * HOP])
    assert torch.equal(short[:, :10], log_spectrogram(whole)[:, :10])
    assert torch.equal(short[:, 12:], torch.full((128, FRAMES - 12), 1e-6, dtype=torch.float64).log())
    assert torch.equal(log_spectrogram(whole), log_spectrogram(whole[:8320]))


def test_names_are_spelled_in_classes() -> None:
    assert "".join(LETTERS) == "efghinorstuvwxz"
    assert spelled("one") == [1 + LETTERS.index("o"), 1 + LETTERS.index("n"), 1 + LETTERS.index("e"), PADDING, PADDING]
    assert BLANK not in spelled("three")


def test_takes_make_the_splits_and_training_takes_the_statistics(tmp_path: Path) -> None:
    sounds = {f"{digit}_ann_{take}.wav": sound(noise(100 * digit + take)) for digit in range(2) for take in range(13)}
    splits = build({ARCHIVE: archive(tmp_path, sounds)}, transcripts=False)
    assert [split.targets.tolist() for split in (splits.train, splits.validation, splits.test)] == [
        [0] * 3 + [1] * 3,
        [0] * 5 + [1] * 5,
        [0] * 5 + [1] * 5,
    ]
    assert splits.train.inputs.mean((0, 2)).abs().max().item() < 1e-5
    assert splits.train.inputs.std((0, 2), correction=0).tolist() == pytest.approx([1.0] * 128, abs=1e-5)
    spelt = build({ARCHIVE: archive(tmp_path, sounds)}, transcripts=True)
    assert torch.equal(spelt.test.inputs, splits.test.inputs)
    assert spelt.test.targets.tolist() == [spelled("zero")] * 5 + [spelled("one")] * 5
    assert (splits.outputs, spelt.outputs) == (10, 16)


def test_the_real_recordings(built: Callable[[str], Splits]) -> None:
    splits = built("spoken-digits")
    assert (len(splits.train), len(splits.validation), len(splits.test)) == (2400, 300, 300)
    assert splits.input_shape == (128, FRAMES)
    assert splits.train.inputs.dtype == torch.float32
    for split, each in ((splits.train, 240), (splits.validation, 30), (splits.test, 30)):
        assert split.targets.bincount().tolist() == [each] * 10


def test_fourteen_of_the_real_recordings_are_cut_off(built: Callable[[str], Splits]) -> None:
    built("spoken-digits")  # skips without the data
    (dataset,) = (dataset for dataset in DATASETS if dataset.name == "spoken-digits")
    recordings = read_recordings(locate(dataset, [Path(os.environ["OPTBENCH_DATA"])])[ARCHIVE])
    assert len({recording.speaker for recording in recordings}) == 6
    assert sum(len(recording.samples) > WINDOW + HOP * (FRAMES - 1) for recording in recordings) == 14
