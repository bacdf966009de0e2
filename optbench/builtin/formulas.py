"""Test functions of one or two variables, whose least value is 0: for numpy arrays and torch tensors alike.

Each takes its coordinates, of one shape, and returns its values in that shape. Source: Jamil and Yang, A literature
survey of benchmark functions for global optimization problems, 2013, arXiv:1308.4008.
"""

from __future__ import annotations

from math import pi
from typing import Any

import numpy as np


def parabola(x: Any) -> Any:
    """`x²`, the bowl of one dimension."""
    return x**2


def booth(x: Any, y: Any) -> Any:
    """`(x + 2y - 7)² + (2x + y - 5)²`, a bowl whose curvatures are 2 and 18."""
    return (x + 2 * y - 7) ** 2 + (2 * x + y - 5) ** 2


def rosenbrock(x: Any, y: Any) -> Any:
    """`(1 - x)² + 100 (y - x²)²`, a bent valley with a flat floor."""
    return (1 - x) ** 2 + 100 * (y - x**2) ** 2


def beale(x: Any, y: Any) -> Any:
    """`(1.5 - x + xy)² + (2.25 - x + xy²)² + (2.625 - x + xy³)²`, a plateau between steep walls."""
    return (1.5 - x + x * y) ** 2 + (2.25 - x + x * y**2) ** 2 + (2.625 - x + x * y**3) ** 2


def himmelblau(x: Any, y: Any) -> Any:
    """`(x² + y - 11)² + (x + y² - 7)²`, four minima that are equally good."""
    return (x**2 + y - 11) ** 2 + (x + y**2 - 7) ** 2


def rastrigin(x: Any, y: Any) -> Any:
    """`20 + x² - 10 cos 2πx + y² - 10 cos 2πy`, a local minimum near every point of the integer lattice."""
    return 20 + x**2 - 10 * _cos(2 * pi * x) + y**2 - 10 * _cos(2 * pi * y)


def _cos(x: Any) -> Any:
    return x.cos() if hasattr(x, "cos") else np.cos(x)
