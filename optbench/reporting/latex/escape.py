"""Any text as LaTeX that shows it, with pdfTeX as with its Unicode successors."""

from __future__ import annotations

import re
import textwrap
import unicodedata


class Tex(str):
    """LaTeX already: never escaped again."""

    __slots__ = ()


_SPECIAL = {
    **{character: f"\\{character}" for character in "_%&#$"},
    "\\": r"\textbackslash{}",
    "{": r"\textbraceleft{}",  # not \{, which BibTeX counts as a brace
    "}": r"\textbraceright{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "`": r"\textasciigrave{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    "[": "{[}",  # after the end of a row, [ and * would be its arguments
    "]": "{]}",
    "*": "{*}",
    "\u00a0": "~",
    "\u00ad": r"\-",
    "\u2009": r"\,",
    "\u200b": r"\allowbreak{}",
    "\u202f": r"\,",
    "\u2011": "-",
    "\u2044": "/",
    "–": "--",
    "—": "---",
    "‘": r"\textquoteleft{}",
    "’": r"\textquoteright{}",
    "“": r"\textquotedblleft{}",
    "”": r"\textquotedblright{}",
    "…": r"\ldots{}",
    "†": r"\textdagger{}",
    "‡": r"\textdaggerdbl{}",
    "§": r"\S{}",
    "°": r"\textdegree{}",
    "•": r"\textbullet{}",
}
_WORDS = """
± pm × times ÷ div · cdot → rightarrow ← leftarrow ↑ uparrow ↓ downarrow ⇒ Rightarrow ≤ le ≥ ge ≈ approx ≠ ne ∞ infty
∂ partial ∇ nabla ∈ in √ surd µ mu α alpha β beta γ gamma δ delta ε varepsilon ζ zeta η eta θ theta ι iota κ kappa
λ lambda μ mu ν nu ξ xi π pi ρ rho σ sigma ς varsigma τ tau υ upsilon φ varphi χ chi ψ psi ω omega Γ Gamma Δ Delta
Θ Theta Λ Lambda Ξ Xi Π Pi Σ Sigma Φ Phi Ψ Psi Ω Omega ▲ bigtriangleup ▼ bigtriangledown
"""
_MATHEMATICAL: dict[str, str] = {"−": "$-$"} | {
    symbol: rf"$\{name}$" for symbol, name in re.findall(r"(\S) (\w+)", _WORDS)
}
_RAISED = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻ⁿ", "0123456789+-n")
_LOWERED = str.maketrans("₀₁₂₃₄₅₆₇₈₉₊₋", "0123456789+-")
_LATIN = frozenset(map(chr, range(0xC0, 0x17F))) - set("×÷ĦħĸĿŀŉŦŧ")
"""Letters beyond ASCII that the font encodings T1 and OT1 can set."""

_LONG_WORD = re.compile(r"\S{31,}")
"""May be broken, such as a checksum: after 22 characters, which fit into a column even if they are all capitals."""
_TOKEN = re.compile("[⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻ⁿ]+|[₀₁₂₃₄₅₆₇₈₉₊₋]+|--+|.", re.DOTALL)


def escape(text: str) -> Tex:
    """What shows `text` in a paragraph, a table's cell, a caption, or a field of BibTeX; one line, braces balanced.

    Letters that the fonts of pdfTeX lack, such as Cyrillic ones, are shown by their code points: U+0416.
    """
    text = _LONG_WORD.sub(_breakable, unicodedata.normalize("NFC", text))
    return Tex(_TOKEN.sub(lambda token: _shown(token[0]), text))


def _breakable(word: re.Match[str]) -> str:
    return "\u200b".join(textwrap.wrap(word[0], 22))


def _shown(token: str) -> str:
    if token in _SPECIAL:
        return _SPECIAL[token]
    if token in _MATHEMATICAL:
        return _MATHEMATICAL[token]
    if token.startswith("--"):
        return "{-}" * len(token)  # no ligature
    if (raised := token.translate(_RAISED)) != token:
        return f"$^{{{raised}}}$"
    if (lowered := token.translate(_LOWERED)) != token:
        return f"$_{{{lowered}}}$"
    if " " <= token <= "~" or token in _LATIN:
        return token
    if token.isspace():
        return " "
    simpler = unicodedata.normalize("NFKC", token)
    return escape(simpler) if simpler != token else rf"\texttt{{U+{ord(token):04X}}}"
