"""A convolutional network of LeNet-5's size and shape."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor, nn

from optbench import UsageError
from optbench.builtin.options import image_shape


class LeNet(nn.Module):
    """Two 5x5 convolutions, each with ReLU and 2x2 max-pooling, then two dense layers.

    `channels` are the widths of the convolutions, `hidden` that of the first dense layer, `padding` the pixels
    added on each side before each convolution (2 for images too small to lose four pixels twice).
    PyTorch's default initialisation. Raises `UsageError` where nothing is left of the image.
    """

    def __init__(
        self,
        input_shape: tuple[int, ...],
        outputs: int,
        *,
        channels: Sequence[int] = (6, 16),
        hidden: int = 84,
        padding: int = 0,
    ) -> None:
        super().__init__()
        planes, height, width = image_shape("lenet", input_shape)
        first, second = channels
        rows, columns = (_pooled_twice(side, padding) for side in (height, width))
        self.features = nn.Sequential(
            nn.Conv2d(planes, first, 5, padding=padding),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Conv2d(first, second, 5, padding=padding),
            nn.ReLU(),
            nn.MaxPool2d(2),
        )
        self.classifier = nn.Sequential(
            nn.Flatten(), nn.Linear(second * rows * columns, hidden), nn.ReLU(), nn.Linear(hidden, outputs)
        )

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
