"""Random changes of training inputs that leave their classes as they are; they draw from torch's own generator."""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor

LARGEST_ANGLE = math.radians(30)
LARGEST_SHIFT = 1.0
"""Pixels."""
LARGEST_ZOOM = 0.2


def jittered(images: Tensor) -> Tensor:
    """Turn images [B, C, H, W] by up to 30°, zoom by up to 20 % and shift by up to a pixel; edges are repeated."""
    angle, zoom = LARGEST_ANGLE * _between_ones(images, ()), 1 + LARGEST_ZOOM * _between_ones(images, ())
    shift = 2 * LARGEST_SHIFT * _between_ones(images, (2,)) / images.new_tensor([images.shape[3], images.shape[2]])
    turns = torch.stack([angle.cos(), -angle.sin(), angle.sin(), angle.cos()], -1) / zoom.unsqueeze(-1)
    turns = turns.reshape(-1, 2, 2)
    places = F.affine_grid(torch.cat([turns, shift.unsqueeze(-1)], -1), list(images.shape), align_corners=False)
    return F.grid_sample(images, places, padding_mode="border", align_corners=False)


def _between_ones(images: Tensor, shape: tuple[int, ...]) -> Tensor:
    return 2 * torch.rand((len(images), *shape), device=images.device, dtype=images.dtype) - 1
