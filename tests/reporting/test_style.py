from __future__ import annotations

import math
import re
import tomllib
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from optbench.builtin.optimizers import OPTIMIZERS
from optbench.reporting.figures.panels import fence, limits
from optbench.reporting.style import DARK, FAINT, INK, ON_DARK, ON_LIGHT, PAPER, Look, looks

SUITES = Path(__file__).parents[2] / "suites"


def test_a_name_looks_the_same_whoever_else_is_there() -> None:
    names = ["mylib:Lion", "adam", "po.lion", "sgd", "hb.soap"]
    assert all(looks([name])[name] == found for name, found in looks(reversed(names)).items())
    assert looks(["mylib:Lion"]) == {"mylib:Lion": Look("#009e73", "o", (0, (4, 1.5)))}, "in every release"


def test_optimizers_of_optbench_share_no_look_and_those_of_its_suites_no_colour() -> None:
    built_in = [optimizer.name for optimizer in OPTIMIZERS]
    found = looks([*built_in, *(f"library.o{i}" for i in range(2000))])
    assert len({found[name] for name in built_in} - {found[f"library.o{i}"] for i in range(2000)}) == len(built_in)
    for path in ("standard", "surfaces", "tuned"):
        entries = tomllib.loads((SUITES / f"{path}.toml").read_text(encoding="utf-8"))["optimizers"]
        own = looks(entry["name"] for entry in entries).values()
        assert len({look.color for look in own}) == len({look.marker for look in own}) == len(own)


def test_names_without_a_look_of_their_own_are_spread_over_all_others() -> None:
    found = looks(f"library.o{i}" for i in range(4000)).values()
    assert len(set(found)) > 290
    assert min(Counter(look.color for look in found).values()) > 350


def test_every_look_is_seen_on_a_light_and_on_a_dark_page() -> None:
    for look in looks(f"library.o{i}" for i in range(500)).values():
        assert contrast(look.color, PAPER) >= 3 <= contrast(look.dark, DARK[PAPER]), look
    for words in (INK, FAINT):
        assert contrast(words, PAPER) >= 4.5 <= contrast(DARK[words], DARK[PAPER])


def test_colours_can_be_told_apart_and_replaced_one_by_one() -> None:
    assert len({*DARK, *DARK.values(), ON_LIGHT, ON_DARK}) == 2 * len(DARK) + 2
    assert all(re.fullmatch("#[0-9a-f]{6}", color) for color in (*DARK, *DARK.values()))


def contrast(first: str, second: str) -> float:
    """The contrast ratio of WCAG 2."""
    low, high = sorted((luminance(first), luminance(second)))
    return (high + 0.05) / (low + 0.05)


def luminance(color: str) -> float:
    parts = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_one_awful_optimizer_does_not_squash_the_rest() -> None:
    groups = [[0.40, 0.42], [0.44, 0.46], [0.45, 0.47], [9.0, 9.1]]
    low, high = fence(groups, higher_is_better=False)
    assert low == -math.inf and high == pytest.approx(0.40 + 3 * 0.07)
    assert fence([[95.0, 94.0], [93.0], [10.0]], higher_is_better=True) == (pytest.approx(89.0), math.inf)


def test_equal_values_set_no_limit() -> None:
    assert fence([[1.0, 1.0], [5.0]], higher_is_better=False) == (-math.inf, pytest.approx(13.0))
    assert fence([[1.0, 1.0]], higher_is_better=False) == (-math.inf, math.inf)
    assert fence([], higher_is_better=True) == (-math.inf, math.inf)


def test_axes_are_logarithmic_for_positive_values_far_apart_and_end_at_the_ceiling() -> None:
    assert limits([0.1, 2.0]).log and not limits([1.0, 2.0]).log and not limits([-1.0, 50.0]).log
    assert limits([1.0, 1.5, 1e9], ceiling=2.0).high < 2.2
    assert not limits([math.nan]).log


@given(st.lists(st.floats(1e-9, 1e9), min_size=1))
def test_limits_contain_everything_where_there_is_no_ceiling(values: list[float]) -> None:
    found = limits(values)
    assert found.low <= min(values) and max(values) <= found.high * (1 + 1e-9)
