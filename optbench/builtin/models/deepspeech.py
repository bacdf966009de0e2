"""A small Deep Speech: from spectrograms to characters."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from torch import Tensor, nn

from optbench.builtin.models.layers import ACTIVATIONS
from optbench.builtin.models.rnn import CELLS, INITIALISATIONS, orthogonal_states
from optbench.builtin.options import check_dropout, check_name, check_positive, check_widths

KERNEL = 11
"""Frames that a convolution sees."""
CEILING = 20.0
"""Where the rectifier is clipped (Hannun et al. 2014, section 2)."""
AFTER_CONVOLUTION: dict[str, Callable[[], nn.Module]] = {
    "clipped_relu": partial(nn.Hardtanh, 0.0, CEILING),
    **ACTIVATIONS,
}


class DeepSpeech(nn.Module):
    """Convolutions over time, bidirectional recurrent layers, and a linear layer to characters.

    There is a convolution of 11 frames for each of `channels`, the first with `stride`, each followed by
    `normalisation` and an `activation`, by default a rectifier clipped at 20. Each of `layers` recurrent layers has
    `width` cells ("rnn", "gru" or "lstm") in both directions, which are added up (Hannun et al. 2014, equations 2 to
    4); normalisation comes before all but the first, over a batch's examples and frames ("batch", Amodei et al. 2016,
    section 3.2) or over a frame's features ("layer"). `dropout` is the probability of a zero in what each convolution
    and recurrent layer gives.

    `input_shape` is (F, T), frequencies and frames; there are ceil(T / stride) frames of outputs. `initialisation` is
    PyTorch's by default, or that of `rnn.orthogonal_states`. Raises `UsageError` for an option that is none of these.
    """

    def __init__(
        self,
        input_shape: tuple[int, ...],
        outputs: int,
        *,
        channels: Sequence[int] = (96,),
        stride: int = 4,
        cell: str = "gru",
        layers: int = 2,
        width: int = 96,
        normalisation: str = "batch",
        dropout: float = 0.0,
        activation: str = "clipped_relu",
        initialisation: str = "default",
    ) -> None:
        super().__init__()
        check_name("deepspeech", "cell", cell, CELLS)
        check_name("deepspeech", "activation", activation, AFTER_CONVOLUTION)
        check_name("deepspeech", "initialisation", initialisation, INITIALISATIONS)
        check_name("deepspeech", "normalisation", normalisation, NORMALISATIONS)
        check_widths("deepspeech", "channels", channels)
        check_positive("deepspeech", convolutions=len(channels), stride=stride, layers=layers, width=width)
        check_dropout("deepspeech", dropout)
        frequencies, _ = input_shape
        inputs, strides = (frequencies, *channels), (stride, *[1] * (len(channels) - 1))
        self.convolutions = nn.Sequential(
            *(
                Convolution(before, after, step, normalisation, activation, dropout)
                for before, after, step in zip(inputs, channels, strides, strict=False)
            )
        )
        self.recurrent = nn.Sequential(
            Recurrent(channels[-1], width, cell, "none", dropout),
            *(Recurrent(width, width, cell, normalisation, dropout) for _ in range(layers - 1)),
        )
        self.head = nn.Linear(width, outputs)
        if initialisation == "orthogonal":
            for layer in self.recurrent.modules():
                if isinstance(layer, nn.RNNBase):
                    orthogonal_states(layer)

    def forward(self, spectrograms: Tensor) -> Tensor:
        """Map spectrograms [B, F, T] to logits [B, T', C]."""
        logits: Tensor = self.head(self.recurrent(self.convolutions(spectrograms.mT)))
        return logits


class Convolution(nn.Module):
    """A convolution over time, its normalisation and activation."""

    def __init__(
        self, inputs: int, outputs: int, stride: int, normalisation: str, activation: str, dropout: float
    ) -> None:
        super().__init__()
        self.convolution = nn.Conv1d(inputs, outputs, KERNEL, stride=stride, padding=KERNEL // 2)
        self.rest = nn.Sequential(
            NORMALISATIONS[normalisation](outputs), AFTER_CONVOLUTION[activation](), nn.Dropout(dropout)
        )

    def forward(self, frames: Tensor) -> Tensor:
        """Map frames [B, T, D] to [B, ceil(T / stride), D']."""
        output: Tensor = self.rest(self.convolution(frames.mT).mT)
        return output


class Recurrent(nn.Module):
    """A recurrent layer whose two directions are added up."""

    def __init__(self, inputs: int, width: int, cell: str, normalisation: str, dropout: float) -> None:
        super().__init__()
        self.normalisation = NORMALISATIONS[normalisation](inputs)
        self.cells = CELLS[cell](inputs, width, batch_first=True, bidirectional=True)
        self.dropout = nn.Dropout(dropout)

    def forward(self, frames: Tensor) -> Tensor:
        """Map frames [B, T, D] to [B, T, width]."""
        both, _ = self.cells(self.normalisation(frames))
        output: Tensor = self.dropout(both.unflatten(-1, (2, -1)).sum(-2))
        return output


class FrameBatchNorm(nn.BatchNorm1d):
    """Batch normalisation of each feature of frames [B, T, D], over examples and frames."""

    def forward(self, frames: Tensor) -> Tensor:
        """Map frames [B, T, D] to themselves."""
        return super().forward(frames.mT).mT


NORMALISATIONS: dict[str, Callable[[int], nn.Module]] = {
    "none": nn.Identity,
    "batch": FrameBatchNorm,
    "layer": nn.LayerNorm,
}
