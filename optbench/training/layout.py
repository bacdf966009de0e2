"""How images lie in memory: with their channels next to each other, where a model's convolutions are faster so."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from optbench.components.dataset import Inputs, mapped
from optbench.training.backends import backend_of
from optbench.training.seeding import undisturbed

_CONVOLUTIONS = (nn.Conv2d, nn.ConvTranspose2d)


class ChannelsLast(nn.Module):
    """A model that gets its images with channels last; its weights stay as they are, for any optimizer."""

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.model = model

    def forward(self, inputs: Inputs) -> Tensor:
        """Map a batch of inputs to what the model makes of it."""
        outputs: Tensor = self.model(mapped(channels_last, inputs))
        return outputs


def laid_out(logits: nn.Module, few: Inputs, device: torch.device) -> nn.Module:
    """Return a model that gets its images in the layout that its device's convolutions like, if it copes with it.

    Whether it does, `few` inputs show: code such as `x.view(len(x), -1)` takes one layout only.
    """
    if not backend_of(device).channels_last or not any(isinstance(m, _CONVOLUTIONS) for m in logits.modules()):
        return logits
    candidate = ChannelsLast(logits)
    return candidate if _goes_both_ways(candidate, few) else logits


def channels_last(images: Tensor) -> Tensor:
    """Return images `[B, C, H, W]` with their channels next to each other in memory; anything else as it is.

    `Tensor.contiguous` leaves images of one channel alone, which convolutions then take for the other layout.
    """
    if images.ndim != 4:
        return images
    _, channels, height, width = images.shape
    if channels == 1:
        return images.contiguous().as_strided(images.shape, (height * width, 1, width, 1))
    return images.contiguous(memory_format=torch.channels_last)


def _goes_both_ways(model: nn.Module, few: Inputs) -> bool:
    """Whether a forward and a backward pass in evaluation mode work; neither weights nor random streams notice."""
    weights = [parameter for parameter in model.parameters() if parameter.requires_grad]
    model.eval()
    try:
        with undisturbed():
            torch.autograd.grad(model(few).sum(), weights, allow_unused=True)
    except Exception:
        return False
    finally:
        model.train()
    return True
