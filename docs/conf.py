"""How Sphinx makes the site of these pages: `scripts/docs` builds it, and any warning is an error."""

from __future__ import annotations

import sys
from importlib.metadata import version as version_of
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

project = "optbench"
author = copyright = "The optbench developers"
version = release = version_of("optbench")

extensions = ["myst_parser", "sphinx.ext.autodoc", "scripts.site"]
exclude_patterns: list[str] = []
nitpicky = True
# Annotations name where a class is defined. Public ones lead to the API (scripts/site.py), others lead nowhere: no
# index of another library is fetched.
nitpick_ignore_regex = [("py:.*", r"(?!optbench\.(testing\.)?\w+$).*")]

myst_heading_anchors = 4
myst_enable_extensions = ["colon_fence"]

autodoc_default_options = {"members": True, "exclude-members": "model_config"}
autodoc_member_order = "bysource"
autodoc_typehints_format = "short"
python_use_unqualified_type_names = True
python_maximum_signature_line_length = 80

html_theme = "furo"
html_title = f"optbench {version}"
html_static_path = ["site.css"]
html_css_files = ["site.css"]
html_extra_path = [str(ROOT / "build" / "gallery" / "pages")]
html_copy_source = False
