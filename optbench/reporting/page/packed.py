"""Data and programs inside the page, compressed; its script unpacks them when they are first needed."""

from __future__ import annotations

import base64
import gzip
import json
from importlib import resources
from typing import Any

from markupsafe import Markup

LEVEL = 6


def packed_data(data: Any) -> Markup:
    """JSON, compressed, in letters that HTML leaves alone. Raises `ValueError` for a number that is not finite."""
    return packed(json.dumps(data, allow_nan=False, ensure_ascii=False, separators=(",", ":")))


def packed(text: str) -> Markup:
    """Any text, compressed, in letters that HTML leaves alone: the same letters every time."""
    return Markup(base64.b64encode(gzip.compress(text.encode(), LEVEL, mtime=0)).decode())


def drawing_library() -> Markup:
    """Plotly's script as it comes with its Python package, its licence at its head."""
    return packed(resources.files("plotly").joinpath("package_data", "plotly.min.js").read_text(encoding="utf-8"))
