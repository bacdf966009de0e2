"""A convolutional network of LeNet-5's size and shape."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor, nn

from optbench import UsageError
from optbench.builtin.models.layers import check_layers, dense, initialise, pooled_convolution
from optbench.builtin.options import check_positive, check_widths, image_shape


class LeNet(nn.Module):
    """Two 5x5 convolutions, each with `activation` and 2x2 max-pooling, then two dense layers.

    `channels` are the widths of the convolutions, `hidden` that of the first dense layer, `padding` the pixels
    added on each side before each convolution (2 for images too small to lose four pixels twice). `normalisation` comes
    before each activation, `dropout` before the output layer. `initialisation` is PyTorch's by default, or as in
    `layers.initialise`.

    Raises `UsageError` where nothing is left of the image, and for an option that is none of these.
    """

    def __init__(
        self,
        input_shape: tuple[int, ...],
        outputs: int,
        *,
        channels: Sequence[int] = (6, 16),
        hidden: int = 84,
        padding: int = 0,
        activation: str = "relu",
        normalisation: str = "none",
        dropout: float = 0.0,
        initialisation: str = "default",
    ) -> None:
        super().__init__()
        check_layers(
            "lenet", activation=activation, normalisation=normalisation, dropout=dropout, initialisation=initialisation
        )
        check_widths("lenet", "channels", channels, count=2)
        check_positive("lenet", hidden=hidden)
        planes, height, width = image_shape("lenet", input_shape)
        first, second = channels
        rows, columns = (_pooled_twice(side, padding) for side in (height, width))
        self.features = nn.Sequential(
            *pooled_convolution(planes, first, padding, activation, normalisation),
            *pooled_convolution(first, second, padding, activation, normalisation),
        )
        self.classifier = nn.Sequential(
            nn.Flatten(),
            *dense(second * rows * columns, hidden, activation, normalisation, dropout),
            nn.Linear(hidden, outputs),
        )
        initialise(self, initialisation, self.classifier[-1])

    def forward(self, images: Tensor) -> Tensor:
        """Map images [B, C, H, W] to logits [B, K]."""
        logits: Tensor = self.classifier(self.features(images))
        return logits


def _pooled_twice(side: int, padding: int) -> int:
    for _ in range(2):
        side = (side + 2 * padding - 4) // 2
    if side < 1:
        raise UsageError(f"lenet: padding={padding} leaves nothing of the image; use padding=2")
    return side
