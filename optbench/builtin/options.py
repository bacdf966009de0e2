"""Options of models and data sets, checked: a wrong one is refused in one line that says the rule and the way out."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from difflib import get_close_matches

from optbench import UsageError


def check_name(owner: str, option: str, value: object, known: Collection[str]) -> None:
    """Raise `UsageError` unless `value` is one of the `known` names; it says which one is the closest."""
    if isinstance(value, str) and value in known:
        return
    close = get_close_matches(str(value).lower(), known, n=1)
    hint = f"; did you mean {close[0]!r}?" if close else ""
    raise UsageError(f"{owner}: {option}={value!r} must be one of {', '.join(known)}{hint}")


def check_flag(owner: str, option: str, value: object) -> None:
    """Raise `UsageError` unless `value` is true or false."""
    if not isinstance(value, bool):
        raise UsageError(f"{owner}: {option}={value!r} must be true or false")


def check_widths(owner: str, option: str, value: object, count: int | None = None) -> None:
    """Raise `UsageError` unless `value` is a list of layers' widths, `count` of them, or any number, even none."""
    if not isinstance(value, list | tuple) or not all(map(is_count, value)) or len(value) != (count or len(value)):
        rule = f"must be a list of {f'{count} ' if count else ''}positive whole numbers, one for each layer"
        raise UsageError(f"{owner}: {option}={value!r} {rule}")


def check_dropout(owner: str, value: object) -> None:
    """Raise `UsageError` unless `value` is the probability of a zero, in [0, 1)."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 1:
        raise UsageError(f"{owner}: dropout={value!r} must be a number of at least 0 and less than 1")


def check_deviation(owner: str, value: object) -> None:
    """Raise `UsageError` unless `value`, the standard deviation of initial weights, is a positive number."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < float("inf"):
        raise UsageError(f"{owner}: initializer_range={value!r} must be a positive number")


def scaled(owner: str, width: object, channels: Sequence[int]) -> tuple[int, ...]:
    """Return numbers of channels multiplied by `width`.

    Raises `UsageError` unless all of them are positive whole numbers then.
    """
    if isinstance(width, int | float) and not isinstance(width, bool) and 0 < width < float("inf"):
        products = [width * count for count in channels]
        if all(product >= 1 and product == round(product) for product in products):
            return tuple(round(product) for product in products)
    rule = f"must be a positive multiple of 1/{min(channels)}, a scale of {', '.join(map(str, channels))} channels"
    raise UsageError(f"{owner}: width={width!r} {rule}")


def image_shape(owner: str, input_shape: Sequence[int]) -> tuple[int, int, int]:
    """Return the planes, height and width of an image.

    Raises `UsageError` where examples of this shape are no images.
    """
    if len(input_shape) != 3:
        raise UsageError(f"{owner}: examples of shape {list(input_shape)} are no images [C, H, W]; use the model mlp")
    planes, height, width = input_shape
    return planes, height, width


def is_count(value: object) -> bool:
    """Whether a value is a positive whole number."""
    return type(value) is int and value > 0


def check_positive(owner: str, **options: object) -> None:
    """Raise `UsageError` for the first of the options that is no positive whole number."""
    for option, value in options.items():
        if not is_count(value):
            raise UsageError(f"{owner}: {option}={value!r} must be a positive whole number")


def check_heads(owner: str, heads: int, width: int) -> None:
    """Raise `UsageError` for heads that do not divide the width; says which number near them does."""
    if width % heads:
        near = min((n for n in range(1, width + 1) if width % n == 0), key=lambda n: abs(n - heads))
        raise UsageError(f"{owner}: heads={heads} must divide width={width}; {near} does")
