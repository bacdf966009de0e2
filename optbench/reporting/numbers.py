"""Numbers as text: as many digits as the interval supports, and no more."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

_SUPERSCRIPT = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
MISSING = "–"


def number(value: float, digits: int = 3) -> str:
    """`value` with so many significant digits: 0.0123, 1235, 1.23×10⁻⁵, 0; a dash for NaN, "never" for inf."""
    if math.isnan(value):
        return MISSING
    if math.isinf(value):
        return "never" if value > 0 else "-∞"
    if value == 0:
        return "0"
    exponent = _exponent(value, digits)
    if not -4 < exponent < 6:
        return f"{value / 10.0**exponent:.{digits - 1}f}{_power(exponent)}"
    return f"{value:.{max(digits - 1 - exponent, 0)}f}"


def short(value: float) -> str:
    """A value that somebody chose, such as a learning rate: at most four digits, no trailing zeros."""
    if not math.isfinite(value):
        return number(value)
    exponent = _exponent(value, 4)
    plain = -4 < exponent < 6
    return f"{value:.4g}" if plain else f"{value / 10.0**exponent:.4g}{_power(exponent)}"


def alike(values: Sequence[float]) -> list[str]:
    """Labels of an axis: with as many decimals each as tell them all apart; far apart each as it suits.

    3.205, 3.210, 3.215; 0.001, 0.1, 10.
    """
    texts = [short(value) for value in values]
    steps = [abs(after - before) for before, after in pairwise(values)]
    if not steps or any("×" in text for text in texts) or max(steps) > 2 * min(steps):
        return texts
    places = max(-math.floor(math.log10(min(steps)) + 1e-9), 0)
    while any(abs(round(value, places) - value) > 1e-3 * min(steps) for value in values):
        places += 1
    return [f"{round(value, places) + 0.0:.{places}f}" for value in values]


def with_interval(value: float, half_width: float) -> str:
    """`value` ± `half_width`, the latter with two significant digits and the former to the same place."""
    if math.isnan(value):
        return MISSING
    if not math.isfinite(half_width):
        return number(value)
    if half_width <= 1e-9 * abs(value):
        return f"{number(value, 4)} ± 0"
    largest = max(abs(value), half_width)
    scale = _exponent(largest, 3) if largest else 0
    scale = 0 if -4 < scale < 6 else scale
    value, half_width = value / 10.0**scale, half_width / 10.0**scale
    places = min(max(1 - _exponent(half_width, 2), 0), 6) if half_width else 4
    text = f"{value:.{places}f} ± {half_width:.{places}f}"
    return f"({text}){_power(scale)}" if scale else text


def seconds(value: float, digits: int = 3) -> str:
    """A duration in the unit that suits it: 12.3 µs, 4.56 ms, 7.89 s, 12.3 min."""
    if not math.isfinite(value):
        return number(value)
    for limit, unit, factor in ((1e-3, "µs", 1e6), (1.0, "ms", 1e3), (120.0, "s", 1.0), (7200.0, "min", 1 / 60)):
        if abs(value) < limit:
            return f"{number(value * factor, digits)} {unit}"
    return f"{number(value / 3600, digits)} h"


def rounded(value: float, spread: float) -> str:
    """A positive number with as many of three digits as its spread leaves."""
    digits = _digits(value, spread)
    return number(_rounded(value, digits), digits)


def rounded_seconds(value: float, spread: float) -> str:
    """A duration with as many of three digits as its spread leaves."""
    digits = _digits(value, spread)
    return seconds(_rounded(value, digits), digits)


def within(value: float, low: float, high: float) -> str:
    """`value` (`low` to `high`) to the second digit of what lies between them; one digit where that is unknown."""
    if math.isnan(value) or not math.isfinite(high - low):
        return number(_rounded(value, 1), 1)
    width = high - low
    places = min(max(1 - _exponent(width, 2), 0), 4) if width else 0
    return f"{value:.{places}f} ({low:.{places}f} to {high:.{places}f})" if width else number(value)


def memory(value: float) -> str:
    """Bytes in the unit that suits them: 8 bytes, 4.19 MB."""
    if not math.isfinite(value):
        return number(value)
    for limit, unit, factor in ((1e3, "bytes", 1.0), (1e6, "kB", 1e3), (1e9, "MB", 1e6)):
        if abs(value) < limit:
            return f"{number(value / factor) if factor > 1 else short(value)} {unit}"
    return f"{number(value / 1e9)} GB"


def count(value: float) -> str:
    """A whole number with thin spaces between thousands, "never" for inf."""
    return f"{value:,.0f}".replace(",", "\u202f") if math.isfinite(value) else number(value)


def _digits(value: float, spread: float) -> int:
    """Three where the spread is at most a hundredth of the value, two where a tenth; one where it is not known."""
    if spread == 0 or not value > 0:
        return 3
    return min(max(int(1 + math.log10(value / spread)), 1), 3) if spread < math.inf else 1


def _rounded(value: float, digits: int) -> float:
    """The number with so many significant digits, before the point as well: 859 is 900 with one."""
    return float(f"{value:.{digits - 1}e}")


def _exponent(value: float, digits: int) -> int:
    """Decimal exponent after rounding to so many significant digits; 0 for zero."""
    return int(f"{value:.{digits - 1}e}".split("e")[1]) if value else 0


def _power(exponent: int) -> str:
    return f"×10{str(exponent).translate(_SUPERSCRIPT)}"
