"""What the server that forks workers imports once: torch, and the parts of it that a first optimizer brings in."""

import torch

import optbench.execution.worker  # noqa: F401

torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=0.1).step()
