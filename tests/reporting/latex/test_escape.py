from __future__ import annotations

import re
import string

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from optbench.reporting.latex.escape import Tex, escape

COMMANDS = re.compile(
    r"\\[%&#$_,-]|\\(?:text\w+|allowbreak|ldots|S)\{\}|\\texttt\{U\+[0-9A-F]{4,6}\}"
    r"|\$(?:[-]|\\[A-Za-z]+|[\^_]\{[0-9n+-]+\})\$|\{[][*-]\}|~"
)
PLAIN = set(string.ascii_letters + string.digits + " !\"'()+,-./:;=?@")


@given(st.text())
@example("a\nb\n\nc")
@example("ſﬁ½Å…\x00\udcff😀e\u0301")
def test_whatever_is_shown_nothing_acts_and_braces_balance(text: str) -> None:
    shown = escape(text)
    assert set(COMMANDS.sub("", shown)) <= PLAIN | set(map(chr, range(0xC0, 0x17F)))
    assert shown.count("{") == shown.count("}")


@given(st.text(st.sampled_from(sorted(PLAIN - {"-"})), max_size=30))
def test_plain_words_stay_as_they_are(text: str) -> None:
    assert escape(text) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a_b 50% of $x & #1", r"a\_b 50\% of \$x \& \#1"),
        ("~^\\", r"\textasciitilde{}\textasciicircum{}\textbackslash{}"),
        ("{[*]}", r"\textbraceleft{}{[}{*}{]}\textbraceright{}"),
        ("87.2 ± 1.4‡", r"87.2 $\pm$ 1.4\textdaggerdbl{}"),
        ("3.2×10⁻⁵ → f₀", r"3.2$\times$10$^{-5}$ $\rightarrow$ f$_{0}$"),
        ("1–5 — §3†", r"1--5 --- \S{}3\textdagger{}"),
        ("12\u202f345\u00a0s", r"12\,345~s"),
        ("--help", "{-}{-}help"),
        ("μ and µ, Ω", r"$\mu$ and $\mu$, $\Omega$"),
        ("Łukasz Müller, Nesterov’s", r"Łukasz Müller, Nesterov\textquoteright{}s"),
        ("Ж优", r"\texttt{U+0416}\texttt{U+4F18}"),
        ("e\u0301 ﬁ Ａ", "é fi A"),
        ("x" * 40, "x" * 22 + r"\allowbreak{}" + "x" * 18),
    ],
)
def test_what_papers_and_names_are_full_of_is_set_as_it_should_be(text: str, shown: str) -> None:
    assert escape(text) == shown


def test_latex_is_known_as_such() -> None:
    assert isinstance(escape("a"), Tex)
