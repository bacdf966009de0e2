"""The references of components as BibTeX."""

from __future__ import annotations

import re
import unicodedata
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from optbench.reporting.latex.escape import Tex, escape
from optbench.store.results import Results

_NAME = r"(?:[a-z]+ )*[^\W\d_a-z][\w'’-]*"
_STRUCTURE = re.compile(
    rf"(?P<author>{_NAME}(?: et al\.|(?:, {_NAME})*? and {_NAME})?), (?P<title>[^;]+), "
    r"(?P<venue>[^,;]*?) ?\b(?P<year>(?:1[89]|20)\d\d)(?:, (?:arXiv:(?P<eprint>[\w./-]+)|(?P<note>[^;]+)))?"
)
"""`Kingma and Ba, Adam: a method for stochastic optimization, ICLR 2015, arXiv:1412.6980`."""


@dataclass(frozen=True)
class Citation:
    """An entry of the bibliography: its key, and its fields as LaTeX."""

    key: str
    fields: Mapping[str, Tex]


def citations(results: Results) -> dict[str, Citation]:
    """The works that optimizers and tasks refer to, by reference, each once."""
    suites = [source.suite for source in results.sources]
    return cited(
        [entry.reference for suite in suites for entry in suite.optimizers]
        + [planned.task.reference for suite in suites for planned in suite.tasks]
    )


def cited(references: Iterable[str]) -> dict[str, Citation]:
    """One citation for each reference that says something.

    A key depends on its reference alone, unless another work has it already: author, year and first word of the title
    (`kingma2015adam`), or the first word and a checksum.
    """
    found: dict[str, Citation] = {}
    keys: set[str] = set()
    for reference in dict.fromkeys(filter(None, references)):
        citation = _citation(reference)
        if citation.key in keys:
            citation = Citation(f"{citation.key}-{_checksum(reference)}", citation.fields)
        keys.add(citation.key)
        found[reference] = citation
    return found


def _citation(reference: str) -> Citation:
    match = _STRUCTURE.fullmatch(reference)
    if match is None:
        key = f"{_word(reference)}-{_checksum(reference)}"
        return Citation(key, {"key": Tex(key), "note": escape(reference)})
    said = match.groupdict(default="")
    key = f"{_word(said['author'])}{said['year']}{_word(said['title'])}"
    eprint = {"eprint": said["eprint"], "archiveprefix": "arXiv"} if said["eprint"] else {}
    fields = {
        "author": _authors(said["author"]),
        "title": said["title"],
        "howpublished": said["venue"],
        "year": said["year"],
        "note": f"arXiv:{said['eprint']}" if eprint else said["note"],
        **eprint,
    }
    shown = {name: escape(text) for name, text in fields.items() if text}
    return Citation(key, shown | {"title": Tex(f"{{{shown['title']}}}")})


def _authors(names: str) -> str:
    """As BibTeX separates them: "A, B and C" is "A and B and C"."""
    return names.replace(", ", " and ").replace(" et al.", " and others")


def _word(text: str) -> str:
    """Its first word in the letters that a key may have."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    words = re.findall("[a-z0-9]+", plain)
    return words[0] if words else "reference"


def _checksum(text: str) -> str:
    return f"{zlib.crc32(text.encode(errors='backslashreplace')):08x}"
