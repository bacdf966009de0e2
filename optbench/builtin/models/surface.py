"""A test function whose variables are the parameters."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor, nn

from optbench import UsageError
from optbench.builtin import formulas
from optbench.builtin.options import check_name
from optbench.builtin.surfaces import SURFACES


class Surface(nn.Module):
    """The value of a function of `optbench.builtin.formulas` at the parameter `point`, for each example.

    `point` begins at the function's own start or at `start`, moved by normal noise of the standard deviation `spread`.
    With `forward_difference` = h the gradient is not the exact one but, coordinate by coordinate,
    `(f(x + h) - f(x)) / h`, as the arithmetic in use rounds it. Raises `UsageError` for an unknown function and a start
    of another dimension.
    """

    def __init__(
        self,
        input_shape: tuple[int, ...],
        outputs: int,
        *,
        function: str = "parabola",
        start: Sequence[float] | None = None,
        spread: float = 0.0,
        forward_difference: float | None = None,
    ) -> None:
        super().__init__()
        check_name("surface", "function", function, SURFACES)
        surface = SURFACES[function]
        begin = torch.tensor(surface.start if start is None else start, dtype=torch.float32)
        if begin.shape != (len(surface.start),):
            rule = f"must be a list of {len(surface.start)} numbers, one for each variable of {function}"
            raise UsageError(f"surface: start={start!r} {rule}")
        self.point = nn.Parameter(begin + spread * torch.randn_like(begin))
        self._function: Callable[..., Tensor] = getattr(formulas, function)
        self._h = forward_difference

    def forward(self, examples: Tensor) -> Tensor:
        """Return the value [B] at the point, the same for each of the examples [B, ...], which are not looked at."""
        value = self._function(*self.point.unbind())
        if self._h is not None:
            value = value.detach() + (self._forward_differences(self._h) * (self.point - self.point.detach())).sum()
        return value.expand(len(examples))

    @torch.no_grad()
    def _forward_differences(self, h: float) -> Tensor:
        """Return (f(x + h e_i) - f(x)) / h for each coordinate i, [D]."""
        shifted = self.point + h * torch.eye(len(self.point), dtype=self.point.dtype, device=self.point.device)
        return (self._function(*shifted.T) - self._function(*self.point.unbind())) / h
