"""The Free Spoken Digit Dataset: recordings of single digits as log-spectrograms."""

from __future__ import annotations

import io
import tarfile
import wave
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from optbench import Split, Splits

ARCHIVE = "fsdd/recordings.tar.gz"
RATE = 8000
WINDOW, HOP, FRAMES = 256, 128, 64
"""Samples in a window (32 ms) and between two (16 ms), and windows per recording (1.04 s of sound)."""
BLANK, PADDING = 0, -100
"""The class that spells nothing, and what follows a transcript's last letter: torch's `ignore_index`."""
NAMES = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
LETTERS = tuple(sorted(set("".join(NAMES))))
"""Letter i is class i + 1; class 0 is the blank."""

_TEST_TAKES, _VALIDATION_TAKES = 5, 10
"""Of each speaker's takes of a digit the first five are the official test split, the next five for validation."""
_SAMPLES = WINDOW + HOP * (FRAMES - 1)
_SILENCE = 1e-6
"""Power that is added before the logarithm, so that silence has one."""


class Recording(NamedTuple):
    """One spoken digit: samples in [-1, 1), as many as there are."""

    digit: int
    speaker: str
    take: int
    samples: NDArray[np.float32]


def build(files: Mapping[str, Path], *, transcripts: bool) -> Splits:
    """Return 2,400/300/300 recordings: inputs [N, 128, 64], frequency by time, targets [N] in 0..9.

    With `transcripts`, targets are the digits' names as classes [N, 5] of `LETTERS`, padded with `PADDING`; of the
    16 outputs the first is the blank. Inputs have mean 0 and variance 1 for each frequency over the training split.
    """
    recordings = read_recordings(files[ARCHIVE])
    spectra = torch.stack([log_spectrogram(recording.samples) for recording in recordings])
    targets = torch.tensor([recording.digit for recording in recordings])
    take = torch.tensor([recording.take for recording in recordings])
    test, train = take < _TEST_TAKES, take >= _VALIDATION_TAKES
    mean, deviation = spectra[train].mean((0, 2)), spectra[train].std((0, 2), correction=0)
    inputs = spectra.sub_(mean[:, None]).div_(deviation[:, None]).float()
    if transcripts:
        targets = torch.tensor([spelled(name) for name in NAMES])[targets]
    parts = (train, ~(train | test), test)
    for_training, for_validation, for_test = (Split(inputs[part], targets[part]) for part in parts)
    outputs = 1 + len(LETTERS) if transcripts else len(NAMES)
    return Splits(for_training, for_validation, for_test, outputs)


def read_recordings(archive: Path) -> list[Recording]:
    """Read every `{digit}_{speaker}_{take}.wav` of an archive, in the order of digit, speaker and take.

    Raises `ValueError` naming the recording that is not 16 bits, one channel, at 8 kHz.
    """
    recordings = []
    with tarfile.open(archive) as members:
        for member in members:
            content = members.extractfile(member)
            if content is not None and member.name.endswith(".wav"):
                digit, speaker, take = PurePosixPath(member.name).stem.split("_")
                recordings.append(Recording(int(digit), speaker, int(take), _read(member.name, content.read())))
    return sorted(recordings, key=lambda recording: recording[:3])


def log_spectrogram(samples: NDArray[np.float32]) -> Tensor:
    """Return the logarithm of the power at 128 frequencies, 31.25 Hz to 4 kHz, in 64 windows: float64 [128, 64].

    Windows are Hann's. Sound is cut off after 1.04 s (14 of the 3,000 recordings are longer) or followed by silence.
    In double precision, because the data's checksum must not depend on a platform's FFT.
    """
    padded = torch.zeros(_SAMPLES, dtype=torch.float64)
    kept = torch.from_numpy(samples[:_SAMPLES]).double()
    padded[: len(kept)] = kept
    window = torch.hann_window(WINDOW, dtype=torch.float64)
    spectrum = torch.stft(padded, WINDOW, HOP, window=window, center=False, return_complex=True)
    return spectrum[1:].abs().square().add(_SILENCE).log()


def spelled(name: str) -> list[int]:
    """Return a name as classes of its letters, padded to the longest digit's: "one" is o, n, e, padding, padding."""
    classes = [1 + LETTERS.index(letter) for letter in name]
    return classes + [PADDING] * (max(map(len, NAMES)) - len(classes))


def _read(name: str, content: bytes) -> NDArray[np.float32]:
    with wave.open(io.BytesIO(content)) as sound:
        if (sound.getnchannels(), sound.getsampwidth(), sound.getframerate()) != (1, 2, RATE):
            raise ValueError(f"{name}: {sound.getparams()} is not one channel of 16 bits at {RATE} Hz")
        samples = np.frombuffer(sound.readframes(sound.getnframes()), "<i2")
    return samples.astype(np.float32) / np.float32(2**15)
